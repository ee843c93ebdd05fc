package ui

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

// The renderer looks often, and still gets no more than 15 drawings a second,
// the first at once and the last in the end.
func TestAtMostFifteenFramesASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &calm{Model: &counter{}}
		msgs := make(chan tea.Msg)
		update := func(msg tea.Msg) {
			_, cmd := c.Update(msg)
			if cmd != nil {
				go func() {
					switch made := cmd().(type) {
					case tea.BatchMsg:
						for _, one := range made {
							if one != nil {
								msgs <- one()
							}
						}
					default:
						msgs <- made
					}
				}()
			}
		}
		look, message := time.NewTicker(time.Second/looks), time.NewTicker(3*time.Millisecond)
		first, frames, last := time.Duration(0), 0, ""
		c.View()
		began := time.Now()
		sent := 0
		for time.Since(began) < 2*time.Second {
			select {
			case msg := <-msgs:
				update(msg)
				c.View()
			case <-message.C:
				if time.Since(began) < time.Second {
					sent++
					update(tea.FocusMsg{})
					c.View()
				}
			case <-look.C:
				if seen := c.view.Content; seen != last {
					frames, last = frames+1, seen
					if first == 0 {
						first = time.Since(began)
					}
				}
			}
		}
		if frames < 10 || frames > 16 {
			t.Errorf("%d frames in a second", frames)
		}
		if first > time.Second/looks+time.Millisecond {
			t.Errorf("the first came after %v", first)
		}
		if last != fmt.Sprint(sent) {
			t.Errorf("the last frame shows %s of %d", last, sent)
		}
		look.Stop()
		message.Stop()
	})
}
