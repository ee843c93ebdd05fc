package screen

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/sandbox"
)

func TestTheMaskHidesWhoItIs(t *testing.T) {
	for _, size := range sizes {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			var mu sync.Mutex
			masked, leak := true, ""
			r := start(t, setup{aws: true, width: size[0], height: size[1], frames: func(text string) {
				mu.Lock()
				defer mu.Unlock()
				if masked && strings.Contains(squeezed(text), sandbox.Account) { // broken over lines too
					leak = text
				}
			}})
			r.When("Overview")
			r.Press("m")
			r.toPlan()
			r.When("••••••••••••")
			mu.Lock()
			masked = false
			mu.Unlock()
			if leak != "" {
				t.Errorf("the account shows:\n%s", leak)
			}
			r.Press("m")
			r.When(sandbox.Account)
		})
	}
}

func TestTheMaskHidesTheProfile(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	r.Press("s")
	r.toProfile()
	sub, _ := func() (string, bool) {
		m := slices.IndexFunc(strings.Split(r.Screen.Text(), "\n"), func(l string) bool { return strings.Contains(l, "│ sub ") })
		return strings.Fields(strings.Split(r.Screen.Text(), "\n")[m])[2], true
	}()
	r.Press("i")
	r.When("POST http", "esc back")
	r.Press("m")
	masked := func() {
		for _, line := range r.read() {
			if strings.Contains(line, "ana@example.com") || strings.Contains(line, sub) {
				t.Errorf("it shows: %s", line)
			}
		}
	}
	masked()
	r.Press("esc")
	r.Asks("What now?")
	r.Gone("ana@example.com")
	masked()
	r.Press("k")
	if text := r.ends().Transcript(); strings.Contains(text, "ana@example.com") || strings.Contains(text, sub) {
		t.Errorf("the transcript shows it:\n%s", text)
	}
}

func TestTheMaskStaysAfterARestart(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	r := start(t, setup{home: home})
	r.toConsent()
	r.Press("m")
	r.When("masked")
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if rec, err := (run.Store{Dir: home}).Load("test"); err == nil && rec.Settings.Masked {
			break
		}
		if time.Now().After(end) {
			t.Fatal("it is not remembered")
		}
	}
	r.cancel()
	r.ends()
	r.kit.Close()
	start(t, setup{home: home}).When("masked")
}
