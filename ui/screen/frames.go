package screen

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

const (
	// frameTime is the least time between two drawings, rounded up: no more than 15
	// a second, which is enough for a quiet page.
	frameTime = time.Second/15 + 1
	// looks is how often a second the renderer asks whether there is a new
	// drawing. The first one waits for a look; each look costs processor time.
	looks = 38
	// unseen is how long after the first drawing the renderer has surely not
	// looked yet. The terminal's size and colours arrive in that time.
	unseen = time.Second / looks * 3 / 4
)

// throttle draws a model, and whatever model takes its place, at most once a frame.
type throttle struct {
	tea.Model
	view  tea.View
	first time.Time // of the drawings
	drawn time.Time // the last one
	due   bool      // a drawing is put off until its frame
}

type drawMsg struct{}

// Update puts the drawing off when the last one was just now and may have been
// seen.
func (c *throttle) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	if _, mine := msg.(drawMsg); mine {
		c.due = false
	} else {
		c.Model, cmd = c.Model.Update(msg)
	}
	now := time.Now()
	if age := now.Sub(c.drawn); age < frameTime && now.Sub(c.first) >= unseen && !c.due {
		c.due = true
		cmd = tea.Batch(cmd, tea.Tick(frameTime-age, func(time.Time) tea.Msg { return drawMsg{} }))
	}
	return c, cmd
}

// View is the model's, or the last one while a drawing is put off.
func (c *throttle) View() tea.View {
	if c.due {
		return c.view
	}
	c.drawn = time.Now()
	if c.first.IsZero() {
		c.first = c.drawn
	}
	c.view = c.Model.View()
	return c.view
}
