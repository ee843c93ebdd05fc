package ui

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"agentcore-3lo/internal/event"
)

func TestEndpointsStandInOneOrder(t *testing.T) {
	all := map[string]string{"AWS_ENDPOINT_URL_STS": "http://b", "AWS_ENDPOINT_URL_IAM": "http://b", "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": "http://a"}
	for range 20 {
		got := EndpointLines(all)
		if len(got) != 2 || got[0] != "http://a for bedrock-agentcore" || got[1] != "http://b for iam, sts" {
			t.Fatalf("%q", got)
		}
	}
}

// Wide characters take two columns, in a card, a paragraph and a folded line.
func TestWideCharactersKeepTheWidth(t *testing.T) {
	profile := map[string]any{"name": "山田太郎山田太郎山田太郎山田太郎山田太郎山田太郎", "email": "é@example.com"}
	for _, width := range []int{40, 50, 80} {
		var edge int
		for line := range strings.SplitSeq(RenderResult(event.Result{Tool: "t", Profile: profile}, width), "\n") {
			if !strings.ContainsAny(line, "┌│└") {
				continue
			}
			columns := ansi.StringWidth(line)
			if edge == 0 {
				edge = columns
			}
			if columns != edge || columns > width {
				t.Errorf("at %d: %d columns, and the card has %d: %s", width, columns, edge, line)
			}
		}
		text := Fold(Wrap(strings.Repeat("山田太郎 ", 40)+strings.Repeat("田", 60), width, "  "), width)
		for line := range strings.SplitSeq(text, "\n") {
			if ansi.StringWidth(line) > width {
				t.Errorf("at %d: %d columns: %s", width, ansi.StringWidth(line), line)
			}
		}
		if strings.Count(text, "田") != 100 {
			t.Errorf("characters were lost: %d", strings.Count(text, "田"))
		}
	}
}
