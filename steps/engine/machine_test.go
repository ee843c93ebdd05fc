package engine_test

import (
	"slices"
	"testing"
	"time"

	"agentcore-3lo/steps/engine"
)

// The little machine of the table: root <- mid <- leaf. mid is what the table
// is about.
func chain(front ...engine.ID) []engine.Step {
	all := []engine.Step{{ID: "root"}, {ID: "mid", Needs: []engine.ID{"root"}}, {ID: "leaf", Needs: []engine.ID{"mid"}}}
	for i := range all {
		all[i].Foreground = slices.Contains(front, all[i].ID)
	}
	return all
}

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// feed gives the machine events one after the other and returns the effects of
// the last.
func feed(m engine.Machine, all ...engine.Event) (engine.Machine, []engine.Effect) {
	var fx []engine.Effect
	for _, e := range all {
		if e.Time.IsZero() {
			e.Time = noon
		}
		m, fx = m.Next(e)
	}
	return m, fx
}

// kind names the body of an event in these tests.
type kind string

const (
	visits    kind = "visit"
	goes      kind = "go"
	again     kind = "again"
	asked     kind = "asked"
	answered  kind = "answered"
	told      kind = "told" // what the machine does not know
	delivered kind = "delivered"
	finished  kind = "finished"
	broke     kind = "broke"
)

var bodies = map[kind]any{visits: engine.Visit{}, goes: engine.Go{}, again: engine.Again{},
	asked: engine.Asked{Question: engine.Question{Name: "q"}}, answered: engine.Answered{}, told: "hello",
	delivered: engine.Delivered{}, finished: engine.Finished{}, broke: engine.Broke{Failure: engine.Failure{Doing: "trying", Exit: 1}}}

func ev(k kind, step engine.ID, attempt int) engine.Event {
	return engine.Event{Step: step, Attempt: attempt, Body: bodies[k]}
}

// midIn is a machine at manual pace with mid in the state.
func midIn(t *testing.T, state engine.State) engine.Machine {
	t.Helper()
	m := engine.NewMachine(engine.Mode{Manual: true}, chain(), nil)
	rootDone := []engine.Event{ev(goes, "root", 0), ev(finished, "root", 1)}
	running := append(slices.Clone(rootDone), ev(goes, "mid", 0))
	switch state {
	case engine.Ready:
		m, _ = feed(m, rootDone...)
	case engine.Running:
		m, _ = feed(m, running...)
	case engine.Asking:
		m, _ = feed(m, append(running, ev(asked, "mid", 1))...)
	case engine.Done:
		m, _ = feed(m, append(running, ev(finished, "mid", 1))...)
	case engine.Failed:
		m, _ = feed(m, append(running, ev(broke, "mid", 1))...)
	case engine.Stale:
		anew := ev(finished, "root", 2)
		anew.Body = engine.Finished{Stale: map[engine.ID]string{"mid": "an input changed"}}
		m, _ = feed(m, append(running, ev(finished, "mid", 1), ev(again, "root", 0), anew)...)
	}
	if got := m.Of("mid").State; got != state {
		t.Fatalf("the table is wrong: mid is %s, not %s", got, state)
	}
	return m
}

