package trace_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/internal/testkit/freeport"
	"agentcore-3lo/internal/trace"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// walked is a run that went through the tutorial on the sandbox, with the trace that
// grew meanwhile.
func walked(t *testing.T, changes ...func(*testkit.Run)) (*testkit.Run, *trace.Trace) {
	t.Helper()
	r := testkit.NewRun(t, testkit.StartSandbox(t))
	record := testkit.NewRecord(r.Name, true) // as on the first screen, so that the journal has the first steps, too
	record.Settings.Port = freeport.Take(t)
	if err := r.Store().Save(record); err != nil {
		t.Fatal(err)
	}
	for _, change := range changes {
		change(r)
	}
	live := &trace.Trace{}
	m := testkit.NewMachine(engine.Mode{Follow: true}, nil)
	r.Watch = func(e engine.Event) {
		before := m
		m, _ = m.Next(e)
		steps.AddTo(live, before, m, e)
	}
	r.MustComplete(r.Walk())
	return r, live
}

// told is a sequence as text.
func told(s trace.Sequence) string {
	var b strings.Builder
	b.WriteString(s.Headline)
	for _, a := range s.Arrows {
		x := 0
		if a.Exchange != nil {
			x = a.Exchange.Number
		}
		fmt.Fprintf(&b, "; %d %s %s %d", a.Number, a.State, a.Note, x)
	}
	return b.String()
}

func entries(t *testing.T, r *testkit.Run) []run.Entry {
	t.Helper()
	all, err := r.Store().Entries(r.Name)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAWalkHasEveryArrowDone(t *testing.T) {
	t.Parallel()
	r, _ := walked(t)
	s := trace.Read(entries(t, r)).Sequence()
	if s.Headline != "complete" || len(s.Arrows) != 12 {
		t.Errorf("%q, %d arrows", s.Headline, len(s.Arrows))
	}
	for _, a := range s.Arrows {
		if a.State != trace.Done || a.Seen != (a.Exchange != nil) || a.Seen == (a.Note == "inferred") {
			t.Errorf("%+v", a)
		}
	}
	if s.Arrows[2].Note != "-32042" {
		t.Errorf("the link: %+v", s.Arrows[2])
	}
}

func TestTheBrowsersHopIsAnExchange(t *testing.T) {
	t.Parallel()
	r, _ := walked(t)
	all := trace.Read(entries(t, r)).Exchanges()
	names := map[string]*trace.Exchange{}
	for i, x := range all {
		if x.Number != i+1 {
			t.Errorf("exchange %d has the number %d", i+1, x.Number)
		}
		names[x.Name()] = x
	}
	hop := names["GET /oauth2/callback"]
	if hop.Sender() != "browser" || hop.Receiver() != "program" || hop.Result() != "303" || hop.Step != "consent" || hop.Failed() {
		t.Errorf("%+v: %q", hop, hop.Result())
	}
	for name, want := range map[string][2]string{
		"GetRole": {"IAM", "404 none yet"}, "POST /oauth2/token": {"Cognito", "200"}, "DescribeResourceServer": {"Cognito", "400 none yet"},
		"CreateOauth2CredentialProvider": {"Identity", "201"}, "CreateGateway": {"AgentCore", "202"},
	} {
		if x := names[name]; x.Receiver() != want[0] || x.Result() != want[1] || x.Failed() {
			t.Errorf("%s: %s %q", name, x.Receiver(), x.Result())
		}
	}
}

func TestALiveTraceIsTheOneInTheJournal(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*testkit.Run){"with nobody": func(*testkit.Run) {}, "with a person": attended} {
		t.Run(name, func(t *testing.T) { t.Parallel(); sameLive(t, change) })
	}
}

// attended lets a person answer every question after a moment.
func attended(r *testkit.Run) {
	r.Person = func(q engine.Question) (engine.Answer, bool) {
		time.Sleep(20 * time.Millisecond)
		for _, c := range q.Choices {
			if c.ID == "simulate" {
				return c.ID, true
			}
		}
		if q.Default != "" {
			return q.Default, true
		}
		return engine.Yes, true
	}
}

func sameLive(t *testing.T, change func(*testkit.Run)) {
	r, live := walked(t, change)
	read := trace.Read(entries(t, r))
	l, _ := json.Marshal(live.Exchanges())
	j, _ := json.Marshal(read.Exchanges())
	if len(live.Exchanges()) == 0 || len(live.Exchanges()) != len(read.Exchanges()) {
		t.Fatalf("%d exchanges live, %d in the journal", len(live.Exchanges()), len(read.Exchanges()))
	}
	if string(l) != string(j) {
		t.Errorf("live %.2000s\nread %.2000s", l, j)
	}
	if l, j := told(live.Sequence()), told(read.Sequence()); l != j {
		t.Errorf("live %s\nread %s", l, j)
	}
	lt, rt := live.Times(time.Time{}), read.Times(time.Time{})
	if len(lt.Steps) != 10 || lt.Total <= 0 {
		t.Errorf("live times: %+v", lt)
	}
	// The journal begins with the record, so what was before differs.
	since := func(t trace.Times) time.Duration { return t.Total - t.Spans["inbound"][0].From }
	if d := since(lt) - since(rt); d.Abs() > 50*time.Millisecond {
		t.Errorf("from step 3 on: live %s, read %s", since(lt), since(rt))
	}
	for _, step := range lt.Steps {
		if d := lt.Wait(step) - rt.Wait(step); d.Abs() > 50*time.Millisecond {
			t.Errorf("%s waits %s live, and %s in the journal", step, lt.Wait(step), rt.Wait(step))
		}
	}
	if asked := lt.Wait("prerequisites"); (asked >= 20*time.Millisecond) != (r.Person != nil) {
		t.Errorf("the question about the plan took %s", asked)
	}
}

func TestARefusedConsentEndsAtTheCallback(t *testing.T) {
	t.Parallel()
	r := testkit.NewRun(t, testkit.StartSandbox(t))
	attended(r)
	answer, links := r.Person, make(chan string, 1)
	r.Watch = func(e engine.Event) {
		if l := testkit.Link(e); l.Purpose == event.Consent {
			links <- l.URL
		}
	}
	r.Person = func(q engine.Question) (engine.Answer, bool) {
		if q.Name != "consent" {
			return answer(q)
		}
		select {
		case link := <-links:
			_ = (sandbox.Person{}).Cancel(context.Background(), link) // the walk may end before it has read its last page
		default:
		}
		return "", false
	}
	if f := r.Walk().Failure(); f == nil {
		t.Fatalf("it did not end with a refusal: %+v", f)
	}
	s := trace.Read(entries(t, r)).Sequence()
	if got := states(s); got != "++++++!..... 7 refused" || s.Headline != "failed at 7, access_denied" || s.Arrows[6].Exchange == nil || s.Arrows[6].Exchange.Result() != "303" {
		t.Errorf("%s\n%s", got, told(s))
	}
}
