package ui

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/aws/smithy-go"

	"agentcore-3lo/internal/mcp"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// hostile are texts that a service, a tool or a clipboard may hold.
var hostile = []string{
	"", "plain", "\x1b[2J\x1b]0;title\x07", "\x1b]52;c;aGk=\x1b\\", "\u009b31m\x9b31m", "a\rb\r\nc\n\td", "gnp\u202etxt.exe\u2066", "\u200b\ufeff\u00ad\u2028", "\xff\xc0", "👩\u200d💻 東京 e\u0301",
	strings.Repeat("long ", 100), strings.Repeat("x", 300), strings.Repeat("東", 200), `{"name":"Ana\u001b[2J","\u001b]0;x\u0007":["\u202e",{"\u009b":null}]}`, `{"email":7,"sub":{"a":1e400}}`,
	"https://evil.example/\x1b[2J", "[/]%!s(MISSING)", "<U+202E>", "is not authorized to perform: iam:\x1b[2J on resource: \u202e because", "x509: \x1b", "│\n└",
}

// FuzzPlain writes foreign text in plain lines, wherever it may stand.
func FuzzPlain(f *testing.F) {
	for _, s := range hostile {
		f.Add(s, 80)
		f.Add(s, 50)
	}
	kit := newBareScreen().kit
	var out bytes.Buffer
	p := NewPlain(&Terminal{Out: &out, Err: &out}, false) // one for all: its prompter never ends
	p.kit = kit
	f.Fuzz(func(t *testing.T, s string, width int) {
		width = 20 + max(width, -width)&127
		out.Reset()
		p.terminal.Width = width
		for _, n := range notes(s) {
			p.body(steps.Invoke, n)
		}
		for _, err := range failures(s) {
			failed := kit.Explain(steps.Invoke, err)
			p.End(Outcome{Step: steps.Invoke, ExitCode: steps.ExitFailed, Failure: &failed})
		}
		p.print(RenderPlan(steps.Plan{Account: "1", Caller: s, Endpoints: map[string]string{"AWS_ENDPOINT_URL": s}}, width))
		neutral(t, out.String())
	})
}

// FuzzNDJSON is the same for a program: a line an event, and nothing is lost.
func FuzzNDJSON(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	kit := newBareScreen().kit
	f.Fuzz(func(t *testing.T, s string) {
		var out bytes.Buffer
		n := NewNDJSON(&Terminal{Out: &out, Err: &out})
		n.kit = kit
		all := notes(s)
		for _, note := range all {
			n.body(steps.Invoke, note)
		}
		n.End(Outcome{Step: steps.Invoke, Failure: &engine.Failure{Doing: s, Why: engine.Why{Message: s, Code: s, RequestID: s}, Next: s}})
		count := map[string]int{}
		for raw := range strings.Lines(out.String()) {
			var line map[string]any
			if err := json.Unmarshal([]byte(raw), &line); err != nil {
				t.Fatalf("%q: %v", raw, err)
			}
			event, _ := line["event"].(string)
			count[event]++
			want := strings.ToValidUTF8(s, "\ufffd")
			if event == "url" && !sameText(line["url"], want) || event == "failed" && !sameText(line["doing"], want) {
				t.Errorf("%q became %s", s, raw)
			}
			if strings.ContainsFunc(strings.TrimSuffix(raw, "\n"), func(r rune) bool { return r < ' ' }) {
				t.Errorf("a raw control character: %q", raw)
			}
		}
		if count["note"] != 3 || count["url"] != 1 || count["result"] != len(all)-3 || count["failed"] != 1 || count["finished"] != 1 || len(count) != 5 {
			t.Errorf("%d notes gave %v:\n%s", len(all), count, &out)
		}
	})
}

// sameText compares but for how many bytes of no UTF-8 one mark stands for.
func sameText(got any, want string) bool {
	mark := regexp.MustCompile("\ufffd+")
	return mark.ReplaceAllString(fmt.Sprint(got), "\ufffd") == mark.ReplaceAllString(want, "\ufffd")
}

// notes say s in every way that a step can.
func notes(s string) []any {
	all := []any{steps.Note{Text: s + "!"}, steps.Progress{Text: "the gateway: " + s}, steps.URL{Purpose: steps.PurposeConsent, URL: s, Host: s, Warnings: []string{s}, Expires: time.Now()},
		steps.Result{Tool: "t", Text: s, RequestID: s}, steps.Result{Tool: "t", Profile: map[string]any{s: s, "name": s, "list": []any{s}}}}
	var profile map[string]any
	if json.Unmarshal([]byte(s), &profile) == nil {
		all = append(all, steps.Result{Tool: "t", Profile: profile, JSON: json.RawMessage(s)})
	}
	return all
}

