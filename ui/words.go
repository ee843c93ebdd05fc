package ui

import (
	"fmt"
	"strings"
	"time"

	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// Clock is a duration as minutes and seconds.
func Clock(d time.Duration) string {
	return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}

// CallResult is how an exchange ended, in a few words.
func CallResult(x wire.Exchange) string {
	if x.Status == 0 {
		return "no answer"
	}
	return fmt.Sprintf("HTTP %d, %d ms", x.Status, x.Took.Milliseconds())
}

// Mark prefixes lines that may come between those of another step.
func Mark(id engine.ID) string {
	if n := steps.Number(id); n > 0 {
		return fmt.Sprintf("[%d %s]", n, id)
	}
	return fmt.Sprintf("[%s]", id)
}

// Note wraps each line by itself; an item of a list hangs under its dash.
func Note(s string, width int) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimRight(s, "\n"), "\n") {
		if item, found := strings.CutPrefix(line, "- "); found {
			b.WriteString("  - " + strings.TrimPrefix(Wrap(item, width, "    "), "    "))
			continue
		}
		b.WriteString(Wrap(line, width, "  "))
	}
	return b.String()
}
