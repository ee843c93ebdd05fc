package screen

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"agentcore-3lo/internal/trace"
	"agentcore-3lo/steps/engine"
)

// texts are those that can lie over the page: which one does, and what they are drawn
// from.
type texts struct {
	text   reader
	covers covering
}

// openers are the keys that open a text from any page and any text; pageOpeners only
// the pages have. Each closes its own text.
var (
	openers     = map[string]overlay{"w": wireList, "s": sequence, "t": reading, "l": listing, "?": helping}
	pageOpeners = map[string]overlay{"r": learning, "v": detailing, "e": showing}
)

// key does what a key does in a text. lift: it takes the text away. said: why it does nothing.
func (t *texts) key(name string, step engine.ID) (lift bool, said string) {
	if t.selects(name) || t.text.scroll(name) {
		return false, ""
	}
	shown := t.text.overlay
	switch o, opens := openers[name]; {
	case opens && o == shown, pageOpeners[name] == shown:
		return true, ""
	case opens:
		t.lay(o, step)
	case name == "enter":
		return t.enter(step)
	case name == "/" && shown == wireList:
		t.covers.typing = true
	case name == "/":
		return false, "/ filters the wire; w opens it."
	default:
		return false, "The key " + name + " does nothing here; esc goes back."
	}
	return false, ""
}

// lay puts a text over the page of a step, or over another text.
func (t *texts) lay(o overlay, step engine.ID) {
	switch o {
	case sequence:
		t.covers.toCurrent()
	case wireList:
		t.covers.toNewest(step)
	}
	t.text.lay(o)
}

// filtering says that the wire's filter has the keys.
func (t *texts) filtering() bool { return t.covers.typing && t.text.overlay == wireList }

// filterKey types into the wire's filter.
func (t *texts) filterKey(msg tea.KeyPressMsg) {
	c := &t.covers
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

// selects moves the selection of a list, or turns to another exchange.
func (t *texts) selects(name string) bool {
	c := &t.covers
	by := map[string]int{"up": -1, "down": 1, "left": -1, "right": 1}[name]
	switch t.text.overlay {
	case wireList:
		return moveIn(&c.exchange, c.matching(), name, by)
	case exchange:
		if name != "left" && name != "right" {
			return false
		}
		t.text.GotoTop()
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

// enter opens the selected exchange, or closes a text that has nothing to open.
func (t *texts) enter(step engine.ID) (lift bool, said string) {
	c := &t.covers
	switch t.text.overlay {
	case wireList:
		if len(c.matching()) > 0 {
			t.lay(exchange, step)
		}
	case sequence:
		x := c.shown()
		if x == nil {
			return false, "There is no exchange to open: this program does not see this arrow, or has not yet."
		}
		c.exchange = x.Number
		t.lay(exchange, step)
	case exchange:
		return false, "esc goes back."
	default:
		return true, ""
	}
	return false, ""
}

// copied is what c copies: the exchange as a command, or the text that is shown as it is. token is
// the command that prints an access token. said: why there is nothing.
func (t *texts) copied(raw, token string) (copied, said string) {
	switch t.text.overlay {
	case showing:
		return raw, ""
	case exchange, wireList:
		all := t.covers.trace.Exchanges()
		if n := t.covers.exchange; n >= 1 && n <= len(all) {
			if c := trace.Repeat(all[n-1], token); c.Tool != "" {
				return c.Text, ""
			}
			return "", "There is no command for this exchange."
		}
	}
	return "", "There is nothing to copy here."
}