func TestEveryStateMeetsEveryEvent(t *testing.T) {
	const none, start, restart = "", "start", "cancel start"
	type cell struct {
		state   engine.State
		effects string
	}
	same := func(s engine.State) map[kind]cell {
		m := map[kind]cell{}
		for _, k := range []kind{visits, goes, again, asked, answered, told, delivered, finished, broke} {
			m[k] = cell{s, none}
		}
		return m
	}
	with := func(s engine.State, changes map[kind]cell) map[kind]cell {
		m := same(s)
		for k, c := range changes {
			m[k] = c
		}
		return m
	}
	begins := map[kind]cell{goes: {engine.Running, start}, again: {engine.Running, start}}
	table := map[engine.State]map[kind]cell{
		engine.Waiting: same(engine.Waiting),
		engine.Ready:   with(engine.Ready, begins),
		engine.Running: with(engine.Running, map[kind]cell{again: {engine.Running, restart}, asked: {engine.Asking, none},
			finished: {engine.Done, none}, broke: {engine.Failed, none}}),
		engine.Asking: with(engine.Asking, map[kind]cell{again: {engine.Running, restart}, answered: {engine.Running, none},
			finished: {engine.Done, none}, broke: {engine.Failed, none}}),
		engine.Done:   with(engine.Done, map[kind]cell{again: {engine.Running, start}}),
		engine.Failed: with(engine.Failed, begins),
		engine.Stale:  with(engine.Stale, begins),
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
	m := midIn(t, engine.Running)
	m, _ = feed(m, ev(again, "mid", 0)) // attempt 2 now
	for _, kind := range []kind{asked, answered, finished, broke} {
		after, fx := feed(m, ev(kind, "mid", 1))
		if s := after.Of("mid"); s.State != engine.Running || s.Attempt != 2 || s.Question != nil || s.Failure != nil || len(fx) != 0 {
			t.Errorf("%s of the old attempt counted: %+v %v", kind, s, fx)
		}
	}
	after, _ := feed(m, ev(finished, "mid", 2))
	if after.Of("mid").State != engine.Done {
		t.Error("the new attempt's own end does not count")
	}
}

// TestADependentBeginsWhenWhatItNeedsIsDelivered although the step that delivers it
// goes on. That counts until the attempt ends.
func TestADependentBeginsWhenWhatItNeedsIsDelivered(t *testing.T) {
	m := engine.NewMachine(engine.Mode{}, chain(), nil)
	m, _ = feed(m, ev(visits, "root", 0))
	m, fx := feed(m, ev(delivered, "root", 1))
	if len(fx) != 1 || fx[0].Step != "mid" || fx[0].Cancel || m.Of("root").State != engine.Running {
		t.Fatalf("root is %s, and the effects are %+v", m.Of("root").State, fx)
	}
	m, fx = feed(m, ev(delivered, "mid", 1))
	if len(fx) != 1 || fx[0].Step != "leaf" {
		t.Fatalf("what rests on two unfinished steps does not begin: %+v", fx)
	}
	m, fx = feed(m, ev(again, "root", 0))
	if len(fx) != 4 || !fx[0].Cancel || !fx[1].Cancel || !fx[2].Cancel || fx[3].Step != "root" {
		t.Fatalf("the effects are %+v", fx)
	}
	if m, fx = feed(m, ev(delivered, "root", 1)); len(fx) != 0 || m.Of("mid").State != engine.Waiting {
		t.Errorf("what a superseded attempt delivers counts: mid is %s, %+v", m.Of("mid").State, fx)
	}
	m, _ = feed(m, ev(delivered, "root", 2), ev(broke, "root", 2))
	m, _ = feed(m, ev(finished, "mid", 2))
	if got := m.Of("leaf"); got.State != engine.Waiting || got.Reason != "needs root" {
		t.Errorf("leaf is %s (%s), although root failed", got.State, got.Reason)
	}
	if m, fx = feed(m, ev(goes, "root", 0), ev(delivered, "root", 3)); len(fx) != 1 || fx[0].Step != "leaf" {
		t.Errorf("leaf does not begin once root delivers again: %s, %+v", m.Of("leaf").State, fx)
	}
}

func TestAgainCancelsDependentsBeforeItBegins(t *testing.T) {
	m := midIn(t, engine.Done)
	m, _ = feed(m, ev(goes, "leaf", 0))
	_, fx := feed(m, ev(again, "root", 0))
	if len(fx) != 2 || !fx[0].Cancel || fx[0].Step != "leaf" || fx[0].Attempt != 1 || fx[1].Cancel || fx[1].Step != "root" || !fx[1].Again {
		t.Fatalf("effects: %+v", fx)
	}
}

func TestAgainClearsFailuresAndTheRestGoesOn(t *testing.T) {
	m := midIn(t, engine.Failed)
	m, fx := feed(m, ev(again, "root", 0))
	if m.Failure() != nil || len(fx) != 1 || fx[0].Step != "root" {
		t.Fatalf("failure %v, effects %+v", m.Failure(), fx)
	}
	m, _ = feed(m, ev(finished, "root", 2))
	if s := m.Of("mid").State; s != engine.Ready {
		t.Errorf("mid is %s", s)
	}
}

func TestAgainOfAStepThatWaitsIsRememberedUntilItBegins(t *testing.T) {
	m := engine.NewMachine(engine.Mode{}, chain("root"), nil)
	m, _ = feed(m, ev(again, "mid", 0), ev(goes, "root", 0))
	_, fx := feed(m, ev(finished, "root", 1))
	if len(fx) != 1 || fx[0].Step != "mid" || !fx[0].Again {
		t.Fatalf("effects: %+v", fx)
	}
}

func TestWorkGoesAheadWhateverPageThePersonIsOn(t *testing.T) {
	m := engine.NewMachine(engine.Mode{}, chain("root"), nil)
	m, fx := feed(m, ev(visits, "root", 0))
	if len(fx) != 1 || fx[0].Step != "root" {
		t.Fatalf("the page's own step does not begin: %+v", fx)
	}
	m, fx = feed(m, ev(finished, "root", 1))
	if m.Page != "root" || len(fx) != 1 || fx[0].Step != "mid" {
		t.Fatalf("page %s, effects %+v", m.Page, fx)
	}
}

func TestAForegroundStepWaitsForItsPage(t *testing.T) {
	m := engine.NewMachine(engine.Mode{}, chain("mid"), nil)
	m, _ = feed(m, ev(visits, "root", 0))
	m, fx := feed(m, ev(finished, "root", 1))
	if len(fx) != 0 || m.Of("mid").State != engine.Ready {
		t.Fatalf("it began without the person: %+v", fx)
	}
	_, fx = feed(m, ev(visits, "mid", 0))
	if len(fx) != 1 || fx[0].Step != "mid" {
		t.Fatalf("its page does not begin it: %+v", fx)
	}
}

func TestManualPaceWaitsForGo(t *testing.T) {
	m := engine.NewMachine(engine.Mode{Manual: true, Follow: true}, chain(), nil)
	m, fx := feed(m, ev(visits, "root", 0))
	if len(fx) != 0 {
		t.Fatalf("it began by itself: %+v", fx)
	}
	m, fx = feed(m, ev(goes, "root", 0))
	if len(fx) != 1 {
		t.Fatalf("Go does nothing: %+v", fx)
	}
	m, fx = feed(m, ev(finished, "root", 1))
	if len(fx) != 0 || m.Page != "mid" {
		t.Fatalf("page %s, effects %+v", m.Page, fx)
	}
}

// fork has two steps that can work side by side, and one that needs the first.
func fork() []engine.Step {
	return []engine.Step{{ID: "left"}, {ID: "right"}, {ID: "next", Needs: []engine.ID{"left"}}}
}

func TestAfterAFailureRunningStepsFinishAndNothingNewStarts(t *testing.T) {
	m := engine.NewMachine(engine.Mode{}, fork(), nil)
	m, fx := feed(m, ev(visits, "left", 0))
	if len(fx) != 2 {
		t.Fatalf("effects: %+v", fx)
	}
	m, fx = feed(m, ev(broke, "right", 1))
	if len(fx) != 0 || m.Of("left").State != engine.Running || m.Page != "left" {
		t.Fatalf("left is %s, page %s, effects %+v", m.Of("left").State, m.Page, fx)
	}
	m, fx = feed(m, ev(finished, "left", 1))
	if m.Of("left").State != engine.Done || len(fx) != 0 || m.Of("next").State != engine.Ready {
		t.Fatalf("left %s, next %s, effects %+v", m.Of("left").State, m.Of("next").State, fx)
	}
	if _, fx = feed(m, ev(goes, "next", 0)); len(fx) != 0 {
		t.Fatalf("another step began while a failure stands: %+v", fx)
	}
	m, fx = feed(m, ev(goes, "right", 0))
	if m.Failure() != nil || len(fx) != 2 {
		t.Fatalf("trying again does not go on: %+v", fx)
	}
}

func TestThePageFollowsQuestionsThenWaitingPagesThenWork(t *testing.T) {
	todo := []engine.Step{{ID: "work"}, {ID: "ask"}, {ID: "front", Foreground: true}}
	m := engine.NewMachine(engine.Mode{Follow: true}, todo, nil)
	m, _ = feed(m, ev(visits, "work", 0))
	if m.Page != "front" {
		t.Fatalf("page %s, want the step that waits for the person", m.Page)
	}
	m, _ = feed(m, ev(asked, "ask", 1))
	if m.Page != "ask" {
		t.Fatalf("page %s, want the question", m.Page)
	}
	m, _ = feed(m, ev(answered, "ask", 1))
	if m.Page == "ask" && m.Of("front").State == engine.Ready {
		t.Fatal("the page stays at a question that is answered")
	}
}

func TestStaleStepsBeginAgainByThemselvesAndOnlyDoneOnesGoStale(t *testing.T) {
	m := engine.NewMachine(engine.Mode{}, chain("root"), nil)
	m, _ = feed(m, ev(goes, "root", 0), ev(finished, "root", 1), ev(finished, "mid", 1)) // leaf runs
	anew := ev(finished, "root", 2)
	anew.Body = engine.Finished{Stale: map[engine.ID]string{"mid": "new provider", "leaf": "new provider"}}
	m, _ = feed(m, ev(again, "root", 0))
	if s := m.Of("leaf").State; s == engine.Running {
		t.Fatalf("leaf still runs")
	}
	m, fx := feed(m, anew)
	if len(fx) == 0 || fx[0].Step != "mid" || fx[0].Attempt != 2 {
		t.Fatalf("effects %+v; mid %+v", fx, m.Of("mid"))
	}
}

func TestEventsOfUnknownStepsChangeNothing(t *testing.T) {
	m := midIn(t, engine.Running)
	after, fx := feed(m, ev(finished, "nobody", 1))
	if len(fx) != 0 || after.Of("mid").State != engine.Running {
		t.Fatal("something happened")
	}
}

func TestElapsedStopsWithTheAttempt(t *testing.T) {
	m := midIn(t, engine.Running)
	if got := m.Of("mid").Elapsed(noon.Add(time.Minute)); got != time.Minute {
		t.Errorf("running: %s", got)
	}
	end := ev(finished, "mid", 1)
	end.Time = noon.Add(time.Second)
	m, _ = feed(m, end)
	if got := m.Of("mid").Elapsed(noon.Add(time.Hour)); got != time.Second {
		t.Errorf("done: %s", got)
	}
}
