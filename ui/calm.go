package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

const (
	// frame is the least time between two drawings: 15 a second are enough for
	// a calm page.
	frame = time.Second / 15
	// looks is how often a second the renderer asks whether there is a new
	// drawing, so that the first one need not wait.
	looks = 30
)

// calm draws a model, and whatever model takes its place, at most once a frame.
type calm struct {
	tea.Model
	view  tea.View
	drawn time.Time
	due   bool // a drawing is put off until its frame
}

type drawMsg struct{}

// Update puts the drawing off when the last one was just now.
func (c *calm) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	if _, mine := msg.(drawMsg); mine {
		c.due = false
	} else {
		c.Model, cmd = c.Model.Update(msg)
	}
	age := time.Since(c.drawn)
	if age > time.Second/looks && age < frame && !c.due {
		c.due = true
		cmd = tea.Batch(cmd, tea.Tick(frame-age, func(time.Time) tea.Msg { return drawMsg{} }))
	}
	return c, cmd
}

// View is the model's, or the last one while a drawing is put off. One that
// the renderer has not seen yet is drawn over.
func (c *calm) View() tea.View {
	if c.due {
		return c.view
	}
	c.view = c.Model.View()
	if now := time.Now(); now.Sub(c.drawn) >= frame {
		c.drawn = now
	}
	return c.view
}
