package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"agentcore-3lo/steps/engine"
)

// watched is a front end that notes when each page was turned to. It begins with a
// visit, as the screen does, and leaves when the last page's step is done.
type watched struct {
	began time.Time
	loop  *engine.Loop
	pages []string
	retry bool // tries a failed step again, a minute later
}

func (w *watched) Begin(_ context.Context, m engine.Machine, l *engine.Loop) {
	w.began, w.loop = time.Now(), l
	go l.Send(engine.Event{Step: m.Page, Body: engine.Visit{}})
}

func (w *watched) Show(_, after engine.Machine, e engine.Event) {
	switch e.Body.(type) {
	case engine.Visit:
		w.pages = append(w.pages, fmt.Sprintf("%s at %v", e.Step, time.Since(w.began)))
	case engine.Broke:
		if !w.retry {
			return
		}
		go func() {
			time.Sleep(time.Minute)
			w.loop.Send(engine.Event{Step: e.Step, Time: time.Now(), Body: engine.Go{}})
		}()
	}
	if after.Complete() {
		time.AfterFunc(time.Minute, func() { w.loop.Leave(nil) })
	}
}

// walked is a walk of four steps at a page a second: the first has a page to read,
// and the third can work while the second does. It returns the pages.
func walked(t *testing.T, work map[engine.ID]func() error, passed ...engine.ID) (pages []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m := engine.NewMachine(engine.Mode{}, []engine.Step{
			{ID: "plan", Foreground: true}, {ID: "slow", Needs: []engine.ID{"plan"}}, {ID: "beside", Needs: []engine.ID{"plan"}},
			{ID: "call", Needs: []engine.ID{"slow", "beside"}, Foreground: true},
		}, nil)
		front := &watched{retry: true}
		p := newPacer(front, m, time.Second, passed)
		runner := engine.NewRunner(engine.Work{
			Do: func(ctx context.Context, a *engine.Attempt) (map[engine.ID]string, error) {
				if do := work[a.Step]; do != nil {
					return nil, do()
				}
				return nil, p.untilTurned(ctx, a.Step)
			},
			Explain: func(engine.ID, error) engine.Failure { return engine.Failure{} },
		})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if m, err := engine.Drive(ctx, runner, m, p); err != nil || !m.Complete() {
			t.Errorf("it ended with %v, complete: %v", err, m.Complete())
		}
		pages = front.pages
	})
	return pages
}

func TestPagesTurnInOrderAtAPaceThatCanBeRead(t *testing.T) {
	slow := func() error { time.Sleep(20 * time.Second); return nil }
	for name, c := range map[string]struct {
		work   map[engine.ID]func() error
		passed []engine.ID
		want   []string
	}{
		"nothing takes time":          {nil, nil, []string{"plan at 0s", "plan at 0s", "slow at 1.5s", "beside at 3s", "call at 4.5s"}},
		"a step works behind":         {map[engine.ID]func() error{"slow": slow}, nil, []string{"plan at 0s", "plan at 0s", "slow at 1.5s", "beside at 3s", "call at 4.5s"}},
		"a page waits for its step":   {map[engine.ID]func() error{"plan": slow}, nil, []string{"plan at 0s", "plan at 0s", "slow at 20.5s", "beside at 22s", "call at 23.5s"}},
		"pages of an earlier process": {nil, []engine.ID{"plan", "slow"}, []string{"plan at 0s", "beside at 0s", "call at 1.5s"}},
	} {
		t.Run(name, func(t *testing.T) {
			if pages := walked(t, c.work, c.passed...); !slices.Equal(pages, c.want) {
				t.Errorf("%v, want %v", pages, c.want)
			}
		})
	}
}

func TestAFailureIsShownUntilItsStepIsDone(t *testing.T) {
	tries := 0
	pages := walked(t, map[engine.ID]func() error{"slow": func() error {
		if tries++; tries == 1 {
			time.Sleep(3700 * time.Millisecond)
			return errors.New("refused")
		}
		time.Sleep(10 * time.Second)
		return nil
	}})
	// It fails after 3.7 s, while "beside" is read, and is done after 73.7 s.
	want := []string{"plan at 0s", "plan at 0s", "slow at 1.5s", "beside at 3s", "slow at 4s", "beside at 1m13.7s", "call at 1m14.2s"}
	if !slices.Equal(pages, want) {
		t.Errorf("%v, want %v", pages, want)
	}
}
