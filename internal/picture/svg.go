package picture

import (
	"cmp"
	"fmt"
	"html"
	"image/color"
	"strings"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
)

// Theme is the set of colours of a terminal.
type Theme struct {
	Name       string
	Foreground string
	Background string
	Sixteen    [16]string
}

// Dark and Light are the themes of the pictures in the README.
var (
	Dark = Theme{"dark", "#d7dce3", "#12161c", [16]string{"#12161c", "#e5695e", "#5fb878", "#d9a94a", "#6aa2ee", "#b58ae0", "#58b5c2", "#c3c9d2",
		"#8791a0", "#ff8a7d", "#7fd698", "#f2c66d", "#8fbcff", "#cfa8f5", "#7fd4e0", "#ffffff"}}
	Light = Theme{"light", "#1f2630", "#fbfbfc", [16]string{"#1f2630", "#b3261e", "#1b7a3d", "#8a6100", "#1d5fb4", "#7d3fb0", "#0f7280", "#5a6472",
		"#6b7684", "#b3261e", "#1b7a3d", "#8a6100", "#1d5fb4", "#7d3fb0", "#0f7280", "#12161c"}}
)

const (
	cellWidth, cellHeight = 8.4, 18.0
	border                = 14.0
)

// Frame is a drawing of the screen at a point in time: each row as at the top.
type Frame struct {
	At   time.Duration
	Rows []string
}

// Draw draws the current screen.
func (t *Terminal) Draw(theme Theme) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	rows := make([]string, t.em.Height())
	for y := range rows {
		rows[y] = t.row(theme, y)
	}
	return rows
}

// stretch is a part of a row that looks the same.
type stretch struct {
	x, width         int
	text, look, fill string
}

func (t *Terminal) row(theme Theme, y int) string {
	var row []stretch
	for x := 0; x < t.em.Width(); {
		s := stretch{x: x, width: 1, text: " ", look: theme.Foreground}
		if cell := t.em.CellAt(x, y); cell != nil {
			if cell.Content != "" {
				s.text, s.width = cell.Content, max(cell.Width, 1)
			}
			s.look, s.fill = theme.look(cell.Style)
		}
		x += s.width
		if last := len(row) - 1; last >= 0 && row[last].look == s.look && row[last].fill == s.fill {
			row[last].text += s.text
			row[last].width += s.width
			continue
		}
		row = append(row, s)
	}
	var back, fore strings.Builder
	for _, s := range row {
		left := border + float64(s.x)*cellWidth
		if s.fill != "" {
			fmt.Fprintf(&back, `<rect x="%.1f" width="%.1f" height="%.1f" fill="%s"/>`, left, float64(s.width)*cellWidth, cellHeight, s.fill)
		}
		if text := strings.TrimRight(s.text, " "); text != "" {
			fmt.Fprintf(&fore, `<text x="%.1f" y="%.1f" textLength="%.1f" fill="%s">%s</text>`, left, cellHeight*0.75,
				float64(ansi.StringWidth(text))*cellWidth, s.look, html.EscapeString(text))
		}
	}
	return back.String() + fore.String()
}

// look returns the colour of a cell's text, with its weight, and of its background,
// which is "" for the terminal's own.
func (th Theme) look(style uv.Style) (look, fill string) {
	look, fill = th.of(style.Fg, th.Foreground), th.of(style.Bg, "")
	if style.Attrs&uv.AttrReverse != 0 {
		look, fill = cmp.Or(fill, th.Background), look
	}
	if style.Attrs&uv.AttrBold != 0 {
		look += `" style="font-weight:bold` // the style sheet would overrule an attribute
	}
	return look, fill
}

// of returns a colour in the theme, or otherwise if it is not set.
func (th Theme) of(c color.Color, otherwise string) string {
	switch c := c.(type) {
	case nil:
		return otherwise
	case ansi.BasicColor:
		return th.Sixteen[c]
	case ansi.IndexedColor:
		if c < 16 {
			return th.Sixteen[c]
		}
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

// SVG returns a picture of the frames. Several frames are played in a loop. A row
// that several frames have is drawn once.
func SVG(theme Theme, width, height int, title string, frames []Frame, total time.Duration) string {
	var b, body strings.Builder
	w, h := border*2+float64(width)*cellWidth, border*2+float64(height)*cellHeight
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" role="img" aria-label="%s">`, w, h, w, h, html.EscapeString(title))
	fmt.Fprintf(&b, `<style>text{font:14px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;white-space:pre}`)
	if len(frames) > 1 {
		b.WriteString(animation(frames, total))
	}
	fmt.Fprintf(&b, `</style><rect width="%.0f" height="%.0f" rx="10" fill="%s"/>`+"\n<defs>", w, h, theme.Background)
	drawn := map[string]int{}
	for i, f := range frames {
		fmt.Fprintf(&body, "\n"+`<g class="f" id="f%d">`, i)
		for y, row := range f.Rows {
			if row == "" {
				continue
			}
			if _, known := drawn[row]; !known {
				drawn[row] = len(drawn)
				fmt.Fprintf(&b, "\n"+`<g id="r%d" xml:space="preserve">%s</g>`, drawn[row], row)
			}
			fmt.Fprintf(&body, `<use href="#r%d" y="%.0f"/>`, drawn[row], border+float64(y)*cellHeight)
		}
		body.WriteString("</g>")
	}
	return b.String() + "\n</defs>" + body.String() + "\n</svg>\n"
}

// animation is the style that shows one frame at a time.
func animation(frames []Frame, total time.Duration) string {
	var b strings.Builder
	b.WriteString(`.f{visibility:hidden}`)
	for i, f := range frames {
		end := total
		if i+1 < len(frames) {
			end = frames[i+1].At
		}
		from, to := 100*f.At.Seconds()/total.Seconds(), 100*end.Seconds()/total.Seconds()
		fmt.Fprintf(&b, `#f%d{animation:a%d %.2fs step-end infinite}@keyframes a%d{0%%{visibility:%s}%.3f%%{visibility:visible}%.3f%%{visibility:hidden}100%%{visibility:hidden}}`,
			i, i, total.Seconds(), i, map[bool]string{true: "visible", false: "hidden"}[i == 0], from, to)
	}
	return b.String()
}
