package steps_test

import (
	"slices"
	"testing"
	"time"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/steps"
)

// The little machine of the table: root <- mid <- leaf. mid is what the table
// is about.
func chain(front ...steps.ID) []steps.Step {
	all := []steps.Step{{ID: "root"}, {ID: "mid", Needs: []steps.ID{"root"}}, {ID: "leaf", Needs: []steps.ID{"mid"}}}
	for i := range all {
		all[i].Foreground = slices.Contains(front, all[i].ID)
	}
	return all
}

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// feed gives the machine events one after the other and returns the effects of
// the last.
func feed(m steps.Machine, all ...steps.Event) (steps.Machine, []steps.Effect) {
	var fx []steps.Effect
	for _, e := range all {
		if e.Time.IsZero() {
			e.Time = noon
		}
		m, fx = m.Next(e)
	}
	return m, fx
}

func ev(kind steps.EventKind, step steps.ID, attempt int) steps.Event {
	e := steps.Event{Kind: kind, Step: step, Attempt: attempt}
	switch kind {
	case steps.Asked:
		e.Question = &steps.Question{Name: "q"}
	case steps.Broke:
		e.Failure = &steps.Failure{Doing: "trying", Exit: 1}
	case steps.Said:
		e.Note = &steps.Note{Text: "hello"}
	case steps.Called:
		e.Call = &awsenv.Exchange{}
	}
	return e
}

// midIn is a machine at manual pace with mid in the state.
func midIn(t *testing.T, state steps.State) steps.Machine {
	t.Helper()
	m := steps.NewMachine(steps.Mode{Manual: true}, chain(), nil)
	rootDone := []steps.Event{ev(steps.Go, "root", 0), ev(steps.Finished, "root", 1)}
	running := append(slices.Clone(rootDone), ev(steps.Go, "mid", 0))
	switch state {
	case steps.Ready:
		m, _ = feed(m, rootDone...)
	case steps.Running:
		m, _ = feed(m, running...)
	case steps.Asking:
		m, _ = feed(m, append(running, ev(steps.Asked, "mid", 1))...)
	case steps.Done:
		m, _ = feed(m, append(running, ev(steps.Finished, "mid", 1))...)
	case steps.Failed:
		m, _ = feed(m, append(running, ev(steps.Broke, "mid", 1))...)
	case steps.Stale:
		again := ev(steps.Finished, "root", 2)
		again.Stale = map[steps.ID]string{"mid": "its basis changed"}
		m, _ = feed(m, append(running, ev(steps.Finished, "mid", 1), ev(steps.Again, "root", 0), again)...)
	}
	if got := m.Of("mid").State; got != state {
		t.Fatalf("the table is wrong: mid is %s, not %s", got, state)
	}
	return m
}

func TestEveryStateMeetsEveryEvent(t *testing.T) {
	const none, start, restart = "", "start", "cancel start"
	type cell struct {
		state   steps.State
		effects string
	}
	same := func(s steps.State) map[steps.EventKind]cell {
		m := map[steps.EventKind]cell{}
		for _, k := range []steps.EventKind{steps.Visit, steps.Go, steps.Again, steps.Asked, steps.Answered, steps.Said, steps.Called, steps.Finished, steps.Broke} {
			m[k] = cell{s, none}
		}
		return m
	}
	with := func(s steps.State, changes map[steps.EventKind]cell) map[steps.EventKind]cell {
		m := same(s)
		for k, c := range changes {
			m[k] = c
		}
		return m
	}
	begins := map[steps.EventKind]cell{steps.Go: {steps.Running, start}, steps.Again: {steps.Running, start}}
	table := map[steps.State]map[steps.EventKind]cell{
		steps.Waiting: same(steps.Waiting),
		steps.Ready:   with(steps.Ready, begins),
		steps.Running: with(steps.Running, map[steps.EventKind]cell{steps.Again: {steps.Running, restart}, steps.Asked: {steps.Asking, none},
			steps.Finished: {steps.Done, none}, steps.Broke: {steps.Failed, none}}),
		steps.Asking: with(steps.Asking, map[steps.EventKind]cell{steps.Again: {steps.Running, restart}, steps.Answered: {steps.Running, none},
			steps.Finished: {steps.Done, none}, steps.Broke: {steps.Failed, none}}),
		steps.Done:   with(steps.Done, map[steps.EventKind]cell{steps.Again: {steps.Running, start}}),
		steps.Failed: with(steps.Failed, begins),
		steps.Stale:  with(steps.Stale, begins),
	}
	for state, row := range table {
		for kind, want := range row {
			t.Run(string(state)+" "+string(kind), func(t *testing.T) {
				before := midIn(t, state)
				attempt := before.Of("mid").Attempt
				after, fx := feed(before, ev(kind, "mid", attempt))
				if got := after.Of("mid").State; got != want.state {
					t.Errorf("mid is %s, want %s", got, want.state)
				}
				said := ""
				for _, f := range fx {
					if f.Step != "mid" {
						t.Errorf("effect on %s", f.Step)
					}
					if f.Cancel && f.Attempt != attempt {
						t.Errorf("cancels attempt %d, want %d", f.Attempt, attempt)
					}
					if !f.Cancel && f.Attempt != attempt+1 {
						t.Errorf("begins attempt %d, want %d", f.Attempt, attempt+1)
					}
					if f.Cancel {
						said += "cancel "
					} else {
						said += "start"
					}
				}
				if said != want.effects {
					t.Errorf("effects %q, want %q", said, want.effects)
				}
				if got := before.Of("mid").State; got != state {
					t.Errorf("the machine before was changed: mid is %s there now", got)
				}
			})
		}
	}
}

