package screen

import (
	tea "charm.land/bubbletea/v2"

	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// key gives a key its one meaning. A focused field owns printable keys, Tab
// and Enter; commands then need esc or ctrl.
func (s *Screen) key(msg tea.KeyPressMsg) tea.Cmd {
	name := msg.String()
	early, held := s.guard.press(name, msg.IsRepeat)
	s.flash = ""
	switch {
	case s.hidden() && name != "ctrl+c" && (name != "q" || early || held):
		if s.text.overlay == leaving { // any other key stays
			s.lift()
		}
		return nil
	case s.hidden():
		return s.leave() // on the second press where work is under way
	case name == "ctrl+c":
		return s.leave()
	case s.text.overlay != none:
		return s.overlayKey(msg, early || held)
	case name == "ctrl+v":
		return s.desktop.pasteKey()
	}
	q := s.asking()
	switch {
	case q == nil:
	case s.field.typing && (early || held && name == "enter"), !s.field.typing && (early || held) && answers(q, name):
		s.flash = tooSoon
		return nil
	case s.field.typing:
		return s.fieldKey(msg)
	default:
		if cmd, taken := s.answerKey(q, name); taken {
			return cmd
		}
	}
	return s.pageKey(msg)
}

// overlayKey is for what lies over the page. A stray key neither leaves, nor
// stays, nor does anything again.
func (s *Screen) overlayKey(msg tea.KeyPressMsg, stray bool) tea.Cmd {
	covers := s.text.overlay.covers()
	b, found := find(overlayKeys(s.text.overlay), s, msg)
	switch {
	case covers && s.text.scroll(msg.String()):
	case found && (b.early || !stray):
		return b.do(s)
	case stray:
		s.flash = tooSoon
	case covers:
		s.flash = "The key " + msg.String() + " does nothing here; esc goes back."
	}
	return nil
}

// fieldKey types, or does what the key does in a field.
func (s *Screen) fieldKey(msg tea.KeyPressMsg) tea.Cmd {
	if b, found := find(fieldKeys(), s, msg); found {
		return b.do(s)
	}
	switch name := msg.String(); name {
	case "up", "down", "pgup", "pgdown": // the page scrolls behind the field
		s.text.scroll(name)
		return nil
	case "ctrl+r":
		return nil
	}
	var cmd tea.Cmd
	s.field.Model, cmd = s.field.Update(msg)
	s.field.refusal = ""
	return cmd
}

// answers says whether the key would answer a question that needs no field.
func answers(q *engine.Question, name string) bool {
	return name == "enter" || offers(q, name) || q.Check != nil && name == pasteKey
}

// answerKey answers a question that needs no field.
func (s *Screen) answerKey(q *engine.Question, name string) (cmd tea.Cmd, taken bool) {
	if name == "esc" && q.Back != "" {
		return s.answer(q, q.Back), true
	}
	if id, ok := ui.ChoiceFor(*q, name); ok {
		return s.answer(q, id), true
	}
	switch {
	case name == "enter" && q.Kind == engine.Text:
		return s.field.focus(), true
	case name == "enter" && (q.Kind != engine.Menu || q.Default != ""):
		return s.answer(q, q.Default), true
	case name == pasteKey && pastes(q):
		s.field.openPaste()
		return nil, true
	}
	return nil, false
}

// pageKey is a key that means the same on every page.
func (s *Screen) pageKey(msg tea.KeyPressMsg) tea.Cmd {
	if s.text.scroll(msg.String()) {
		return nil
	}
	b, found := find(pageKeys(), s, msg)
	if !found || b.do == nil {
		s.flash = "The key " + msg.String() + " does nothing here; ? lists the keys that do."
		return nil
	}
	return b.do(s)
}

// paste goes into the field, which opens for it where an address is wanted.
func (s *Screen) paste(content string) {
	q := s.asking()
	if q == nil || s.text.overlay != none || s.hidden() {
		s.flash = "There is nothing to paste into here."
		return
	}
	if !s.field.typing && pastes(q) {
		s.field.openPaste()
	}
	switch {
	case !s.field.typing:
	case q.Kind == engine.Text && severalLines(content):
		s.field.refusal = "You pasted several lines. Paste the value alone, on one line."
	default:
		s.field.paste(content)
	}
}
