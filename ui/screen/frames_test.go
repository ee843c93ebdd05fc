package screen

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
)

// counter is a model that looks different after every message.
type counter struct{ n int }

func (c *counter) Init() tea.Cmd                       { return nil }
func (c *counter) Update(tea.Msg) (tea.Model, tea.Cmd) { c.n++; return c, nil }
func (c *counter) View() tea.View                      { return tea.NewView(fmt.Sprint(c.n)) }

// However fast messages come, and however late timers fire, a second has at
// most 15 drawings, the first at once and the last in the end.
func TestAtMostFifteenFramesASecond(t *testing.T) {
	for _, pause := range []time.Duration{time.Millisecond, 3 * time.Millisecond, 16 * time.Millisecond, 34 * time.Millisecond, 66 * time.Millisecond} {
		for _, late := range []time.Duration{0, time.Millisecond, 5 * time.Millisecond, 25 * time.Millisecond} {
			t.Run(fmt.Sprintf("every %v, timers %v late", pause, late), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { countFrames(t, pause, late) })
			})
		}
	}
}

// countFrames sends messages for three seconds, and looks as Bubble Tea's
// renderer does, which begins just before the first drawing.
func countFrames(t *testing.T, pause, late time.Duration) {
	began := time.Now()
	c := &throttle{Model: &counter{}}
	draws := make(chan tea.Msg, 1)
	update := func(msg tea.Msg) {
		if _, cmd := c.Update(msg); cmd != nil { // the model has none: it puts the drawing off
			go func() { made := cmd(); time.Sleep(late); draws <- made }()
		}
		c.View()
	}
	look, message := time.NewTicker(time.Second/looks), time.NewTicker(pause)
	defer look.Stop()
	defer message.Stop()
	c.View()
	var seen []time.Duration
	sent, last := 0, ""
	for time.Since(began) < 4*time.Second {
		select {
		case msg := <-draws:
			update(msg)
		case <-message.C:
			if time.Since(began) < 3*time.Second {
				sent++
				update(tea.FocusMsg{})
			}
		case <-look.C:
			if c.view.Content != last {
				seen, last = append(seen, time.Since(began)), c.view.Content
			}
		}
	}
	for i, from := range seen {
		n := 0
		for _, at := range seen[i:] {
			if at < from+time.Second-time.Millisecond { // the looks' own period is rounded down
				n++
			}
		}
		if n > 15 {
			t.Fatalf("%d frames in the second after %v", n, from)
		}
	}
	if len(seen) < 30 {
		t.Errorf("only %d frames in three seconds", len(seen))
	}
	if seen[0] > time.Second/looks+time.Millisecond {
		t.Errorf("the first came after %v", seen[0])
	}
	if last != fmt.Sprint(sent) {
		t.Errorf("the last frameTime shows %s of %d", last, sent)
	}
}
