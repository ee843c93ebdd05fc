package run_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"agentcore-3lo/internal/run"
)

func entry(kind string) run.Entry {
	return run.Entry{Time: time.Date(2026, 11, 26, 14, 0, 0, 0, time.UTC), Step: "consent", Attempt: 2, Kind: kind, Body: json.RawMessage(`{"a":1}`)}
}

// recorded is a store with a run, and its journal.
func recorded(t *testing.T) (run.Store, *run.Journal) {
	t.Helper()
	s := run.Store{Dir: t.TempDir()}
	if err := s.Save(sample("demo")); err != nil {
		t.Fatal(err)
	}
	return s, s.Journal("demo")
}

func kinds(t *testing.T, s run.Store) string {
	t.Helper()
	all, err := s.Entries("demo")
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, e := range all {
		kinds = append(kinds, e.Kind)
	}
	return strings.Join(kinds, " ")
}

func appendAll(t *testing.T, j *run.Journal, kinds ...string) {
	t.Helper()
	for _, kind := range kinds {
		if err := j.Append(entry(kind)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAJournalReadsBackWhatWasAppended(t *testing.T) {
	s, j := recorded(t)
	appendAll(t, j, "one", "two")
	all, err := s.Entries("demo")
	if err != nil || len(all) != 2 {
		t.Fatalf("%d entries, %v", len(all), err)
	}
	got, _ := json.Marshal(all[0])
	want, _ := json.Marshal(entry("one"))
	if string(got) != string(want) {
		t.Errorf("the first entry is %s, not %s", got, want)
	}
	if info, err := os.Stat(s.JournalPath("demo")); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info, err)
	}
}

func TestAJournalSurvivesALineThatWasCutOff(t *testing.T) {
	s, j := recorded(t)
	appendAll(t, j, "one", "two")
	raw, err := os.ReadFile(s.JournalPath("demo"))
	if err == nil {
		err = os.WriteFile(s.JournalPath("demo"), raw[:len(raw)-9], 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := kinds(t, s); got != "one" {
		t.Errorf("the entries are %q", got)
	}
	appendAll(t, s.Journal("demo"), "three", "four") // the next process
	if got := kinds(t, s); got != "one three four" {
		t.Errorf("the entries are %q", got)
	}
}

func TestAJournalStopsWhenItIsFull(t *testing.T) {
	s, j := recorded(t)
	big := entry("big")
	big.Body, _ = json.Marshal(strings.Repeat("x", 1<<20))
	for range 6 {
		if err := j.Append(big); err != nil {
			t.Fatal(err)
		}
	}
	appendAll(t, s.Journal("demo"), "late")
	if got := kinds(t, s); got != "big big big big "+run.Full {
		t.Errorf("the entries are %q", got)
	}
}

func TestAJournalNeedsARecord(t *testing.T) {
	s := run.Store{Dir: t.TempDir()}
	appendAll(t, s.Journal("demo"), "one")
	if left, _ := filepath.Glob(filepath.Join(s.Dir, "*", "*")); left != nil {
		t.Errorf("there is %v", left)
	}
	if all, err := s.Entries("demo"); all != nil || err != nil {
		t.Errorf("the entries are %v, %v", all, err)
	}
	if err := s.Journal("../demo").Append(entry("one")); err == nil {
		t.Error("a name led out of the folder")
	}
}

func TestAJournalFollowsNoLink(t *testing.T) {
	s, j := recorded(t)
	appendAll(t, j, "one")
	other := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(s.JournalPath("demo")), os.Symlink(other, s.JournalPath("demo"))); err != nil {
		t.Skip(err)
	}
	if err := j.Append(entry("two")); err == nil {
		t.Error("Append wrote through a link")
	}
	if _, err := s.Entries("demo"); err == nil {
		t.Error("Entries read through a link")
	}
	if raw, _ := os.ReadFile(other); len(raw) > 0 {
		t.Errorf("the other file has %s", raw)
	}
}

func TestForgetDeletesWhatIsRememberedOfAFinishedRun(t *testing.T) {
	for name, change := range map[string]func(*run.Record){
		"cleaned up":      func(r *run.Record) { r.Cleaned = time.Now() },
		"created nothing": func(r *run.Record) { r.Resources = nil },
	} {
		t.Run(name, func(t *testing.T) {
			s, j := recorded(t)
			r := sample("demo")
			change(r)
			logs := filepath.Join(s.Dir, "logs")
			if err := errors.Join(s.Save(r), os.Mkdir(logs, 0o700), os.WriteFile(filepath.Join(logs, "demo.log"), nil, 0o600)); err != nil {
				t.Fatal(err)
			}
			appendAll(t, j, "one")
			if err := s.Forget("demo"); err != nil {
				t.Fatal(err)
			}
			if left, _ := filepath.Glob(filepath.Join(s.Dir, "*", "*")); left != nil {
				t.Errorf("it left %v", left)
			}
			if err := s.Forget("demo"); !errors.Is(err, run.ErrNotFound) {
				t.Errorf("the second time: %v", err)
			}
			if left, _ := filepath.Glob(filepath.Join(s.Dir, "*", "*")); left != nil {
				t.Errorf("the second time left %v", left)
			}
		})
	}
}

func TestForgetRefusesARunThatMayHaveResources(t *testing.T) {
	s, j := recorded(t)
	appendAll(t, j, "one")
	var left *run.LeftError
	if err := s.Forget("demo"); !errors.As(err, &left) || left.Run != "demo" {
		t.Errorf("Forget: %v", err)
	}
	if _, err := s.Load("demo"); err != nil || kinds(t, s) != "one" {
		t.Errorf("the record is gone (%v), or the journal (%q)", err, kinds(t, s))
	}
}

func TestForgetRefusesARunThatIsInUse(t *testing.T) {
	s, _ := recorded(t)
	lock, err := s.Lock("demo")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	var held *run.HeldError
	if err := s.Forget("demo"); !errors.As(err, &held) {
		t.Errorf("Forget: %v", err)
	}
}
