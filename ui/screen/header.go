package screen

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"

	"agentcore-3lo/ui"
)

// header is the bar at the top: the run and its environment, and how far it is.
type header struct {
	style   styles
	heading string
	masked  bool
	done    int
	of      int
}

// Render draws the bar, in two lines where one has no room.
func (h header) Render(width int) string {
	left, right := h.heading, fmt.Sprintf("%d of %d done", h.done, h.of)
	if h.masked {
		right = "masked · " + right
	}
	space := func() int { return width - lipgloss.Width(left) - lipgloss.Width(right) - 2 }
	if space() < 1 {
		left = strings.TrimPrefix(left, "agentcore-3lo · ")
	}
	first := ""
	if place, run, two := strings.Cut(left, " · "); space() < 1 && two { // a line of its own for the run
		first = h.bar(" "+place, width) + "\n"
		left = run
	}
	return first + h.bar(" "+left+strings.Repeat(" ", max(space(), 1))+right, width)
}

func (h header) bar(text string, width int) string {
	return h.style.bar.Render(clip(ui.Pad(text, width), width))
}