// failures are errors that have s in each place that is foreign.
func failures(s string) []error {
	return []error{
		errors.New(s), fmt.Errorf("wrapped: %w", errors.New("not authorized to perform: "+s+" on resource: "+s)),
		&smithy.OperationError{ServiceID: "IAM", OperationName: "CreateRole", Err: &smithy.GenericAPIError{Code: s, Message: s}},
		&smithy.GenericAPIError{Code: "AccessDenied", Message: "not authorized to perform: " + s + " on resource: " + s},
		&mcp.Error{Code: 1, Message: s, RequestID: s, Body: s, Status: 401}, &mcp.ElicitationError{Message: s}, &net.DNSError{Name: s, Err: s},
	}
}

// neutral is what foreign text has to be when it reaches a terminal.
func neutral(t *testing.T, out string) {
	t.Helper()
	if clean := text.Clean(out); clean != out {
		i := 0
		for i < len(out) && i < len(clean) && out[i] == clean[i] {
			i++
		}
		t.Errorf("not neutralised: …%q", out[max(i-60, 0):min(i+40, len(out))])
	}
}

// FuzzScreen draws foreign text on the pages of two steps, in their states:
// all that is left of escape sequences are the styles of our own.
func FuzzScreen(f *testing.F) {
	for i, s := range hostile {
		size := sizes[i%len(sizes)]
		f.Add(s, size[0]-minWidth, size[1]-minHeight)
	}
	invoke, _ := steps.Find(steps.Invoke)
	cleanup, _ := steps.Find(steps.Cleanup)
	f.Fuzz(func(t *testing.T, s string, width, height int) {
		x := newBareScreen()
		x.next = func() (engine.Event, bool) { return engine.Event{}, false }
		x.m = steps.NewMachine(engine.Mode{Manual: true}, []steps.Step{invoke, cleanup}, invoke.Needs)
		x.pages[steps.Cleanup] = &page{}
		x.look(steps.Invoke)
		x.Update(tea.WindowSizeMsg{Width: minWidth + max(width, -width)&127, Height: minHeight + max(height, -height)&63})
		happens := func(e engine.Event) {
			e.Step, e.Attempt, e.Time = x.looking, x.m.Of(x.looking).Attempt, time.Now()
			x.take(e)
		}
		happens(engine.Event{Body: engine.Go{}})
		for _, n := range notes(s) {
			happens(engine.Event{Body: n})
		}
		drawn(t, x, engine.Running)
		for _, err := range failures(s) {
			failed := x.kit.Explain(steps.Invoke, err)
			happens(engine.Event{Body: engine.Broke{Failure: failed}})
			drawn(t, x, engine.Failed)
			happens(engine.Event{Body: engine.Go{}})
		}
		for _, n := range notes(s) {
			happens(engine.Event{Body: n})
		}
		happens(engine.Event{Body: engine.Asked{Question: engine.Question{Kind: engine.Menu, Prompt: "Choose", Check: func(engine.Answer) error { return errors.New(s) }}}})
		x.Update(tea.PasteMsg{Content: s})
		if field := ownStyle.ReplaceAllString(x.field.View(), ""); strings.ContainsFunc(field, unicode.IsControl) { // the person's own text
			t.Errorf("pasted as %q", field)
		}
		x.answer(x.asking(), engine.Answer(s))
		x.closeField()
		x.Update(flashMsg(s))
		drawn(t, x, engine.Asking)
		happens(engine.Event{Body: engine.Answered{}})
		happens(engine.Event{Body: engine.Finished{}})
		drawn(t, x, engine.Done)
		x.overlay = listing
		drawn(t, x, engine.Done)

		x.look(steps.Cleanup)
		happens(engine.Event{Body: engine.Go{}})
		for _, n := range notes(s) {
			happens(engine.Event{Body: n})
		}
		drawn(t, x, engine.Running)
		neutral(t, x.transcript())

		var bare bytes.Buffer
		(&bareScreen{text: s, out: &bare}).show()
		shown, _, _ := strings.Cut(strings.TrimPrefix(bare.String(), cleared), "\r\n\r\nEnter")
		neutral(t, shown)
	})
}

// ownStyle is what Lip Gloss makes of bold, reverse and the sixteen colours.
var ownStyle = regexp.MustCompile(`\x1b\[[0-9;]*m`)

func drawn(t *testing.T, x *screen, state engine.State) {
	t.Helper()
	if got := x.m.Of(x.looking).State; got != state {
		t.Fatalf("the page is %s, not %s", got, state)
	}
	neutral(t, ownStyle.ReplaceAllString(x.draw(), ""))
}