func TestWhatASupersededAttemptReportsIsDropped(t *testing.T) {
	m := midIn(t, steps.Running)
	m, _ = feed(m, ev(steps.Again, "mid", 0)) // attempt 2 now
	for _, kind := range []steps.EventKind{steps.Asked, steps.Answered, steps.Finished, steps.Broke} {
		after, fx := feed(m, ev(kind, "mid", 1))
		if s := after.Of("mid"); s.State != steps.Running || s.Attempt != 2 || s.Question != nil || s.Failure != nil || len(fx) != 0 {
			t.Errorf("%s of the old attempt counted: %+v %v", kind, s, fx)
		}
	}
	after, _ := feed(m, ev(steps.Finished, "mid", 2))
	if after.Of("mid").State != steps.Done {
		t.Error("the new attempt's own end does not count")
	}
}

func TestAgainCancelsDependentsBeforeItBegins(t *testing.T) {
	m := midIn(t, steps.Done)
	m, _ = feed(m, ev(steps.Go, "leaf", 0))
	_, fx := feed(m, ev(steps.Again, "root", 0))
	if len(fx) != 2 || !fx[0].Cancel || fx[0].Step != "leaf" || fx[0].Attempt != 1 || fx[1].Cancel || fx[1].Step != "root" || !fx[1].Again {
		t.Fatalf("effects: %+v", fx)
	}
}

func TestAgainClearsFailuresAndTheRestGoesOn(t *testing.T) {
	m := midIn(t, steps.Failed)
	m, fx := feed(m, ev(steps.Again, "root", 0))
	if m.Failure() != nil || len(fx) != 1 || fx[0].Step != "root" {
		t.Fatalf("failure %v, effects %+v", m.Failure(), fx)
	}
	m, _ = feed(m, ev(steps.Finished, "root", 2))
	if s := m.Of("mid").State; s != steps.Ready {
		t.Errorf("mid is %s", s)
	}
}

func TestAgainOfAStepThatWaitsIsRememberedUntilItBegins(t *testing.T) {
	m := steps.NewMachine(steps.Mode{}, chain("root"), nil)
	m, _ = feed(m, ev(steps.Again, "mid", 0), ev(steps.Go, "root", 0))
	_, fx := feed(m, ev(steps.Finished, "root", 1))
	if len(fx) != 1 || fx[0].Step != "mid" || !fx[0].Again {
		t.Fatalf("effects: %+v", fx)
	}
}

func TestWorkGoesAheadWhateverPageThePersonIsOn(t *testing.T) {
	m := steps.NewMachine(steps.Mode{}, chain("root"), nil)
	m, fx := feed(m, ev(steps.Visit, "root", 0))
	if len(fx) != 1 || fx[0].Step != "root" {
		t.Fatalf("the page's own step does not begin: %+v", fx)
	}
	m, fx = feed(m, ev(steps.Finished, "root", 1))
	if m.Page != "root" || len(fx) != 1 || fx[0].Step != "mid" {
		t.Fatalf("page %s, effects %+v", m.Page, fx)
	}
}

func TestAForegroundStepWaitsForItsPage(t *testing.T) {
	m := steps.NewMachine(steps.Mode{}, chain("mid"), nil)
	m, _ = feed(m, ev(steps.Visit, "root", 0))
	m, fx := feed(m, ev(steps.Finished, "root", 1))
	if len(fx) != 0 || m.Of("mid").State != steps.Ready {
		t.Fatalf("it began without the person: %+v", fx)
	}
	_, fx = feed(m, ev(steps.Visit, "mid", 0))
	if len(fx) != 1 || fx[0].Step != "mid" {
		t.Fatalf("its page does not begin it: %+v", fx)
	}
}

func TestManualPaceWaitsForGo(t *testing.T) {
	m := steps.NewMachine(steps.Mode{Manual: true, Follow: true}, chain(), nil)
	m, fx := feed(m, ev(steps.Visit, "root", 0))
	if len(fx) != 0 {
		t.Fatalf("it began by itself: %+v", fx)
	}
	m, fx = feed(m, ev(steps.Go, "root", 0))
	if len(fx) != 1 {
		t.Fatalf("Go does nothing: %+v", fx)
	}
	m, fx = feed(m, ev(steps.Finished, "root", 1))
	if len(fx) != 0 || m.Page != "mid" {
		t.Fatalf("page %s, effects %+v", m.Page, fx)
	}
}

