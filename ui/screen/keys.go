package screen

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// key gives a key its one meaning. A focused field owns printable keys, Tab and Enter;
// commands then need Esc or Ctrl.
func (s *Screen) key(msg tea.KeyPressMsg) tea.Cmd {
	name := msg.String()
	if !s.field.typing && !s.filtering() {
		msg, name = withoutCase(msg)
	}
	early, held := s.guard.press(name, msg.IsRepeat)
	s.flash, s.lastKey = "", name
	if s.field.typing && s.text.overlay == none { // what is typed is nobody's business
		s.lastKey = "typing"
	}
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
	case q == nil && name == "enter" && (early || held) && s.status().State == engine.Ready: // for the page before
		s.flash = tooSoon
		return nil
	case q == nil:
	case s.field.typing && (early || held && name == "enter"), !s.field.typing && (early || held) && answers(q, name):
		s.flash = tooSoon
		return nil
	case s.field.typing:
		return s.fieldKey(q, msg)
	default:
		if cmd, taken := s.answerKey(q, name); taken {
			return cmd
		}
	}
	return s.pageKey(msg)
}

// withoutCase makes a letter small: Caps Lock changes no meaning.
func withoutCase(msg tea.KeyPressMsg) (tea.KeyPressMsg, string) {
	name := msg.String()
	if len(msg.Text) == 1 && msg.Text >= "A" && msg.Text <= "Z" && msg.Mod&^(tea.ModShift|tea.ModCapsLock) == 0 {
		msg.Text = strings.ToLower(msg.Text)
		msg.Code, msg.ShiftedCode, msg.Mod = rune(msg.Text[0]), 0, 0
		name = msg.Text
	}
	return msg, name
}

// fieldKey types, or does what the key does in a field.
func (s *Screen) fieldKey(q *engine.Question, msg tea.KeyPressMsg) tea.Cmd {
	switch name := msg.String(); name {
	case "enter":
		return s.answer(q, engine.Answer(s.field.Value()))
	case "esc":
		s.field.leave()
		return nil
	case "ctrl+r":
		s.flash = s.field.reveal(q, s.desktop.Record != nil)
		return nil
	case "up", "down", "pgup", "pgdown": // the page scrolls behind the field
		s.text.scroll(name)
		return nil
	}
	var cmd tea.Cmd
	s.field.Model, cmd = s.field.Update(msg)
	s.field.refusal = ""
	return cmd
}

// answers says whether the key would answer a question that needs no field.
func answers(q *engine.Question, name string) bool {
	return name == "enter" || offers(q, name) || pastes(q) && name == pasteKey
}

// pastes says that the question takes an address besides its choices.
func pastes(q *engine.Question) bool { return q != nil && q.Kind == engine.Menu && q.Check != nil }

// offers says whether the question has a choice with that key.
func offers(q *engine.Question, key string) bool {
	if q == nil {
		return false
	}
	_, ok := ui.ChoiceFor(*q, key)
	return ok
}

// offersChoice says whether the question has a choice.
func offersChoice(q *engine.Question, a engine.Answer) bool {
	if q == nil {
		return false
	}
	for _, c := range ui.Options(*q) {
		if c.ID == a {
			return true
		}
	}
	return false
}

// answerKey answers a question that needs no field.
func (s *Screen) answerKey(q *engine.Question, name string) (cmd tea.Cmd, taken bool) {
	primary, byEnter := s.view().primary(*q)
	switch {
	case name == "b": // the screen explains what the browser shows
		return nil, false
	case name == "esc" && q.Back != "":
		return s.answer(q, q.Back), true
	case name == "enter" && q.Kind == engine.Text:
		return s.field.focus(), true
	case name == "enter" && q.Name == "next" && s.stage:
		s.flash = "Enter does not leave on a stage; q does."
		return nil, true
	case name == "enter" && byEnter:
		return s.answer(q, primary), true
	case name == "enter" && q.Kind == engine.Pause:
		return s.answer(q, q.Default), true
	case name == "enter":
		s.flash = "Choose with one of the keys shown."
		if primary != "" {
			s.flash = "Press " + ui.KeyOf(primary) + " for that. Enter does nothing here, in case it was a slip."
		}
		return nil, true
	}
	if id, ok := ui.ChoiceFor(*q, name); ok {
		return s.answer(q, id), true
	}
	return nil, false
}

// pageKey is a key that means the same on every page.
func (s *Screen) pageKey(msg tea.KeyPressMsg) tea.Cmd {
	if at := s.text.YOffset(); s.text.scroll(msg.String()) {
		if s.text.YOffset() == at {
			s.flash = "There is no more to scroll to on this page."
		}
		return nil
	}
	b, found := find(msg)
	if !found || b.do == nil {
		s.flash = "The key " + msg.String() + " does nothing here; ? lists the keys that do."
		return nil
	}
	return b.do(s)
}

// paste goes into the field, which opens for it where a text is wanted.
func (s *Screen) paste(content string) {
	s.guard.last = "paste" // a key after it is not the one before, held
	q := s.asking()
	if q == nil || s.text.overlay.covers() || s.hidden() {
		s.flash = "There is nothing to paste into here."
		return
	}
	if s.text.overlay == symptomList {
		s.lift()
	}
	switch {
	case s.field.typing:
	case pastes(q):
		s.field.openPaste()
	case q.Kind == engine.Text:
		s.field.focus()
	default:
		return
	}
	if q.Kind == engine.Text && severalLines(content) {
		s.field.refusal = "You pasted several lines. Paste the value alone, on one line."
		return
	}
	s.field.paste(content)
}
