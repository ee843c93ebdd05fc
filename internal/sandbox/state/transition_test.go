package state

import (
	"testing"
	"time"
)

func TestATransitionEndsByTimeOrPolling(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for class, want := range map[LatencyClass][]string{
		LatencyNone:     {Creating, Ready, Ready}, // ends at the second poll
		LatencyLifelike: {Creating, Creating, Ready},
	} {
		l := class.Latency(1)
		tr := l.Begin(Creating, start, 6*time.Second)
		for i, at := range []time.Duration{0, time.Second, 7 * time.Second} {
			if got := tr.Poll(start.Add(at), Ready); got != want[i] {
				t.Errorf("%s: look %d finds %s, want %s", class, i+1, got, want[i])
			}
		}
	}
	deletion := LatencyLifelike.Latency(1).Begin(Deleting, start, time.Second)
	if deletion.Gone(start) || deletion.Usable(start) || !deletion.Gone(start.Add(time.Second)) {
		t.Errorf("%+v", deletion)
	}
	// A stable resource does not change, and a deleted one stays deleted.
	if deletion.Poll(start.Add(time.Minute), Ready); deletion.Phase != Deleting {
		t.Error("a deletion that has ended is forgotten")
	}
}

func TestReferencesAreValidForOnePurposeAndOneSandbox(t *testing.T) {
	open := func() *Secrets {
		t.Helper()
		st, err := Open("", time.Now, nil)
		if err != nil {
			t.Fatal(err)
		}
		return st.Secrets
	}
	one, other := open(), open()
	reference := one.Issue("code", "id.with.dots")
	if id, ok := one.Resolve("code", reference); !ok || id != "id.with.dots" {
		t.Errorf("%q %v", id, ok)
	}
	for name, resolve := range map[string]func() (string, bool){
		"another purpose": func() (string, bool) { return one.Resolve("state", reference) },
		"another sandbox": func() (string, bool) { return other.Resolve("code", reference) },
		"a changed id":    func() (string, bool) { return one.Resolve("code", "x"+reference) },
		"the id alone":    func() (string, bool) { return one.Resolve("code", "id.with.dots") },
		"nothing":         func() (string, bool) { return one.Resolve("code", "") },
	} {
		if id, ok := resolve(); ok {
			t.Errorf("%s resolves to %q", name, id)
		}
	}
	if one.Derive("secret", "a", 52, Lower) == one.Derive("secret", "b", 52, Lower) || len(one.Derive("secret", "a", 52, Lower)) != 52 {
		t.Error("derived secrets do not differ by name, or are too short")
	}
}
