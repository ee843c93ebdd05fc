package screen

import (
	"testing"

	tea "charm.land/bubbletea/v2"
)

// BenchmarkUpdateAndView is one message and one drawing, at 80x24.
func BenchmarkUpdateAndView(b *testing.B) {
	s := newBareScreen()
	s.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	b.ReportAllocs()
	for b.Loop() {
		s.Update(tea.KeyPressMsg{Code: tea.KeyDown})
		s.View()
	}
}
