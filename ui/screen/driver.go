package screen

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// Walkthrough is what a screen shows.
type Walkthrough struct {
	Run     ui.Run
	Machine engine.Machine // the state of the steps
	Stage   bool           // for a room full of people: one idea a page
	// Drive carries the steps out until the front end leaves.
	Drive func(engine.FrontEnd)
}

// driver is the screen as the loop sees it: whatever the loop tells becomes a
// message of the program.
type driver struct {
	send   func(tea.Msg) // to the program
	gone   chan struct{} // the program has ended
	begun  chan *engine.Loop
	driven chan struct{} // the loop has ended
}

func newDriver() *driver {
	return &driver{gone: make(chan struct{}), begun: make(chan *engine.Loop, 1), driven: make(chan struct{})}
}

// begin drives the walkthrough. Nothing happens until the person does something.
func (d *driver) begin(w Walkthrough) *engine.Loop {
	go func() { defer close(d.driven); w.Drive(d) }()
	return <-d.begun
}

// end leaves the walkthrough once the program has ended, and waits for what
// still runs.
func (d *driver) end() {
	close(d.gone)
	<-d.driven
}

// Begin hands the loop to the screen.
func (d *driver) Begin(_ context.Context, _ engine.Machine, l *engine.Loop) {
	go func() { <-d.gone; l.Leave(nil) }()
	d.begun <- l
}

// Show lets the screen show an event.
func (d *driver) Show(_, after engine.Machine, e engine.Event) {
	shown := make(chan struct{})
	d.send(eventMsg{e, after, shown})
	select {
	case <-shown:
	case <-d.gone:
	}
}
