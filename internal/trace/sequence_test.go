package trace_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/trace"
	"agentcore-3lo/internal/wire"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

const linked = `{"jsonrpc":"2.0","id":1,"error":{"code":-32042,"data":{"elicitations":[{"url":"https://a/"}]}}}`

// call is a tools/call that took 84 ms.
func call(status int, answer string) wire.Exchange {
	media := "application/json"
	if strings.HasPrefix(answer, "event:") {
		media = "text/event-stream"
	}
	return wire.Exchange{From: wire.Program, To: wire.Gateway, Service: "gateway", Operation: "tools/call", Status: status, Took: 84 * time.Millisecond,
		Response: wire.Message{Header: []wire.Header{{Name: "Content-Type", Value: media}}, Body: answer}}
}

func bind(status int) wire.Exchange {
	return wire.Exchange{From: wire.Program, To: wire.Identity, Service: "Bedrock AgentCore", Operation: "CompleteResourceTokenAuth", Status: status, Took: 118 * time.Millisecond}
}

// happen is a trace of bodies, one a second. A string names the step of those after it.
func happen(bodies ...any) *trace.Trace {
	t, step, at := &trace.Trace{}, "consent", noon
	for _, body := range bodies {
		if name, ok := body.(string); ok {
			step = name
			continue
		}
		at = at.Add(time.Second)
		if x, ok := body.(wire.Exchange); ok {
			x.Started = at
			body = x
		}
		if old, ok := body.(late); ok {
			t.Add(at, step, 0, old.body)
			continue
		}
		t.Add(at, step, 1, body)
	}
	return t
}

// late is what an attempt tells that is not the newest.
type late struct{ body any }

// then is what happened, and what happened next.
func then(before []any, next ...any) []any { return slices.Concat(before, next) }

// states are the arrows' states, a letter each, with the notes of what is in progress or
// has failed.
func states(s trace.Sequence) string {
	letters, notes := "", ""
	for _, a := range s.Arrows {
		letters += string(".>+!"[a.State])
		if a.State == trace.InProgress || a.State == trace.Failed {
			notes += fmt.Sprintf(" %d %s", a.Number, a.Note)
		}
	}
	return letters + notes
}

func TestHowFarTheSequenceIs(t *testing.T) {
	t.Parallel()
	asked := []any{"consent", trace.Started{}, call(200, linked), trace.Linked{}}
	came := then(asked, wire.Arrival{Kind: "known", Session: "session 1"})
	given := then(came, bind(200), trace.Finished{})
	for name, c := range map[string]struct {
		bodies         []any
		want, headline string
	}{
		"before the consent":           {[]any{"gateway", trace.Started{}, call(200, linked), trace.Broke{Reason: "no"}}, "............", "begins with your consent"},
		"the first call":               {[]any{"consent", trace.Started{}}, ">........... 1 gateway", "at 1, tools/call"},
		"the first call refused":       {[]any{"consent", trace.Started{}, call(403, "")}, "!........... 1 403", "failed at 1, 403"},
		"no answer":                    {[]any{"consent", trace.Started{}, call(0, "")}, "!........... 1 no answer", "failed at 1, no answer"},
		"the gateway's error":          {[]any{"consent", trace.Started{}, call(200, `{"error":{"code":-32603}}`)}, "+.!......... 3 -32603", "failed at 3, -32603"},
		"the user's turn":              {asked, "+++>........ 4 you", "waiting at 4, your consent"},
		"a fresh link":                 {then(given, trace.Started{}, call(200, linked), trace.Linked{}), "+++>........ 4 you", "waiting at 4, your consent"},
		"the browser is back":          {came, "+++++++>.... 8 Identity", "at 8, CompleteResourceTokenAuth"},
		"another browser":              {then(asked, wire.Arrival{Kind: "unknown", Status: 400}, wire.Arrival{Kind: "malformed", Code: "x", Status: 400}), "+++>........ 4 you", "waiting at 4, your consent"},
		"refused":                      {then(asked, wire.Arrival{Kind: "refused", Code: "access_denied"}, trace.Broke{Reason: "long"}), "++++++!..... 7 refused", "failed at 7, access_denied"},
		"too late":                     {then(asked, wire.Arrival{Kind: "expired", Status: 410}), "++++++!..... 7 expired", "failed at 7, expired"},
		"declined here":                {then(asked, trace.Broke{Reason: "you declined"}), "+++!........ 4 failed", "failed at 4, you declined"},
		"the binding fails":            {then(came, bind(403)), "+++++++!.... 8 403", "failed at 8, 403"},
		"the binding works in the end": {then(came, bind(500), bind(200)), "+++++++++...", "consent is given, the call is next"},
		"a pasted address":             {then(asked, bind(200)), "+++++++++...", "consent is given, the call is next"},
		"consent is given":             {given, "+++++++++...", "consent is given, the call is next"},
		"step 10":                      {then(given, "invoke", trace.Started{}), "+++++++++>.. 10 gateway", "at 10, tools/call"},
		"the vault is late":            {then(given, "invoke", trace.Started{}, call(200, linked)), "+++++++++>.. 10 -32042", "at 10, tools/call"},
		"the vault was late":           {then(given, "invoke", trace.Started{}, call(200, linked), call(200, `{"result":{}}`)), "++++++++++++", "complete"},
		"consent again in step 10":     {then(given, "invoke", trace.Started{}, call(200, linked), trace.Linked{}), "+++>........ 4 you", "waiting at 4, your consent"},
		"the tool fails":               {then(given, "invoke", trace.Started{}, call(200, `{"result":{"isError":true}}`)), "++++++++++.! 12 isError", "failed at 12, isError"},
		"a stream of events":           {then(given, "invoke", trace.Started{}, call(200, "event: message\ndata: {\"result\":{\"isError\":true}}\n")), "++++++++++.! 12 isError", "failed at 12, isError"},
		"a second call":                {then(given, "invoke", trace.Started{}, call(401, ""), call(200, `{"result":{}}`)), "++++++++++++", "complete"},
		"the vault had a token":        {[]any{"consent", trace.Started{}, call(200, `{"result":{}}`), trace.Finished{}, "invoke", trace.Started{}, call(200, `{"result":{}}`)}, "++.......+++", "complete"},
		"another process":              {then(asked, trace.Opened{}), "............", "begins with your consent"},
		"another process, given":       {then(given, trace.Opened{}), "+++++++++...", "consent is given, the call is next"},
		"a superseded attempt's end":   {then(asked, late{trace.Broke{Reason: "old"}}), "+++>........ 4 you", "waiting at 4, your consent"},
	} {
		tr := happen(c.bodies...)
		if got := states(tr.Sequence()); got != c.want || tr.Sequence().Headline != c.headline {
			t.Errorf("%s: %s, %q\nwant %s, %q", name, got, tr.Sequence().Headline, c.want, c.headline)
		}
	}
}

