package screen

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// Title, link or question, and all choices are in sight on every page at every size,
// and from 80x24 no page needs scrolling.
func TestWhatMattersIsInSightAtEverySize(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{50, 20}, {60, 20}, {80, 24}, {120, 36}, {200, 60}} {
		for _, m := range everyMoment(false) {
			s := m.screen()
			if s.text.overlay.covers() {
				continue
			}
			s.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
			f := s.frame()
			x := f.view.sheet()
			if f.overlaid != nil {
				x = f.overlaid(f.view)
			}
			if asks := f.asks(); asks != nil {
				x.box = asks
			}
			text := ansi.Strip(s.View().Content)
			lines := strings.Split(text, "\n")
			wrong := func(what string) { t.Helper(); t.Errorf("%s at %v: %s:\n%s", m.name, size, what, text) }
			if len(lines) != size[1] {
				wrong("lines are missing, or too many")
			}
			for _, line := range lines {
				if ansi.StringWidth(line) > size[0] {
					wrong("too wide: " + line)
				}
			}
			page := lines
			if size[0] >= railFrom {
				_, page = columnsAt(lines, railWidth+1)
				if size[0] >= wireFrom {
					page, _ = columnsAt(page, railFrom-railWidth+1)
				}
			}
			shown := squeezed(strings.Join(page, "\n"))
			if !strings.Contains(shown, squeezed(ansi.Strip(x.title))) {
				wrong("the title is not in sight")
			}
			if l := f.view.page().link; l != nil && f.overlaid == nil && !strings.Contains(shown, l.URL) && strings.Contains(strings.Join(x.all(), ""), "https:") {
				wrong("the link is not whole")
			}
			if x.box != nil {
				for _, line := range x.box.render(f.style, f.view.width) {
					if !strings.Contains(shown, squeezed(ansi.Strip(line))) {
						wrong("the box is not whole: " + line)
					}
				}
			}
			if scrolls.MatchString(text) && size[0] >= 80 {
				wrong("it scrolls")
			}
		}
	}
}

// The wire has a column of its own where there is room, and moves with what happens.
func TestTheWireBesideThePage(t *testing.T) {
	t.Parallel()
	s := runningAt("consent", 200, 60)
	for n := 1; n <= 3; n++ {
		s.happens(anExchange())
		if got := strings.Count(ansi.Strip(s.View().Content), "tools/call"); got < n {
			t.Errorf("%d exchanges are shown after %d", got, n)
		}
	}
	s.Update(tea.WindowSizeMsg{Width: wireFrom - 1, Height: 40})
	if strings.Contains(ansi.Strip(s.View().Content), "Time ") {
		t.Error("a narrower screen has the column, too")
	}
}
