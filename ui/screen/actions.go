package screen

import (
	"cmp"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// primary is Enter: begin what is ready, try again what failed, or go on.
func (s *Screen) primary() tea.Cmd {
	switch st := s.status(); st.State {
	case engine.Ready, engine.Failed, engine.Stale:
		if failed := s.failedElsewhere(); failed.ID != "" && st.State != engine.Failed {
			cmd := s.look(failed.ID)
			s.flash = "Nothing new begins before this is fixed."
			return cmd
		}
		cmd := s.person.does(s.looking, engine.Go{})
		then, _ := s.m.Next(engine.Event{Step: s.looking, Body: engine.Go{}})
		if then.Of(s.looking).State == st.State && st.State != engine.Failed {
			s.flash = "A step before it is not done."
			if need := s.missing(); need.ID != "" {
				s.flash = fmt.Sprintf("Step %d is not done: it is %s.", steps.Number(need.ID), s.word(need))
			}
		}
		if s.looking == steps.Overview { // calls nothing: straight on
			return tea.Batch(cmd, s.look(s.neighbour(1)))
		}
		return cmd
	case engine.Asking:
		s.flash = "Choose with one of the keys shown."
		return nil
	}
	if s.over() {
		return tea.Quit
	}
	return s.look(s.onward())
}

// answerTyped answers with what is in the field.
func (s *Screen) answerTyped() tea.Cmd {
	q := s.asking()
	if q == nil {
		s.field.close()
		return nil
	}
	return s.answer(q, engine.Answer(s.field.Value()))
}

// answer gives it, or says why it will not do.
func (s *Screen) answer(q *engine.Question, a engine.Answer) tea.Cmd {
	a = cmp.Or(engine.Answer(strings.TrimSpace(string(a))), q.Default)
	if s.field.refusal = ui.Refusal(*q, a); s.field.refusal != "" {
		return nil
	}
	s.page().news = nil
	s.field.close()
	return s.person.answers(s.looking, a)
}

// leave asks what should become of running work; a second time leaves.
func (s *Screen) leave() tea.Cmd {
	if s.text.overlay == leaving || !s.m.Busy() {
		return tea.Quit
	}
	if id, q := s.final(); q != nil {
		return s.person.answers(id, q.Default)
	}
	s.lift()
	s.text.overlay = leaving
	return nil
}

// askAgain asks whether to do the step again.
func (s *Screen) askAgain() tea.Cmd {
	switch st := s.status(); st.State {
	case engine.Done, engine.Stale, engine.Asking:
		s.text.overlay = again
		s.guard.renew()
	default:
		s.flash = "r does a step again that is done or asks you. This one: " + s.word(st) + "."
	}
	return nil
}

func (s *Screen) goToMender() tea.Cmd {
	to := mender(s.status(), s.page())
	if to == "" || s.pages[to] == nil {
		s.flash = "No other step can fix this."
		return nil
	}
	cmd := s.look(to)
	s.flash = "Fix it here: r does this step again."
	return cmd
}

// toggleMask hides who it is, or shows it again, also after a restart.
func (s *Screen) toggleMask() tea.Cmd {
	masked, keep := !s.run.Now().Masked, s.run.KeepMask
	s.run.SetMask(masked)
	s.flash = "Account, e-mail and subject are shown again."
	if masked {
		s.flash = "Account, e-mail and subject are hidden. m shows them."
	}
	return func() tea.Msg {
		if err := keep(); err != nil {
			return flashMsg(err.Error())
		}
		return nil
	}
}
