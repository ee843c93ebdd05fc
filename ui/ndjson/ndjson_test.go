package ndjson_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/ndjson"
	"agentcore-3lo/ui/terminal"
)

// fields are what each event must have (the issue, "--json").
var fields = map[string][]string{
	"step":     {"step", "state", "reason", "elapsed_ms"},
	"call":     {"step", "service", "operation", "status", "request_id", "ms"},
	"note":     {"step", "text"},
	"url":      {"step", "purpose", "url", "expires"},
	"question": {"step", "name", "secret"},
	"result":   {"step", "tool", "profile"},
	"failed":   {"step", "doing", "why", "next", "log"},
	"finished": {"ok", "exit_code", "made", "left"},
	"plan":     {},
}

// walkJSON goes the whole way in a sandbox with --json --yes.
func walkJSON(t *testing.T, intercept testkit.Interceptor) []map[string]any {
	t.Helper()
	r := testkit.NewRun(t, testkit.StartSandbox(t))
	r.Intercept(intercept)
	t.Setenv("AGENTCORE_3LO_HOME", r.Home)
	walk := r.NewWalk(steps.Tutorial())
	var out bytes.Buffer
	front := ndjson.New(&terminal.Terminal{Out: &out, Err: &out, Width: 80})
	front.Open(ui.RunOf(walk))
	m, err := engine.Drive(t.Context(), testkit.NewRunner(walk, false), testkit.NewMachine(engine.Mode{Follow: true}, nil), front)
	if err != nil {
		t.Fatal(err)
	}
	o := ui.Outcome{Made: ui.RunOf(walk).Now().Made, Failure: m.Failure()}
	if o.Failure != nil {
		o.ExitCode = o.Failure.Exit
		for _, s := range m.Steps() {
			if s.State == engine.Failed {
				o.Step = s.ID
			}
		}
	}
	front.End(o)
	var all []map[string]any
	for text := range strings.Lines(out.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		event, _ := line["event"].(string)
		want, known := fields[event]
		if !known {
			t.Errorf("unknown event: %s", text)
		}
		for _, f := range append([]string{"time", "run"}, want...) {
			if _, ok := line[f]; !ok {
				t.Errorf("%s lacks %s: %s", event, f, text)
			}
		}
		if _, err := time.Parse(time.RFC3339, fmt.Sprint(line["time"])); err != nil || line["run"] != "test" {
			t.Errorf("time or run: %s", text)
		}
		all = append(all, line)
	}
	return all
}

func TestEveryLineOfAWholeWalkIsAsDocumented(t *testing.T) {
	all := walkJSON(t, nil)
	last := all[len(all)-1]
	if last["event"] != "finished" || last["ok"] != true || len(last["made"].([]any)) != 8 {
		t.Errorf("the last line: %v", last)
	}
	for _, m := range last["made"].([]any) {
		for _, f := range []string{"kind", "name", "id", "arn"} {
			if _, ok := m.(map[string]any)[f]; !ok {
				t.Errorf("made %v lacks %s", m, f)
			}
		}
	}
	var operations []string
	results := 0
	states := map[string][]string{}
	for _, l := range all {
		switch l["event"] {
		case "call":
			operations = append(operations, l["operation"].(string))
			if l["status"].(float64) == 0 && l["error"] == nil {
				t.Errorf("no answer and no error: %v", l)
			}
		case "result":
			results++
			if l["step"] != "invoke" || l["profile"].(map[string]any)["email"] == nil {
				t.Errorf("result %v", l)
			}
		case "step":
			id := l["step"].(string)
			states[id] = append(states[id], l["state"].(string))
			if !slices.Contains([]string{"waiting", "ready", "running", "asking", "done", "failed", "stale"}, l["state"].(string)) {
				t.Errorf("state %v", l["state"])
			}
		}
	}
	if results != 1 {
		t.Errorf("%d results", results)
	}
	for id, seen := range states {
		if seen[len(seen)-1] != "done" {
			t.Errorf("%s: %v", id, seen)
		}
	}
	if len(states) != 10 {
		t.Errorf("%d steps", len(states))
	}
	for _, chain := range [][]string{ // what is independent runs side by side
		{"GetCallerIdentity", "CreateUserPool", "CreateResourceServer", "CreateUserPoolClient", "CreateGateway", "CreateGatewayTarget", "tools/call", "CompleteResourceTokenAuth"},
		{"CreateUserPool", "CreateUserPoolDomain", "CreateGateway"}, {"CreateRole", "CreateGateway"},
	} {
		at := -1
		for _, op := range chain {
			i := slices.Index(operations, op)
			if i <= at {
				t.Errorf("%s is missing or too early in %v", op, operations)
			}
			at = i
		}
	}
	for i, l := range all { // the consent's link is out before its session is completed
		if l["event"] == "call" && l["operation"] == "CompleteResourceTokenAuth" &&
			!slices.ContainsFunc(all[:i], func(l map[string]any) bool {
				return l["event"] == "url" && l["purpose"] == "consent" && l["expires"] != ""
			}) {
			t.Error("completed before the link was shown")
		}
	}
}

func TestAFailureIsALineAndFinishedStaysLast(t *testing.T) {
	all := walkJSON(t, func(op string, _ int, w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
		if op != "bedrock-agentcore:CreateGateway" {
			return false
		}
		testkit.Refuse(w, 400, "ValidationException", "no")
		return true
	})
	failed, last := all[len(all)-2], all[len(all)-1]
	why, _ := failed["why"].(map[string]any)
	if failed["event"] != "failed" || failed["step"] != "gateway" || why["code"] != "ValidationException" || why["message"] != "no" || why["request_id"] == "" || failed["next"] == "" {
		t.Errorf("failed: %v", failed)
	}
	if last["event"] != "finished" || last["ok"] != false || last["exit_code"] != 1.0 || len(last["made"].([]any)) < 4 {
		t.Errorf("finished: %v", last)
	}
}
