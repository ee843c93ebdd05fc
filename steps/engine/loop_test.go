package engine_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"agentcore-3lo/steps/engine"
)

// scripted is a front end that does what a test says after each event.
type scripted struct {
	loop  *engine.Loop
	shown []any
	then  func(l *engine.Loop, after engine.Machine, e engine.Event)
}

func (s *scripted) Begin(_ context.Context, m engine.Machine, l *engine.Loop) {
	s.loop = l
	go l.Send(engine.Event{Step: m.Page, Time: time.Now(), Body: engine.Visit{}})
}

func (s *scripted) Show(_, after engine.Machine, e engine.Event) {
	s.shown = append(s.shown, e.Body)
	s.then(s.loop, after, e)
}

func drive(t *testing.T, do func(context.Context, *engine.Attempt) error, s *scripted) (engine.Machine, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	runner := engine.NewRunner(engine.Work{Attended: true, Explain: func(_ engine.ID, err error) engine.Failure { return engine.Failure{Doing: err.Error()} },
		Do: func(ctx context.Context, a *engine.Attempt) (map[engine.ID]string, error) { return nil, do(ctx, a) }})
	m, err := engine.Drive(ctx, runner, engine.NewMachine(engine.Mode{}, []engine.Step{{ID: "only"}}, nil), s)
	if ctx.Err() != nil {
		t.Fatal("the loop did not end")
	}
	return m, err
}

func TestAStepGoesOnOnlyWhenWhatItToldHasBeenShown(t *testing.T) {
	showing := false
	s := &scripted{then: func(l *engine.Loop, after engine.Machine, e engine.Event) {
		if e.Body == "first" {
			showing = true
			time.Sleep(20 * time.Millisecond)
			showing = false
		}
		if after.Complete() {
			l.Leave(nil)
		}
	}}
	_, err := drive(t, func(_ context.Context, a *engine.Attempt) error {
		a.Tell("first")
		if showing {
			t.Error("the step went on while its first word was being shown")
		}
		a.Tell("second")
		return nil
	}, s)
	if want := []any{engine.Visit{}, "first", "second"}; err != nil || len(s.shown) != 4 || !slices.Equal(s.shown[:3], want) {
		t.Errorf("shown %v (%v), want %v and the end", s.shown, err, want)
	}
}

func TestLeavingCancelsWhatRunsAndKeepsItsReason(t *testing.T) {
	reason, ended := errors.New("nobody is there"), false
	s := &scripted{then: func(l *engine.Loop, _ engine.Machine, e engine.Event) {
		if e.Body == "working" {
			l.Leave(reason)
			l.Leave(nil) // only the first one counts
		}
	}}
	m, err := drive(t, func(ctx context.Context, a *engine.Attempt) error {
		a.Tell("working")
		<-ctx.Done()
		ended = true
		return ctx.Err()
	}, s)
	if !ended || !errors.Is(err, reason) {
		t.Errorf("ended %v, error %v; want what runs to end, and %v", ended, err, reason)
	}
	if got := m.Of("only").State; got != engine.Running {
		t.Errorf("the step is %s; what it reports after leaving must not count", got)
	}
}

func TestAnAnswerThroughTheLoopReachesTheStep(t *testing.T) {
	s := &scripted{then: func(l *engine.Loop, after engine.Machine, e engine.Event) {
		if _, asked := e.Body.(engine.Asked); asked {
			l.Answer(e.Step, engine.Yes)
		}
		if after.Complete() || after.Failure() != nil {
			l.Leave(nil)
		}
	}}
	var got engine.Answer
	m, _ := drive(t, func(ctx context.Context, a *engine.Attempt) (err error) {
		got, err = a.Ask(ctx, engine.Question{Name: "q"})
		return err
	}, s)
	if got != engine.Yes || !m.Complete() {
		t.Errorf("answer %q, complete %v", got, m.Complete())
	}
}
