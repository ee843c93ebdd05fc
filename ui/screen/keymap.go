package screen

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// binding is what a key means. It means the same in every state.
type binding struct {
	key.Binding                       // its keys, and how the page of keys shows and explains them
	do          func(*Screen) tea.Cmd // nil = another part of the program does it
}

// on is a binding of these keys, separated by spaces.
func on(keys, label, words string, do func(*Screen) tea.Cmd) binding {
	return binding{Binding: key.NewBinding(key.WithKeys(strings.Fields(keys)...), key.WithHelp(label, words)), do: do}
}

const pasteKey = "p"

// pageKeys are all keys, in the order of the page that lists them.
func pageKeys() []binding {
	consent, simulated, invoke := steps.Numbers(steps.Consent), steps.Numbers(steps.App, steps.Register, steps.Consent), steps.Numbers(steps.Invoke)
	return []binding{
		on("enter", "enter", "the page's main action, or open the selected line", (*Screen).primaryKey),
		on("o", "o", "open the page's link in the browser ("+steps.Numbers(steps.Prerequisites, steps.App, steps.Register, steps.Consent)+")", onLink(link.open)),
		on("c", "c", "copy the link, the callback URL, or an exchange as a command", onLink(link.copy)),
		on("u", "u", "plain link: the link alone on a cleared screen", onLink(link.alone)),
		on(pasteKey, pasteKey, "paste the address where the browser ended ("+consent+")", pasteAddress),
		on("b", "b", "my browser shows an error ("+consent+")", open(symptomList)),
		on("f", "f", "new link ("+consent+")", choose("new-link", "f gets a new link in "+consent+", while it waits for your browser.")),
		on("d", "d", "decline the consent; asks once ("+consent+")", choose("decline", "d declines the consent in "+consent+", while it waits for your browser.")),
		on("i", "i", "let the simulated person do it (sandbox: "+simulated+")", choose("simulate", "i is for "+simulated+" of the sandbox, when they ask you.")),
		on("y n", "y n", "yes, no", says("There is no question here.")),
		on("v", "v", "names and details of the resources (plan, cleanup)", open(detailing)),
		on("a", "a", "again: this step, this attempt, this call", (*Screen).askAgain),
		on("e", "e", "use it from an agent ("+invoke+")", choose("connect", "e is for "+invoke+", when the call has worked.")),
		on("r", "r", "what you learned ("+invoke+")", open(learning)),
		on("x", "x", "clean up; asks", (*Screen).cleanUp),
		on("t", "t", "learn more: this step's lesson", open(reading)),
		on("s", "s", "sequence: who talks to whom, live", open(sequence)),
		on("w", "w", "wire: every HTTP exchange", open(wireList)),
		on("l", "l", "log: everything that was said", open(listing)),
		on("m", "m", "mask account, name, e-mail and picture", func(s *Screen) (cmd tea.Cmd) { s.flash, cmd = toggleMask(s.run); return cmd }),
		on("?", "?", "all keys", open(helping)),
		on("esc", "esc", "back: out of a field, a text, a question; never leaves", (*Screen).escape),
		on("q ctrl+c", "q, ctrl+c", "leave: asks; a second time leaves at once", (*Screen).leave),
		on("left shift+tab", "←", "the step before (in an exchange: the one before)", turn(-1)),
		on("right tab", "→", "the next step (in an exchange: the next one)", turn(1)),
		on("up down pgup pgdown space home end", "↑ ↓ space", "select or scroll; a page further", nil),
		on("ctrl+r", "ctrl+r", "show or hide the secret", says("ctrl+r is for the field of a secret.")),
		on("/", "/", "filter the wire", says("/ filters the wire; w opens it.")),
		on("ctrl+z", "ctrl+z", "back to the shell; fg returns (not on Windows)", nil),
		on("ctrl+l", "ctrl+l", "redraw the screen", nil),
	}
}

// find returns the binding of a key.
func find(msg tea.KeyPressMsg) (binding, bool) {
	table := pageKeys()
	i := slices.IndexFunc(table, func(b binding) bool { return key.Matches(msg, b.Binding) })
	if i < 0 {
		return binding{}, false
	}
	return table[i], true
}

// turn looks at the step that many places further on.
func turn(by int) func(*Screen) tea.Cmd {
	return func(s *Screen) tea.Cmd {
		if to := s.neighbour(by); to != s.looking {
			return s.look(to)
		}
		s.flash = "There is no further step."
		return nil
	}
}

// choose gives an answer that the open question offers; else it says where the key has
// a use.
func choose(a engine.Answer, where string) func(*Screen) tea.Cmd {
	return func(s *Screen) tea.Cmd {
		if q := s.asking(); offersChoice(q, a) {
			return s.answer(q, a)
		}
		s.flash = where
		return nil
	}
}

// pasteAddress opens a field for the address where the browser ended.
func pasteAddress(s *Screen) tea.Cmd {
	if !pastes(s.asking()) {
		s.flash = "p pastes an address in " + steps.Numbers(steps.Consent) + ", while it waits for your browser."
		return nil
	}
	s.field.openPaste()
	return nil
}

// open lays a text over the page, if it has anything to show there.
func open(o overlay) func(*Screen) tea.Cmd {
	return func(s *Screen) tea.Cmd {
		if s.flash = s.lacks(o); s.flash == "" {
			s.lay(o)
		}
		return nil
	}
}

// says is a key that only says something here.
func says(what string) func(*Screen) tea.Cmd {
	return func(s *Screen) tea.Cmd { s.flash = what; return nil }
}

// escape goes back. On a page there is nothing to go back to, unless its question
// says so.
func (s *Screen) escape() tea.Cmd {
	if q := s.asking(); q != nil && q.Back != "" {
		return s.answer(q, q.Back)
	}
	if s.back != "" {
		return s.goBack()
	}
	s.flash = "There is nothing to go back to: this is a step's own page."
	return nil
}
