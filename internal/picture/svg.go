package picture

import (
	"fmt"
	"html"
	"image/color"
	"strings"
	"time"

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

// Frame is a drawing of the screen at a point in time.
type Frame struct {
	At   time.Duration
	Body string
}

// Draw draws the current screen.
func (t *Terminal) Draw(theme Theme) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var back, fore strings.Builder
	for y := range t.em.Height() {
		type run struct {
			x, n             int
			text, look, fill string
		}
		var runs []run
		for x := 0; x < t.em.Width(); {
			cell := t.em.CellAt(x, y)
			content, width, look, fill := " ", 1, theme.Foreground, ""
			if cell != nil {
				if cell.Content != "" {
					content, width = cell.Content, max(cell.Width, 1)
				}
				fg, bg := theme.of(cell.Style.Fg, theme.Foreground), theme.of(cell.Style.Bg, "")
				if cell.Style.Attrs&reversed != 0 {
					if bg == "" {
						bg = theme.Background
					}
					fg, bg = bg, fg
				}
				look, fill = fg, bg
				if cell.Style.Attrs&bold != 0 {
					look += `" style="font-weight:bold` // the style sheet would overrule an attribute
				}
			}
			if last := len(runs) - 1; last >= 0 && runs[last].look == look && runs[last].fill == fill {
				runs[last].text += content
				runs[last].n += width
			} else {
				runs = append(runs, run{x, width, content, look, fill})
			}
			x += width
		}
		top := border + float64(y)*cellHeight
		for _, r := range runs {
			left, width := border+float64(r.x)*cellWidth, float64(r.n)*cellWidth
			if r.fill != "" {
				fmt.Fprintf(&back, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`, left, top, width, cellHeight, r.fill)
			}
			text := strings.TrimRight(r.text, " ")
			if text == "" {
				continue
			}
			fmt.Fprintf(&fore, `<text x="%.1f" y="%.1f" textLength="%.1f" fill="%s">%s</text>`, left, top+cellHeight*0.75,
				float64(ansi.StringWidth(text))*cellWidth, r.look, html.EscapeString(text))
		}
	}
	return back.String() + fore.String()
}

// The bits of a cell's attributes, as in ultraviolet.
const (
	bold     = 1 << 0
	reversed = 1 << 5
)

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

// SVG returns a picture of the frames. Several frames are played in a loop.
func SVG(theme Theme, width, height int, title string, frames []Frame, total time.Duration) string {
	var b strings.Builder
	w, h := border*2+float64(width)*cellWidth, border*2+float64(height)*cellHeight
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" role="img" aria-label="%s">`, w, h, w, h, html.EscapeString(title))
	fmt.Fprintf(&b, `<style>text{font:14px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;white-space:pre}`)
	if len(frames) > 1 {
		fmt.Fprintf(&b, `g{visibility:hidden}`)
		for i, f := range frames {
			end := total
			if i+1 < len(frames) {
				end = frames[i+1].At
			}
			from, to := 100*f.At.Seconds()/total.Seconds(), 100*end.Seconds()/total.Seconds()
			fmt.Fprintf(&b, `#f%d{animation:a%d %.2fs step-end infinite}@keyframes a%d{0%%{visibility:%s}%.3f%%{visibility:visible}%.3f%%{visibility:hidden}100%%{visibility:hidden}}`,
				i, i, total.Seconds(), i, map[bool]string{true: "visible", false: "hidden"}[i == 0], from, to)
		}
	}
	fmt.Fprintf(&b, `</style><rect width="%.0f" height="%.0f" rx="10" fill="%s"/>`, w, h, theme.Background)
	for i, f := range frames {
		fmt.Fprintf(&b, "\n"+`<g id="f%d" xml:space="preserve">%s</g>`, i, f.Body)
	}
	return b.String() + "\n</svg>\n"
}
