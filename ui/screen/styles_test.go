package screen

import (
	"testing"

	"github.com/charmbracelet/colorprofile"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/lucasb-eyer/go-colorful"
)

// Tinted text has a contrast of at least 4.5, also where the terminal shows the nearest
// of 256 colors.
func TestTintedTextCanBeRead(t *testing.T) {
	t.Parallel()
	for theme, colors := range map[string][2]string{
		"Solarized dark": {"#839496", "#002b36"}, "Solarized light": {"#657b83", "#fdf6e3"}, "Dracula": {"#f8f8f2", "#282a36"},
		"GitHub dark": {"#e6edf3", "#0d1117"}, "GitHub light": {"#1f2328", "#ffffff"}, "xterm": {"#000000", "#ffffff"}, "xterm -rv": {"#ffffff", "#000000"},
	} {
		for _, profile := range []colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI256} {
			text, _ := colorful.Hex(colors[0])
			back, _ := colorful.Hex(colors[1])
			s := newStyles(false).text(text).background(back).limit(profile)
			for name, style := range map[string]paint{"dim": s.dim, "good": s.good, "bad": s.bad, "busy": s.busy, "turn": s.turn, "heading": s.heading} {
				cells(t, style.Render("x"), func(cell *uv.Cell, _ string) {
					if cell.Style.Fg == nil {
						return
					}
					shown, _ := colorful.MakeColor(profile.Convert(cell.Style.Fg))
					if got := contrast(shown, back); got < readable {
						t.Errorf("%s, %v: %s has %.2f", theme, profile, name, got)
					}
				})
			}
		}
	}
}
