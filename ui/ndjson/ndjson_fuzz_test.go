package ndjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"agentcore-3lo/internal/testkit/foreign"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/terminal"
)

// FuzzNDJSON is the same for a program: a line an event, and nothing is lost.
func FuzzNDJSON(f *testing.F) {
	for _, s := range foreign.Texts {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var out bytes.Buffer
		n := New(&terminal.Terminal{Out: &out, Err: &out})
		n.run = ui.Run{Name: "test", Redact: func(s string) string { return s }}
		all := foreign.Bodies(s)
		for _, note := range all {
			n.Tell(steps.Invoke, note)
		}
		n.End(ui.Outcome{Step: steps.Invoke, Failure: &engine.Failure{Doing: s, Why: engine.Why{Message: s, Code: s, RequestID: s}, Next: s}})
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
