package ui

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"agentcore-3lo/internal/trace"
	"agentcore-3lo/internal/wire"
)

var update = flag.Bool("update", false, "write the golden drawings")

// canvases are those that drawings are made for.
var canvases = map[string]Canvas{"120": {120, false}, "80": {80, false}, "78": {78, false}, "50": {50, false}, "ascii": {80, true}}

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.Local)

// script adds what happens in a run, at seconds after noon.
type script struct{ *trace.Trace }

func (s script) at(seconds float64, step string, bodies ...any) {
	at := noon.Add(time.Duration(seconds * float64(time.Second)))
	for _, body := range bodies {
		if x, ok := body.(wire.Exchange); ok {
			x.Started = at
			body = x
		}
		s.Add(at, step, 1, body)
	}
}

func call(to wire.Party, service, operation string, status, ms int, answer string) wire.Exchange {
	return wire.Exchange{From: wire.Program, To: to, Service: service, Operation: operation, Status: status, Took: time.Duration(ms) * time.Millisecond,
		RequestID: "56d5c791-8baf-4651-b21b-32a3a7e3d055",
		Request: wire.Message{Method: "POST", URL: "https://gateway-authcode-20261126-002312-eeuk-x0o7fe8plc.gateway.bedrock-agentcore.us-east-1.amazonaws.com/mcp",
			Header: []wire.Header{{Name: "Authorization", Value: "Bearer [redacted]"}, {Name: "Mcp-Protocol-Version", Value: "2025-11-25"}},
			Body:   `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"LinkedInAuthCode___getUserInfo","arguments":{}}}`},
		Response: wire.Message{Header: []wire.Header{{Name: "Content-Type", Value: "application/json"}}, Body: answer}}
}

const linked = `{"jsonrpc":"2.0","id":1,"error":{"code":-32042,"message":"This request requires more information.","data":{"elicitations":[{"mode":"url","url":"https://bedrock-agentcore.us-east-1.amazonaws.com/identities/oauth2/authorize?request_uri=session 1"}]}}}`

// story is a run up to the consent's link. The rest is added by told.
func story() script {
	s := script{&trace.Trace{}}
	s.at(0, "inbound", trace.Started{}, call(wire.AWS, "Cognito Identity Provider", "CreateUserPool", 200, 70, `{}`))
	s.at(2, "inbound", trace.Finished{})
	s.at(2, "gateway", trace.Started{}, call(wire.AWS, "IAM", "GetRole", 404, 81, `<ErrorResponse><Error><Code>NoSuchEntity</Code></Error></ErrorResponse>`))
	s.at(2, "linkedin", trace.Started{}, trace.Asked{Name: "linkedin_client_id"})
	s.at(10, "gateway", call(wire.AWS, "Bedrock AgentCore Control", "CreateGateway", 202, 120, `{}`))
	s.at(60, "gateway", trace.Finished{})
	s.at(67, "linkedin", trace.Answered{}, trace.Finished{})
	s.at(67, "provider", trace.Started{})
	s.at(68, "provider", call(wire.Identity, "Bedrock AgentCore Control", "CreateOauth2CredentialProvider", 201, 140, `{}`))
	s.at(76, "provider", trace.Finished{})
	s.at(78, "consent", trace.Started{}, call(wire.Gateway, "gateway", "tools/call", 200, 84, linked), trace.Linked{})
	return s
}

func (s script) finished() script {
	s.at(122, "consent", wire.Arrival{Kind: "known", Session: "session 1", URL: "http://localhost:9090/oauth2/callback"})
	s.at(122.1, "consent", call(wire.Identity, "Bedrock AgentCore", "CompleteResourceTokenAuth", 200, 118, `{}`),
		wire.Arrival{Kind: "answered", Session: "session 1", Status: 303, MS: 121}, trace.Finished{})
	s.at(124, "invoke", trace.Started{}, call(wire.Gateway, "gateway", "tools/call", 200, 91, `{"jsonrpc":"2.0","id":2,"result":{"isError":false}}`), trace.Finished{})
	return s
}

