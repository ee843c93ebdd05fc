package screen

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"

	"agentcore-3lo/internal/run"
	"agentcore-3lo/ui"
)

// header is the first line: the environment, the run, and how far it is.
type header struct {
	style    styles
	place    run.Environment
	run      string
	masked   bool
	rehearse bool // calls fail on purpose
	done, of int
}

// barWidth is the length of the bar in columns.
const barWidth = 20

// Render draws the line. What has no room is left out: first the run's name, then the
// region.
func (h header) Render(width int) string {
	left := []string{"agentcore-3lo", ui.ShortPlace(h.place)}
	if h.run != "" {
		left = append(left, h.run)
	}
	right := fmt.Sprintf("%d of %d done", h.done, h.of)
	if h.of < 2 {
		right = ""
	}
	if h.rehearse {
		right = strings.TrimSuffix("rehearsal, "+right, ", ")
	}
	if h.masked {
		right = strings.TrimSuffix("masked, "+right, ", ")
	}
	if width >= railFrom && h.of > 1 {
		right = h.bar() + "  " + right
	}
	gap := "  "
	if width >= railFrom {
		gap = "   "
	}
	line := " " + strings.Join(left, gap)
	room := func() int { return width - lipgloss.Width(line) - lipgloss.Width(right) - 3 }
	if room() < 0 {
		right = strings.NewReplacer(" of ", "/").Replace(right)
	}
	for len(left) > 2 && room() < 0 {
		left = left[:len(left)-1]
		line = " " + strings.Join(left, gap)
	}
	if room() < 0 {
		left[1], _, _ = strings.Cut(left[1], " at ")
		if words := strings.Fields(left[1]); len(words) > 2 {
			left[1] = strings.Join(words[:2], " ")
		}
		line = " " + strings.Join(left, gap)
	}
	return clip(ui.Pad(line, max(width-lipgloss.Width(right)-2, 0))+right, width-1)
}

func (h header) bar() string {
	full := barWidth * h.done / max(h.of, 1)
	bar := strings.Repeat("━", full)
	if full < barWidth {
		bar += "╸" + strings.Repeat("─", barWidth-full-1)
	}
	return h.style.good.Render(bar)
}
