package ui_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

func TestLessonsFitTheirWidth(t *testing.T) {
	for _, width := range []int{50, 80, 120} {
		cleanup, _ := steps.Find(steps.Cleanup)
		for _, s := range append(steps.Tutorial(), cleanup) {
			if len(s.Lesson()) == 0 {
				t.Errorf("%s has no lesson", s.ID)
			}
			var diagrams string
			for _, b := range s.Lesson() {
				diagrams += b.Diagram + "\n"
			}
			for line := range strings.Lines(ui.RenderLesson(s.Lesson(), width)) {
				line = strings.TrimRight(line, "\n")
				limit := width
				if line != "" && strings.Contains(diagrams, line) {
					limit = 76 // drawn, never wrapped
				}
				if utf8.RuneCountInString(line) > limit && !strings.Contains(line, "://") {
					t.Errorf("%s at %d: %d columns: %q", s.ID, width, utf8.RuneCountInString(line), line)
				}
			}
		}
	}
}

func TestAFailureHasItsFourParts(t *testing.T) {
	got := ui.RenderFailure(engine.Failure{Doing: "creating the gateway g", Next: "do this\nand that", Log: "/tmp/log",
		Why: engine.Why{Service: "Bedrock AgentCore Control CreateGateway", Code: "ConflictException", RequestID: "id-1", Message: "no"}}, 100)
	at := -1
	for _, part := range []string{"Failed while creating the gateway g", "Why", "no", "CreateGateway, ConflictException, request id-1", "Next", "do this", "        and that", "Log", "/tmp/log"} {
		i := strings.Index(got, part)
		if i < at || i < 0 {
			t.Errorf("%q is missing or out of order:\n%s", part, got)
		}
		at = i
	}
}

func TestTheProfileCardStandsOddValues(t *testing.T) {
	odd := map[string]any{"name": "Ana\x1b[31m\r\nExample\u202e", "email": nil, "locale": map[string]any{"country": "US"}, "picture": strings.Repeat("x", 300),
		"email_verified": true, "zz\x07": "\x00", "numbers": []any{1, 2}, "sub": ""}
	for _, width := range []int{50, 80, 120} {
		got := ui.RenderResult(event.Result{Tool: "t", RequestID: "r\x1b", Profile: odd}, width)
		if strings.ContainsAny(got, "\x1b\x07\x00\r\u202e") {
			t.Errorf("at %d: %q", width, got)
		}
		edges := 0
		for line := range strings.Lines(got) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > width {
				t.Errorf("at %d: %d columns: %s", width, n, line)
			}
			if strings.HasPrefix(line, "  │") {
				if edges++; !strings.HasSuffix(line, "│\n") {
					t.Errorf("a broken edge: %q", line)
				}
			}
		}
		if edges < 7 || !strings.Contains(got, "country US") || strings.Index(got, "name") > strings.Index(got, "zz") {
			t.Errorf("at %d:\n%s", width, got)
		}
	}
	if got := ui.RenderResult(event.Result{Tool: "t", Text: "no \x1bJSON"}, 80); !strings.Contains(got, "JSON") || strings.Contains(got, "\x1b") {
		t.Errorf("text: %q", got)
	}
	_ = ui.RenderResult(event.Result{Tool: "t", Profile: map[string]any{}}, 80)
}

func TestThePlanNamesEverythingAndWhere(t *testing.T) {
	p := steps.NewPlan("test", false)
	p.Account, p.Caller, p.Region, p.Endpoints = "123456789012", "arn:aws:iam::123456789012:user/x", "eu-west-1", map[string]string{"AWS_ENDPOINT_URL_STS": "http://a"}
	got := ui.RenderPlan(p, 80)
	for _, r := range p.Resources {
		if !strings.Contains(got, r.Name) {
			t.Errorf("%s is missing", r.Name)
		}
	}
	for _, w := range []string{p.Account, p.Caller, p.Region, "http://a", "Cost", "Time"} {
		if !strings.Contains(got, w) {
			t.Errorf("%s is missing:\n%s", w, got)
		}
	}
}
