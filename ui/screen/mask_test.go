package screen

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/sandbox"
)

func TestTheMaskHidesTheAccount(t *testing.T) {
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
			r.When("What you will build")
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

// Name, e-mail, subject and picture are hidden on the page, in the texts over it, and in
// the transcript.
func TestTheMaskHidesTheProfile(t *testing.T) {
	t.Parallel()
	r := start(t, setup{width: 120, height: 60})
	r.toConsent()
	r.Press("i")
	r.toProfile()
	private := []string{"Ana Example", "ana@example.com", "782bbtaQsb"}
	text := r.When("Picture")
	for line := range strings.SplitSeq(text, "\n") {
		if _, picture, found := strings.Cut(line, "Picture "); found {
			private = append(private, strings.TrimSpace(picture))
		}
	}
	hidden := func(text string) {
		t.Helper()
		for _, p := range private {
			if strings.Contains(text, p) {
				t.Errorf("it shows %q:\n%s", p, text)
			}
		}
	}
	for _, p := range private {
		if !strings.Contains(text, p) {
			t.Fatalf("it does not show %q:\n%s", p, text)
		}
	}
	r.Press("m")
	r.Gone("ana@example.com")
	hidden(r.Still())
	r.Press("w")
	r.When("Wire: ")
	r.Press("enter")
	r.When("Exchange ")
	hidden(r.Still())
	r.Press("esc", "esc")
	r.Asks("It works")
	r.Press("enter")
	hidden(r.ends().Transcript())
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
	r.walk.Close()
	start(t, setup{home: home}).When("masked")
}