func TestWhereTheTimeWent(t *testing.T) {
	t.Parallel()
	tr := &trace.Trace{}
	at := func(seconds int, step string, bodies ...any) {
		for _, body := range bodies {
			tr.Add(noon.Add(time.Duration(seconds)*time.Second), step, 1, body)
		}
	}
	at(0, "gateway", trace.Started{})
	at(0, "linkedin", trace.Started{}, trace.Asked{Name: "linkedin_client_id"})
	at(20, "linkedin", trace.Answered{})
	at(21, "linkedin", trace.Finished{})
	at(30, "gateway", trace.Finished{})
	at(32, "consent", trace.Started{})
	at(33, "consent", trace.Linked{}, trace.Asked{Name: "consent"})
	at(40, "consent", trace.Answered{}, trace.Asked{Name: "consent"}) // a question that is put again is one wait
	at(43, "consent", wire.Arrival{Kind: "known"}, trace.Answered{})
	at(44, "consent", trace.Finished{}, trace.Finished{})
	at(44, "invoke", trace.Started{})
	at(45, "invoke", trace.Asked{Name: "next", Final: true}) // nothing waits for this answer
	at(100, "invoke", trace.Answered{})                      // what comes after the profile is no part of the way there
	at(101, "invoke", trace.Finished{})
	at(5000, "", trace.Opened{})
	at(5001, "register", trace.Started{})
	at(5003, "register", trace.Finished{})
	times := tr.Times(time.Time{})
	for step, want := range map[string][2]int{"gateway": {30, 0}, "linkedin": {1, 20}, "consent": {2, 10}, "invoke": {1, 0}} {
		work, wait := times.Work(step).Seconds(), times.Wait(step).Seconds()
		if int(work) != want[0] || int(wait) != want[1] {
			t.Errorf("%s: work %v, wait %v, want %v", step, work, wait, want)
		}
	}
	if times.Total != 43*time.Second || times.Paused != 2*time.Second {
		t.Errorf("total %s, paused %s", times.Total, times.Paused)
	}
	if s := times.Spans["linkedin"][0]; s.From != 0 || s.To != 20*time.Second || !s.Wait {
		t.Errorf("steps side by side: %+v", s)
	}
	if s := times.Spans["invoke"]; len(s) == 0 || s[len(s)-1].To != times.Total {
		t.Errorf("the last step: %+v", s)
	}
}

// A journal may be cut, full, or written by somebody else.
func TestAJournalOfAnyKindIsRead(t *testing.T) {
	t.Parallel()
	r, _ := walked(t)
	all := entries(t, r)
	for n := range all {
		tr := trace.Read(all[n:])
		tr.Sequence()
		tr.Times(time.Time{})
		if got := len(trace.Read(all[:n]).Exchanges()); got > n {
			t.Errorf("%d exchanges in %d entries", got, n)
		}
	}
	full := trace.Read(append(all[:len(all)-1:len(all)-1], run.Entry{Kind: run.Full}))
	if !full.Full() || trace.Read(all).Full() {
		t.Error("a full journal is not told from another")
	}
	odd := trace.Read([]run.Entry{
		{Kind: "exchange", Body: json.RawMessage(`7`)}, {Kind: "exchange"}, {Kind: "arrival", Body: json.RawMessage(`[]`)}, {Kind: "no such"},
		{Kind: "link", Body: json.RawMessage(`{"purpose":"consent"}`)}, {Kind: "failed", Step: "consent"}, {Kind: "answered", Step: "consent"},
		{Kind: "arrival", Step: "consent", Body: json.RawMessage(`{"kind":"answered","status":303}`)},
		{Kind: "exchange", Step: "consent", Body: json.RawMessage(`{"service":"gateway","operation":"tools/call","status":200,"response":{"body":"` + strings.Repeat("[", 9000) + `"}}`)},
	})
	if len(odd.Exchanges()) != 1 || odd.Sequence().Headline == "" {
		t.Errorf("%+v", odd.Sequence())
	}
}