// fork has two steps that can work side by side, and one that needs the first.
func fork() []steps.Step {
	return []steps.Step{{ID: "left"}, {ID: "right"}, {ID: "next", Needs: []steps.ID{"left"}}}
}

func TestAfterAFailureRunningStepsFinishAndNothingNewStarts(t *testing.T) {
	m := steps.NewMachine(steps.Mode{}, fork(), nil)
	m, fx := feed(m, ev(steps.Visit, "left", 0))
	if len(fx) != 2 {
		t.Fatalf("effects: %+v", fx)
	}
	m, fx = feed(m, ev(steps.Broke, "right", 1))
	if len(fx) != 0 || m.Of("left").State != steps.Running || m.Page != "left" {
		t.Fatalf("left is %s, page %s, effects %+v", m.Of("left").State, m.Page, fx)
	}
	m, fx = feed(m, ev(steps.Finished, "left", 1))
	if m.Of("left").State != steps.Done || len(fx) != 0 || m.Of("next").State != steps.Ready {
		t.Fatalf("left %s, next %s, effects %+v", m.Of("left").State, m.Of("next").State, fx)
	}
	if _, fx = feed(m, ev(steps.Go, "next", 0)); len(fx) != 0 {
		t.Fatalf("another step began while a failure stands: %+v", fx)
	}
	m, fx = feed(m, ev(steps.Go, "right", 0))
	if m.Failure() != nil || len(fx) != 2 {
		t.Fatalf("trying again does not go on: %+v", fx)
	}
}

func TestThePageFollowsQuestionsThenWaitingPagesThenWork(t *testing.T) {
	todo := []steps.Step{{ID: "work"}, {ID: "ask"}, {ID: "front", Foreground: true}}
	m := steps.NewMachine(steps.Mode{Follow: true}, todo, nil)
	m, _ = feed(m, ev(steps.Visit, "work", 0))
	if m.Page != "front" {
		t.Fatalf("page %s, want the step that waits for the person", m.Page)
	}
	m, _ = feed(m, ev(steps.Asked, "ask", 1))
	if m.Page != "ask" {
		t.Fatalf("page %s, want the question", m.Page)
	}
	m, _ = feed(m, ev(steps.Answered, "ask", 1))
	if m.Page == "ask" && m.Of("front").State == steps.Ready {
		t.Fatal("the page stays at a question that is answered")
	}
}

func TestStaleStepsBeginAgainByThemselvesAndOnlyDoneOnesGoStale(t *testing.T) {
	m := steps.NewMachine(steps.Mode{}, chain("root"), nil)
	m, _ = feed(m, ev(steps.Go, "root", 0), ev(steps.Finished, "root", 1), ev(steps.Finished, "mid", 1)) // leaf runs
	finished := ev(steps.Finished, "root", 2)
	finished.Stale = map[steps.ID]string{"mid": "new provider", "leaf": "new provider"}
	m, _ = feed(m, ev(steps.Again, "root", 0))
	if s := m.Of("leaf").State; s == steps.Running {
		t.Fatalf("leaf still runs")
	}
	m, fx := feed(m, finished)
	if len(fx) == 0 || fx[0].Step != "mid" || fx[0].Attempt != 2 {
		t.Fatalf("effects %+v; mid %+v", fx, m.Of("mid"))
	}
}

func TestEventsOfUnknownStepsChangeNothing(t *testing.T) {
	m := midIn(t, steps.Running)
	after, fx := feed(m, ev(steps.Finished, "nobody", 1))
	if len(fx) != 0 || after.Of("mid").State != steps.Running {
		t.Fatal("something happened")
	}
}

func TestElapsedStopsWithTheAttempt(t *testing.T) {
	m := midIn(t, steps.Running)
	if got := m.Of("mid").Elapsed(noon.Add(time.Minute)); got != time.Minute {
		t.Errorf("running: %s", got)
	}
	end := ev(steps.Finished, "mid", 1)
	end.Time = noon.Add(time.Second)
	m, _ = feed(m, end)
	if got := m.Of("mid").Elapsed(noon.Add(time.Hour)); got != time.Second {
		t.Errorf("done: %s", got)
	}
}

func TestTheTutorialsOrderIsFollowedWhateverWasTyped(t *testing.T) {
	ids, err := steps.Parse([]string{"invoke", "CONSENT", "invoke"})
	if err != nil || !slices.Equal(ids, []steps.ID{steps.Consent, steps.Invoke}) {
		t.Errorf("%v %v", ids, err)
	}
	for _, word := range []string{"nonsense", "cleanup", ""} {
		if _, err := steps.Parse([]string{word}); err == nil {
			t.Errorf("%q passes", word)
		}
	}
}
