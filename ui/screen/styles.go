package screen

import (
	"image/color"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/lucasb-eyer/go-colorful"

	"agentcore-3lo/steps/engine"
)

// readable is the least contrast of a text with its background (WCAG 2.2, success
// criterion 1.4.3).
const readable = 4.5

// styles are few, and nothing is said by color alone. Text keeps the terminal's own
// color: only glyphs are tinted with the sixteen colors, because a theme may make any
// of those hard to read. Where the terminal tells its colors, text is tinted, too.
type styles struct {
	title, heading, chip, key, current paint
	dim                                paint // secondary text
	good, bad, busy, turn              paint // glyphs

	plain  bool // no colors
	few    bool // the terminal has only sixteen
	shows  colorprofile.Profile
	fg, bg colorful.Color
	knows  int // which of the two are known
}

const (
	knowsText = 1 << iota
	knowsBackground
)

func newStyles(plain bool) styles {
	bold := painted(lipgloss.NewStyle().Bold(true))
	s := styles{plain: plain, shows: colorprofile.TrueColor, title: bold, heading: bold, key: bold, current: bold, chip: painted(lipgloss.NewStyle().Reverse(true))}
	if !plain {
		tint := func(c string) paint { return painted(lipgloss.NewStyle().Foreground(lipgloss.Color(c))) }
		s.good, s.bad, s.busy, s.turn = tint("2"), tint("1"), tint("6"), tint("5")
	}
	return s
}

// assume takes the colors of COLORFGBG ("15;0"), which some terminals set.
func (s styles) assume(variable string) styles {
	parts := strings.Split(variable, ";")
	ends := map[string]color.Color{"0": color.Black, "15": color.White, "7": color.Gray{0xe5}}
	text, back := ends[parts[0]], ends[parts[len(parts)-1]]
	if len(parts) < 2 || text == nil || back == nil {
		return s
	}
	return s.text(text).background(back)
}

// limit notes how many colors the terminal has.
func (s styles) limit(p colorprofile.Profile) styles {
	s.few, s.shows = p < colorprofile.ANSI256, p
	return s.derive()
}

// text notes the color of the terminal's text.
func (s styles) text(c color.Color) styles {
	if made, ok := colorful.MakeColor(c); ok {
		s.fg, s.knows = made, s.knows|knowsText
	}
	return s.derive()
}

// background notes the color of the terminal's background.
func (s styles) background(c color.Color) styles {
	if made, ok := colorful.MakeColor(c); ok {
		s.bg, s.knows = made, s.knows|knowsBackground
	}
	return s.derive()
}

// derive chooses colors that can be read on the terminal's background.
func (s styles) derive() styles {
	fresh := newStyles(s.plain)
	fresh.few, fresh.shows, fresh.fg, fresh.bg, fresh.knows = s.few, s.shows, s.fg, s.bg, s.knows
	if s.plain || s.few || s.knows != knowsText|knowsBackground {
		return fresh
	}
	tint := func(hex string) lipgloss.Style {
		c, _ := colorful.Hex(hex)
		return lipgloss.NewStyle().Foreground(s.toward(c, s.far()))
	}
	fresh.good, fresh.bad, fresh.busy, fresh.turn = painted(tint("#3fa34d")), painted(tint("#d64545")), painted(tint("#1d9bb5")), painted(tint("#a05bd6"))
	fresh.heading = painted(tint("#4f86d9").Bold(true))
	fresh.current = fresh.heading
	if contrast(s.fg, s.bg) >= readable {
		fresh.dim = painted(lipgloss.NewStyle().Foreground(s.toward(s.bg.BlendRgb(s.fg, 0.45), s.fg)))
	}
	return fresh
}

// far is the color toward which tints move until they can be read: that of the text, or,
// in a theme whose own text is faint, black or white.
func (s styles) far() colorful.Color {
	black, white := colorful.Color{}, colorful.Color{R: 1, G: 1, B: 1}
	switch {
	case contrast(s.fg, s.bg) >= readable:
		return s.fg
	case contrast(white, s.bg) > contrast(black, s.bg):
		return white
	}
	return black
}

// toward moves a color to another one until it can be read as the terminal shows it: one
// with 256 colors takes the nearest of them.
func (s styles) toward(c, far colorful.Color) color.Color {
	for part := 0.0; part < 1; part += 0.05 {
		r, g, b := c.BlendRgb(far, part).Clamped().RGB255() // as it is written
		mixed := color.RGBA{r, g, b, 0xff}
		if shown, ok := colorful.MakeColor(s.shows.Convert(mixed)); ok && contrast(shown, s.bg) >= readable {
			return mixed
		}
	}
	return far
}

// contrast is the ratio of two colors' luminance, from 1 to 21 (WCAG 2.2).
func contrast(a, b colorful.Color) float64 {
	light := func(c colorful.Color) float64 {
		r, g, b := c.LinearRgb()
		return 0.2126*r + 0.7152*g + 0.0722*b
	}
	x, y := light(a), light(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// glyphs come with a word, so that neither color nor shape is needed.
var glyphs = map[engine.State]string{engine.Waiting: "·", engine.Ready: "▸", engine.Running: "◐", engine.Asking: "▸", engine.Done: "✓", engine.Failed: "✗", engine.Stale: "↻"}

// sign is the glyph of a step's state. One whose question nothing waits for is done.
func sign(st engine.Status) string {
	switch {
	case declined(st):
		return "–"
	case st.State == engine.Asking && st.Question != nil && st.Question.Final:
		return glyphs[engine.Done]
	}
	return glyphs[st.State]
}

// answered takes what the terminal says about its colors.
func (s styles) answered(msg tea.Msg) styles {
	switch msg := msg.(type) {
	case tea.BackgroundColorMsg:
		return s.background(msg.Color)
	case tea.ForegroundColorMsg:
		return s.text(msg.Color)
	case tea.ColorProfileMsg:
		return s.limit(msg.Profile)
	}
	return s
}

// tint gives a sign the color of what it means.
func (s styles) tint(mark string) string {
	switch mark {
	case "✓":
		return s.good.Render(mark)
	case "✗", "↻", "!":
		return s.bad.Render(mark)
	case "◐":
		return s.busy.Render(mark)
	case "▸":
		return s.turn.Render(mark)
	}
	return mark
}

// declined says that the step ended because the person said no: nothing went wrong.
func declined(st engine.Status) bool {
	return st.State == engine.Failed && st.Failure != nil && st.Failure.Declined
}

// link is one piece of an address, as part of a hyperlink to all of it (OSC 8).
func (s styles) link(piece, address string) string {
	if strings.ContainsFunc(address, func(r rune) bool { return r < ' ' || r > '~' }) {
		return piece
	}
	return lipgloss.NewStyle().Hyperlink(address, "id="+strconv.Itoa(len(address))).Render(piece)
}

// tinted colors a text, but only where its color is known to be readable.
func (s styles) tinted(tint paint, said string) string {
	if s.knows != knowsText|knowsBackground || s.few {
		if len([]rune(said)) > 2 && !strings.ContainsAny(said, "█") {
			return said
		}
	}
	return tint.Render(said)
}
