package screen

import (
	"fmt"
	"image/color"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/lucasb-eyer/go-colorful"

	"agentcore-3lo/steps/engine"
)

// themes are those of widely used terminals: text and background.
var themes = map[string][2]string{"xterm": {"#ffffff", "#000000"}, "xterm light": {"#000000", "#ffffff"}, "Solarized dark": {"#839496", "#002b36"}, "Solarized light": {"#657b83", "#fdf6e3"},
	"Dracula": {"#f8f8f2", "#282a36"}, "GitHub dark": {"#e6edf3", "#0d1117"}, "GitHub light": {"#1f2328", "#ffffff"}}

// cells calls f with every visible cell of a drawing, and its line.
func cells(t *testing.T, drawn string, f func(cell *uv.Cell, line string)) {
	t.Helper()
	lines, width := strings.Split(drawn, "\n"), lipgloss.Width(drawn)
	grid := uv.NewScreenBuffer(width, len(lines))
	uv.NewStyledString(drawn).Draw(grid, grid.Bounds())
	for y, line := range lines {
		for x := range width {
			if cell := grid.CellAt(x, y); cell != nil && strings.TrimSpace(cell.Content) != "" {
				f(cell, ansi.Strip(line))
			}
		}
	}
}

// everyDrawing calls f with every page, in the styles that a terminal gets.
func everyDrawing(s styles, f func(name, drawn string)) {
	for _, m := range everyMoment(true) {
		x := m.screen()
		x.style = s
		f(m.name, x.View().Content)
	}
}

// Where the terminal tells its colors, every colored text has a contrast of at least
// 4.5:1 with the background.
func TestEveryTextCanBeReadOnEveryBackground(t *testing.T) {
	t.Parallel()
	for name, theme := range themes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fg, bg := lipgloss.Color(theme[0]), lipgloss.Color(theme[1])
			s := newStyles(false).answered(tea.ColorProfileMsg{Profile: colorprofile.TrueColor}).answered(tea.ForegroundColorMsg{Color: fg}).answered(tea.BackgroundColorMsg{Color: bg})
			back, _ := colorful.MakeColor(bg)
			colored := map[string]bool{}
			everyDrawing(s, func(page, drawn string) {
				cells(t, drawn, func(cell *uv.Cell, line string) {
					if cell.Style.Attrs&uv.AttrFaint != 0 {
						t.Errorf("%s: %q is faint: %s", page, cell.Content, line)
					}
					if cell.Style.Fg == nil {
						return
					}
					text, _ := colorful.MakeColor(cell.Style.Fg)
					colored[text.Hex()] = true
					if got := contrast(text, back); got < readable-0.05 { // colors are rounded to 8 bits
						t.Errorf("%s: %q has a contrast of %.2f: %s", page, cell.Content, got, line)
					}
				})
			})
			if len(colored) < 5 {
				t.Errorf("only these colors are used: %v", colored)
			}
		})
	}
}

// Where it tells nothing, only glyphs, bars and chips have a color, of the first six.
func TestATerminalThatNeverAnswersHasColoredGlyphs(t *testing.T) {
	t.Parallel()
	colored := map[string]bool{}
	everyDrawing(newStyles(false), func(page, drawn string) {
		cells(t, drawn, func(cell *uv.Cell, line string) {
			basic, is := cell.Style.Fg.(ansi.BasicColor)
			switch {
			case cell.Style.Fg == nil:
				return
			case !is || basic < 1 || basic > 6, cell.Style.Attrs&(uv.AttrBold|uv.AttrFaint) != 0:
				t.Errorf("%s: %q is %v: %s", page, cell.Content, cell.Style, line)
			case !strings.ContainsAny(cell.Content, "✓✗◐▸↻!━╸─█"):
				t.Errorf("%s: the text %q has a color: %s", page, cell.Content, line)
			}
			colored[fmt.Sprint(basic)] = true
		})
	})
	if len(colored) < 4 {
		t.Errorf("only these colors are used: %v", colored)
	}
}

// Without colors nothing has one, and everything is said in words as well.
func TestWithoutColorsNothingIsLost(t *testing.T) {
	t.Parallel()
	for _, m := range everyMoment(true) {
		s := m.screen()
		s.style = newStyles(false)
		colored := ansi.Strip(s.View().Content)
		s.style = newStyles(true)
		drawn := s.View().Content
		cells(t, drawn, func(cell *uv.Cell, line string) {
			if cell.Style.Fg != nil || cell.Style.Bg != nil {
				t.Errorf("%s: %q has a color: %s", m.name, cell.Content, line)
			}
		})
		if plain := ansi.Strip(drawn); plain != colored {
			t.Errorf("%s differs:\n%s\n%s", m.name, plain, colored)
		}
	}
}

// In ASCII no byte is above 0x7e, and every line is as wide as it was.
func TestASCII(t *testing.T) {
	t.Parallel()
	for _, m := range everyMoment(true) {
		s := m.screen()
		s.style = newStyles(true)
		wide := strings.Split(ansi.Strip(s.View().Content), "\n")
		s.desktop.ASCII = true
		view := s.View()
		for _, r := range view.Content + view.WindowTitle {
			if r > '~' {
				t.Fatalf("%s has %q:\n%s", m.name, r, view.Content)
			}
		}
		for i, line := range strings.Split(ansi.Strip(view.Content), "\n") {
			if ansi.StringWidth(line) != ansi.StringWidth(wide[i]) {
				t.Errorf("%s: a width differs:\n%s\n%s", m.name, line, wide[i])
			}
		}
	}
	o := &opening{style: newStyles(true), ascii: true, width: 80, height: 24}
	o.Update(offerMsg{aStart(2), make(chan engine.Answer, 1)})
	if drawn := o.View().Content; strings.ContainsFunc(drawn, func(r rune) bool { return r > '~' }) {
		t.Errorf("the start page has other characters:\n%s", drawn)
	}
}

// A color that the terminal cannot tell is taken from COLORFGBG, if that is set.
func TestTheColorsOfAVariable(t *testing.T) {
	t.Parallel()
	for variable, known := range map[string]bool{"15;0": true, "0;15": true, "15;default;0": true, "0;7": true, "": false, "12;8": false, "15": false} {
		if s := newStyles(false).assume(variable); (s.knows == knowsText|knowsBackground) != known {
			t.Errorf("%q: known %v", variable, !known)
		}
	}
	if s := newStyles(false).assume("0;15").answered(tea.BackgroundColorMsg{Color: color.Black}); s.bg != (colorful.Color{}) {
		t.Error("what the terminal says does not come before the variable")
	}
}
