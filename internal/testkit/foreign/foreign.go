// Package foreign has texts that a service, a tool or a clipboard may contain, for
// tests of what reaches a terminal.
package foreign

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/mcp"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// Texts are texts that a service, a tool or a clipboard may contain.
var Texts = []string{
	"", "plain", "\x1b[2J\x1b]0;title\x07", "\x1b]52;c;aGk=\x1b\\", "\u009b31m\x9b31m", "a\rb\r\nc\n\td", "gnp\u202etxt.exe\u2066", "\u200b\ufeff\u00ad\u2028", "\xff\xc0", "👩\u200d💻 東京 e\u0301",
	strings.Repeat("long ", 100), strings.Repeat("x", 300), strings.Repeat("東", 200), `{"name":"Ana\u001b[2J","\u001b]0;x\u0007":["\u202e",{"\u009b":null}]}`, `{"email":7,"sub":{"a":1e400}}`,
	"https://evil.example/\x1b[2J", "[/]%!s(MISSING)", "<U+202E>", "is not authorized to perform: iam:\x1b[2J on resource: \u202e because", "x509: \x1b", "│\n└",
}

// Bodies returns the bodies of events that can contain foreign text, with s in it.
func Bodies(s string) []any {
	all := []any{event.Note{Text: s + "!"}, event.Progress{What: "the gateway: " + s}, event.Link{Purpose: event.Consent, URL: s, Host: s, Warnings: []string{s}, Expires: time.Now()},
		event.Result{Tool: "t", Text: s, RequestID: s}, event.Result{Tool: "t", Profile: map[string]any{s: s, "name": s, "list": []any{s}}}}
	var profile map[string]any
	if json.Unmarshal([]byte(s), &profile) == nil {
		all = append(all, event.Result{Tool: "t", Profile: profile, JSON: json.RawMessage(s)})
	}
	return all
}

// Failures returns failures with s in every place that may contain foreign text.
func Failures(s string) []engine.Failure {
	walk := steps.New(steps.Settings{Program: "agentcore-3lo"}, run.Store{}, run.NewRecord("test", run.Environment{Sandbox: true}), nil)
	var all []engine.Failure
	for _, err := range failures(s) {
		all = append(all, walk.Explain(steps.Invoke, err))
	}
	return all
}

func failures(s string) []error {
	return []error{
		errors.New(s), fmt.Errorf("wrapped: %w", errors.New("not authorized to perform: "+s+" on resource: "+s)),
		&smithy.OperationError{ServiceID: "IAM", OperationName: "CreateRole", Err: &smithy.GenericAPIError{Code: s, Message: s}},
		&smithy.GenericAPIError{Code: "AccessDenied", Message: "not authorized to perform: " + s + " on resource: " + s},
		&mcp.Error{Code: 1, Message: s, RequestID: s, Body: s, Status: 401}, &mcp.ElicitationError{Message: s}, &net.DNSError{Name: s, Err: s},
	}
}

// Neutral checks that a text contains nothing that a terminal would interpret or
// hide.
func Neutral(t *testing.T, out string) {
	t.Helper()
	if clean := text.Clean(out); clean != out {
		i := 0
		for i < len(out) && i < len(clean) && out[i] == clean[i] {
			i++
		}
		t.Errorf("not neutralised: …%q", out[max(i-60, 0):min(i+40, len(out))])
	}
}
