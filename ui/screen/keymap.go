package screen

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// binding is what a key means where its table holds.
type binding struct {
	key.Binding                       // its keys, and how the page of keys shows and explains them
	word        string                // what the key line calls it
	do          func(*Screen) tea.Cmd // nil = another part of the program does it
	when        func(*Screen) bool    // nil = always
	early       bool                  // it counts at once, also when it may have been meant for what was there before
}

// on is a binding of these keys, separated by spaces.
func on(keys, label, words, word string, do func(*Screen) tea.Cmd) binding {
	return binding{Binding: key.NewBinding(key.WithKeys(strings.Fields(keys)...), key.WithHelp(label, words)), word: word, do: do}
}

const pasteKey = "p"

// pageKeys hold on every page. The page of keys lists them in this order.
func pageKeys() []binding {
	turn := func(by int) func(*Screen) tea.Cmd {
		return func(s *Screen) tea.Cmd { return s.look(s.neighbour(by)) }
	}
	lay := func(o overlay) func(*Screen) tea.Cmd {
		return func(s *Screen) tea.Cmd { s.lay(o); return nil }
	}
	return []binding{
		on("enter", "enter", "begin, try again, answer, or continue", "", (*Screen).primary),
		on("right tab", "→ tab", "look at the next step; nothing that runs is disturbed", "", turn(1)),
		on("left shift+tab", "←", "look at the step before", "", turn(-1)),
		on("up down pgup pgdown space home end", "↑ ↓ space", "scroll", "scroll", nil),
		on("o", "o", "open the link", "open", onLink(link.open)),
		on("c", "c", "copy the link", "copy", onLink(link.copy)),
		on("u", "u", "show the bare link on a clean screen", "bare", onLink(link.alone)),
		on(pasteKey, pasteKey, "paste the address where the browser ended", "paste", func(s *Screen) tea.Cmd {
			s.flash = "p pastes on the Consent page while it waits for your browser."
			return nil
		}),
		on("r", "r", "do this step again", "again", (*Screen).askAgain),
		on("g", "g", "go to the step where it can be fixed", "", (*Screen).goToMender),
		on("t", "t", "this step's lesson", "lesson", lay(reading)),
		on("l", "l", "the log of calls", "log", lay(listing)),
		on("m", "m", "mask account, e-mail and subject (for a projector)", "", (*Screen).toggleMask),
		on("?", "?", "all keys", "help", lay(helping)),
		on("q ctrl+c", "q, ctrl+c", "leave; press twice to leave at once", "leave", (*Screen).leave),
		on("ctrl+z", "ctrl+z", "back to the shell; fg returns (not on Windows)", "", nil),
		on("ctrl+l", "ctrl+l", "redraw the screen", "", nil),
		on("esc", "esc", "leave a field, or go back", "", func(*Screen) tea.Cmd { return nil }),
	}
}

// readerKeys hold while a text lies over the page.
func readerKeys() []binding {
	lift := func(s *Screen) tea.Cmd { s.lift(); return nil }
	copies := on("c", "c", "", "copy", func(s *Screen) tea.Cmd { return s.desktop.copy(s.page().raw) })
	copies.when = func(s *Screen) bool { return s.text.overlay == showing }
	back, hide := on("esc", "esc", "", "back", lift), on("m", "m", "", "", (*Screen).toggleMask)
	back.early, hide.early = true, true // to hide something is always in time
	return []binding{on("up down", "↑↓", "", "scroll", nil), copies, back, hide,
		on("enter", "enter", "", "", lift), on("q", "q", "", "", (*Screen).leave)}
}

// overlayKeys are those of an overlay.
func overlayKeys(o overlay) []binding {
	switch o {
	case none:
		return nil
	case leaving:
		return leavingKeys()
	case again:
		return againKeys()
	}
	return readerKeys()
}

// leavingKeys hold while the person is asked what should become of running work.
func leavingKeys() []binding {
	stay := on("esc", "esc", "keep waiting", "back", func(s *Screen) tea.Cmd { s.lift(); return nil })
	stay.early = true
	cleanUp := on("x", "x", "leave and clean up", "", func(s *Screen) tea.Cmd {
		s.run.Choose(steps.CleanUp)
		return tea.Quit
	})
	cleanUp.when = func(s *Screen) bool { return s.looking != steps.Cleanup && !s.run.Forgettable() }
	return []binding{stay, on("q", "q", "leave, resume later", "leave", (*Screen).leave), cleanUp}
}

// againKeys hold while the person is asked whether to do a step again.
func againKeys() []binding {
	lift := func(s *Screen) tea.Cmd { s.lift(); return nil }
	back := on("esc", "esc", "", "back", lift)
	back.early = true
	return []binding{back, on("y", "y", "do it again", "", func(s *Screen) tea.Cmd {
		s.text.overlay = none
		return s.person.does(s.looking, engine.Again{})
	}), on("n", "n", "", "", lift), on("q", "q", "", "", (*Screen).leave)}
}

// fieldKeys hold while a field has the keys; the others are text.
func fieldKeys() []binding {
	reveal := on("ctrl+r", "ctrl+r", "", "reveal", func(s *Screen) tea.Cmd {
		if s.desktop.Record != nil {
			s.flash = "The secret stays hidden in a recording."
			return nil
		}
		s.field.reveal()
		return nil
	})
	reveal.when = func(s *Screen) bool { return s.asking() != nil && s.asking().Secret }
	return []binding{
		on("enter", "enter", "", "send", func(s *Screen) tea.Cmd { return s.answerTyped() }), reveal,
		on("esc", "esc", "", "commands", func(s *Screen) tea.Cmd { s.field.leave(); return nil }),
	}
}

// find returns the binding of a key in a table.
func find(table []binding, s *Screen, msg tea.KeyPressMsg) (binding, bool) {
	i := slices.IndexFunc(table, func(b binding) bool { return key.Matches(msg, b.Binding) && (b.when == nil || b.when(s)) })
	if i < 0 {
		return binding{}, false
	}
	return table[i], true
}