func (s script) refused() script {
	s.at(90, "consent", wire.Arrival{Kind: "refused", Session: "session 1", Code: "user_cancelled_login"}, trace.Broke{Reason: "refused"})
	return s
}

// golden compares a drawing with the one that was looked at, and checks that it fits.
func golden(t *testing.T, name string, on Canvas, lines []Line) {
	t.Helper()
	got := Text(lines)
	for i, line := range strings.Split(got, "\n") {
		if w := ansi.StringWidth(line); w > on.Width {
			t.Errorf("%s: line %d has %d columns, and there are %d: %s", name, i+1, w, on.Width, line)
		}
		if on.ASCII && strings.ContainsFunc(line, func(r rune) bool { return r > '~' }) {
			t.Errorf("%s: not ASCII: %s", name, line)
		}
	}
	path := filepath.Join("testdata", "trace", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if expected := strings.ReplaceAll(string(want), "\r\n", "\n"); got != expected {
		t.Errorf("%s differs; if it is right now: go test ./ui -run %s -update\n--- is\n%s\n--- was\n%s", path, t.Name(), got, expected)
	}
}

func TestDrawings(t *testing.T) {
	for size, on := range canvases {
		waits, over := story(), story().finished()
		name := func(what string) string { return fmt.Sprintf("%s_%s", what, size) }
		golden(t, name("wire"), on, DrawWire(over.Exchanges(), 5, on))
		golden(t, name("sequence_waiting"), on, DrawSequence(waits.Sequence(), 4, on))
		golden(t, name("sequence_done"), on, DrawSequence(over.Sequence(), 0, on))
		golden(t, name("sequence_refused"), on, DrawSequence(story().refused().Sequence(), 7, on))
		golden(t, name("times"), on, DrawTimes(over.Times(time.Time{}), 9, on))
		golden(t, name("exchange"), on, DrawExchange(waits.Exchanges()[4], on))
		golden(t, name("visit"), on, DrawExchange(over.Exchanges()[5], on))
	}
}

// What a stranger answers reaches the terminal only as text, within the width.
func TestAHostileExchangeIsNeutralised(t *testing.T) {
	evil := "\x1b]52;c;aGk=\x07\x1b[2J\u202e\u009b31m\r" + strings.Repeat("東", 300)
	x := call(wire.AWS, evil, evil, 500, 1, `{"a`+evil+`":"`+evil+`"}`)
	x.RequestID, x.Request.URL = evil, "https://a/"+evil
	x.Response.Header = append(x.Response.Header, wire.Header{Name: "Location", Value: evil})
	s := script{&trace.Trace{}}
	s.at(0, "consent", trace.Started{}, call(wire.Gateway, "gateway", "tools/call", 200, 1, linked), trace.Linked{}, x, trace.Broke{Reason: evil})
	deep := call(wire.AWS, "IAM", "GetRole", 200, 1, strings.Repeat(`{"a":[`, 5000))
	s.at(1, "consent", deep)
	for width := 48; width <= 200; width++ {
		on := Canvas{width, width%2 == 0}
		var all []Line
		all = append(all, DrawWire(s.Exchanges(), 0, on)...)
		all = append(all, DrawSequence(s.Sequence(), 0, on)...)
		all = append(all, DrawTimes(s.Times(time.Time{}), 9, on)...)
		for _, e := range s.Exchanges()[:2] {
			all = append(all, DrawExchange(e, on)...)
		}
		for _, line := range all {
			if w := ansi.StringWidth(line.String()); w > width {
				t.Fatalf("at %d: %d columns: %q", width, w, line.String())
			}
			if strings.ContainsFunc(line.String(), func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x202e }) {
				t.Fatalf("at %d: %q", width, line.String())
			}
		}
	}
}

func TestTheSequenceCanBeReadAloud(t *testing.T) {
	got := strings.Join(SequenceSentences(story().Sequence()), "\n")
	for _, want := range []string{"1. This program to Gateway: tools/call. Done, 84 ms.", "4. Browser to LinkedIn: sign in, Allow. Waiting for you.", "12. Gateway to This program: profile. To come."} {
		if !strings.Contains(got, want) {
			t.Errorf("it does not say %q:\n%s", want, got)
		}
	}
}
