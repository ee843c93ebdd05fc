package screen

import (
	"fmt"
	"testing"

	tea "charm.land/bubbletea/v2"

	"agentcore-3lo/steps"
)

// BenchmarkUpdateAndView is one key and one drawing of the consent page, after as many
// exchanges as a walk has, at every size, and of the wire laid over it.
func BenchmarkUpdateAndView(b *testing.B) {
	for _, size := range append(sizes, [2]int{200, 60}) {
		for name, o := range map[string]overlay{"page": none, "wire": wireList, "sequence": sequence} {
			b.Run(fmt.Sprintf("%s %dx%d", name, size[0], size[1]), func(b *testing.B) {
				s := runningAt(steps.Consent, size[0], size[1])
				s.happens(aLink(), aConsent())
				for range 60 {
					s.happens(anExchange())
				}
				s.text.overlay = o
				b.ReportAllocs()
				for b.Loop() {
					s.Update(tea.KeyPressMsg{Code: tea.KeyDown})
					s.View()
				}
			})
		}
	}
}
