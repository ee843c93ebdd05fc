package screen

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"agentcore-3lo/internal/trace"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// overlayKey is for what lies over the page. A stray key neither leaves, nor stays, nor
// does anything again.
func (s *Screen) overlayKey(msg tea.KeyPressMsg, stray bool) tea.Cmd {
	name := msg.String()
	if s.covers.typing {
		s.filterKey(msg)
		return nil
	}
	switch name {
	case "esc":
		s.lift()
		return nil
	case "m":
		return s.toggleMask()
	}
	if stray && !s.text.overlay.covers() {
		s.flash = tooSoon
		return nil
	}
	switch s.text.overlay {
	case leaving:
		return s.leavingKey(name)
	case again:
		return s.againKey(name)
	case symptomList:
		return s.symptomKey(name)
	}
	return s.coverKey(name, stray)
}

// coverKey is for a text that covers the page.
func (s *Screen) coverKey(name string, stray bool) tea.Cmd {
	if s.selects(name) || s.text.scroll(name) {
		return nil
	}
	switch name {
	case "q":
		if !stray {
			return s.leave()
		}
		s.flash = tooSoon
	case "w":
		return s.openWire()
	case "s":
		s.turnTo(sequence)
	case "t":
		s.turnTo(reading)
	case "l":
		s.turnTo(listing)
	case "?":
		s.turnTo(helping)
	case "r":
		s.turnBack(learning, name)
	case "v":
		s.turnBack(detailing, name)
	case "/":
		s.filter()
	case "c":
		return s.copyShown()
	case "enter":
		s.open()
	default:
		s.noUse(name)
	}
	return nil
}

// turnBack closes a text that only its page opens.
func (s *Screen) turnBack(o overlay, name string) {
	if s.text.overlay != o {
		s.noUse(name)
		return
	}
	s.lift()
}

func (s *Screen) noUse(name string) {
	s.flash = "The key " + name + " does nothing here; esc goes back."
}

// turnTo lays another text over the one that is shown. The key that opened a text
// closes it.
func (s *Screen) turnTo(o overlay) {
	if s.text.overlay == o {
		s.lift()
		return
	}
	s.lay(o)
}

// filter gives the keys to the wire's filter.
func (s *Screen) filter() {
	if s.covers.typing = s.text.overlay == wireList; !s.covers.typing {
		s.flash = "/ filters the wire; w opens it."
	}
}

// selects moves the selection of a list, or turns to another exchange.
func (s *Screen) selects(name string) bool {
	c := &s.covers
	by := map[string]int{"up": -1, "down": 1, "left": -1, "right": 1}[name]
	switch s.text.overlay {
	case wireList:
		return moveIn(&c.exchange, c.matching(), name, by)
	case exchange:
		if name != "left" && name != "right" {
			return false
		}
		s.text.GotoTop()
		return moveIn(&c.exchange, c.trace.Exchanges(), name, by)
	case sequence:
		if by != 0 {
			c.arrow = min(max(c.arrow+by, 1), len(c.trace.Sequence().Arrows))
			return true
		}
	}
	return false
}

// moveIn selects another exchange of a list.
func moveIn(at *int, all []*trace.Exchange, name string, by int) bool {
	switch name {
	case "up", "down", "left", "right":
	case "home":
		by = -len(all)
	case "end":
		by = len(all)
	case "pgup":
		by = -10
	case "pgdown", "space":
		by = 10
	default:
		return false
	}
	now := len(all) - 1
	for i, x := range all {
		if x.Number == *at {
			now = i
		}
	}
	if len(all) > 0 {
		*at = all[min(max(now+by, 0), len(all)-1)].Number
	}
	return true
}

// open opens the selected exchange, or closes a text that has nothing to open.
func (s *Screen) open() {
	c := &s.covers
	switch s.text.overlay {
	case wireList:
		if len(c.matching()) > 0 {
			s.lay(exchange)
		}
	case sequence:
		x := c.shown()
		if x == nil {
			s.flash = "There is no exchange to open: this program does not see this arrow, or has not yet."
			return
		}
		c.exchange = x.Number
		s.lay(exchange)
	case exchange:
		s.flash = "esc goes back."
	default:
		s.lift()
	}
}

// copyShown copies the exchange as a command, or the text that is shown.
func (s *Screen) copyShown() tea.Cmd {
	switch s.text.overlay {
	case showing:
		return s.desktop.copy(s.page().raw)
	case exchange, wireList:
		all := s.covers.trace.Exchanges()
		if n := s.covers.exchange; n >= 1 && n <= len(all) {
			c := trace.Repeat(all[n-1], s.run.Command("token"))
			if c.Tool == "" {
				s.flash = "There is no command for this exchange."
				return nil
			}
			return s.desktop.copy(c.Text)
		}
	}
	s.flash = "There is nothing to copy here."
	return nil
}

// filterKey types into the wire's filter.
func (s *Screen) filterKey(msg tea.KeyPressMsg) {
	c := &s.covers
	switch name := msg.String(); name {
	case "enter":
		c.typing = false
	case "esc":
		c.typing, c.filter = false, ""
	case "backspace":
		if r := []rune(c.filter); len(r) > 0 {
			c.filter = string(r[:len(r)-1])
		}
	default:
		c.filter += strings.Map(visible, msg.Text)
	}
	if all := c.matching(); len(all) > 0 {
		c.exchange = all[len(all)-1].Number
	}
}

// leavingKey answers what should become of running work.
func (s *Screen) leavingKey(name string) tea.Cmd {
	switch name {
	case "q":
		return s.leave()
	case "enter", "n":
		s.lift()
	case "x":
		if s.looking != steps.Cleanup && !s.run.Forgettable() {
			s.run.Choose(steps.CleanUp)
			return tea.Quit
		}
		s.flash = "There is nothing to clean up first."
	default:
		s.flash = "Choose with one of the keys shown."
	}
	return nil
}

// againKey answers whether to do the step again.
func (s *Screen) againKey(name string) tea.Cmd {
	switch name {
	case "y":
		s.text.overlay = none
		return s.person.does(s.looking, engine.Again{})
	case "n":
		s.lift()
	case "q":
		return s.leave()
	default:
		s.flash = "Press y to do it again, or n."
	}
	return nil
}
