package screen

import (
	tea "charm.land/bubbletea/v2"

	"agentcore-3lo/internal/vendors"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// overlayKey is for what lies over the page. A stray key neither leaves, nor stays, nor
// does anything again.
func (s *Screen) overlayKey(msg tea.KeyPressMsg, stray bool) (cmd tea.Cmd) {
	if s.filtering() {
		s.filterKey(msg)
		return nil
	}
	covers := s.text.overlay.covers()
	switch name := msg.String(); {
	case name == "esc":
		s.lift()
	case name == "m":
		s.flash, cmd = toggleMask(s.run)
	case stray && (!covers || name == "q"):
		s.flash = tooSoon
	case !covers && s.text.overlay == symptomList:
		return s.symptomKey(name)
	case !covers:
		return s.askedKey(name)
	case name == "q":
		return s.leave()
	case name == "c":
		text, said := s.copied(s.page().raw, s.run.Command("token"))
		if s.flash = said; said == "" {
			return s.desktop.copy(text)
		}
	default:
		lift, said := s.texts.key(name, s.looking)
		if lift {
			s.lift()
		}
		s.flash = said
	}
	return cmd
}

// askedKey answers what should become of running work, or whether to do the step again.
func (s *Screen) askedKey(name string) tea.Cmd {
	isLeaving := s.text.overlay == leaving
	switch {
	case name == "q":
		return s.leave()
	case name == "n", name == "enter" && isLeaving:
		s.lift()
	case name == "y" && !isLeaving:
		s.text.overlay = none
		return s.person.does(s.looking, engine.Again{})
	case !isLeaving:
		s.flash = "Press y to do it again, or n."
	case name != "x":
		s.flash = "Choose with one of the keys shown."
	case s.looking == steps.Cleanup || s.run.Forgettable():
		s.flash = "There is nothing to clean up first."
	default:
		s.run.Choose(steps.CleanUp)
		return tea.Quit
	}
	return nil
}

// symptomKey picks what the browser shows, or carries out the remedy.
func (s *Screen) symptomKey(name string) tea.Cmd {
	place, said := s.symptoms.key(name, s.run.Now().Reached)
	if s.flash = said; place == "" {
		return nil
	}
	s.lift()
	q := s.asking()
	switch {
	case place == vendors.Far:
		s.field.openPaste()
	case place != vendors.Link:
		return s.fix(steps.FixedAt(place))
	case q != nil && q.Name == "consent":
		return s.answer(q, "new-link")
	default:
		s.flash = "The link is no longer waited for."
	}
	return nil
}
