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

// primaryKey is Enter: begin what is ready, fix what failed, or go on.
func (s *Screen) primaryKey() tea.Cmd {
	st := s.status()
	if s.back != "" && st.State == engine.Done {
		return s.goBack()
	}
	switch st.State {
	case engine.Ready, engine.Stale:
		return s.begin(st)
	case engine.Failed:
		if fix := st.Failure.Fix; fix != "" && s.pages[fix] != nil {
			return s.fix(fix)
		}
		return s.person.does(s.looking, engine.Go{})
	case engine.Asking:
		s.flash = "Choose with one of the keys shown."
		return nil
	}
	if s.over() {
		return tea.Quit
	}
	if s.onward() == s.looking {
		s.flash = "This step needs nothing from you at present."
		return nil
	}
	return s.look(s.onward())
}

// begin starts the step on the screen, or says what is missing.
func (s *Screen) begin(st engine.Status) tea.Cmd {
	if failed := s.failedElsewhere(); failed.ID != "" {
		cmd := s.look(failed.ID)
		s.flash = "Nothing new begins before this is fixed."
		return cmd
	}
	cmd := s.person.does(s.looking, engine.Go{})
	then, _ := s.m.Next(engine.Event{Step: s.looking, Body: engine.Go{}})
	if then.Of(s.looking).State == st.State {
		s.flash = "A step before it is not done."
		if need := s.missing(); need.ID != "" {
			s.flash = fmt.Sprintf("Step %d is not done: it is %s.", steps.Number(need.ID), s.word(need))
		}
	}
	if s.looking == steps.Overview { // calls nothing: straight on
		return tea.Batch(cmd, s.look(s.neighbour(1)), s.person.does(steps.Prerequisites, engine.Go{}))
	}
	return cmd
}

// fix goes to the step where something can be fixed, and begins it. Enter leads back
// afterwards.
func (s *Screen) fix(at engine.ID) tea.Cmd {
	from := s.looking
	cmd := s.look(at)
	s.back = from
	return tea.Batch(cmd, s.person.does(at, engine.Again{}))
}

// goBack returns to the step from which the person came to fix something, and goes on
// with it.
func (s *Screen) goBack() tea.Cmd {
	to := s.back
	s.back = ""
	cmd := s.look(to)
	if st := s.m.Of(to); st.State == engine.Failed || st.State == engine.Ready || st.State == engine.Stale {
		return tea.Batch(cmd, s.person.does(to, engine.Go{}))
	}
	return cmd
}

// answer gives it, or says why it will not do.
func (s *Screen) answer(q *engine.Question, a engine.Answer) tea.Cmd {
	a = cmp.Or(engine.Answer(strings.TrimSpace(string(a))), q.Default)
	if s.field.refusal = ui.Refusal(*q, a); s.field.refusal != "" {
		return nil
	}
	s.page().opened = s.page().opened || a == "open"
	if q.Kind == engine.Text && !q.Secret {
		s.page().entered = string(a)
	}
	s.field.follows = q.Kind == engine.Text && s.field.typing
	s.field.close()
	return s.person.answers(s.looking, a)
}

// leave asks what should become of running work; a second time leaves.
func (s *Screen) leave() tea.Cmd {
	if id, q := s.final(); q != nil {
		return s.person.answers(id, q.Default)
	}
	if s.text.overlay == leaving || !s.m.Busy() {
		return tea.Quit
	}
	s.text.under = nil
	s.lift()
	s.text.overlay = leaving
	s.guard.renew()
	return nil
}

// cleanUp leaves the walkthrough for the cleanup, which asks.
func (s *Screen) cleanUp() tea.Cmd {
	switch q := s.asking(); {
	case s.looking == steps.Cleanup:
		s.flash = "This is the cleanup."
		return nil
	case offersChoice(q, "cleanup"):
		return s.answer(q, "cleanup")
	case s.run.Forgettable():
		s.flash = "Nothing was created, so there is nothing to clean up."
		return nil
	case s.m.Busy():
		return s.leave() // which offers it
	}
	s.run.Choose(steps.CleanUp)
	return tea.Quit
}

// askAgain asks whether to do the step again. A failed one is tried as it is.
func (s *Screen) askAgain() tea.Cmd {
	switch st := s.status(); {
	case offersChoice(s.asking(), "again"):
		return s.answer(s.asking(), "again")
	case st.State == engine.Failed:
		return s.person.does(s.looking, engine.Go{})
	case st.State == engine.Done, st.State == engine.Stale, st.State == engine.Asking:
		s.text.overlay = again
		s.guard.renew()
	default:
		s.flash = "a does a step again that is done or asks you. This one: " + s.word(st) + "."
	}
	return nil
}

// toggleMask hides who it is, or shows it again, also after a restart.
func toggleMask(r ui.Run) (said string, keep tea.Cmd) {
	masked := !r.Now().Masked
	r.SetMask(masked)
	said = "Account, name, e-mail and picture are shown again."
	if masked {
		said = "Account, name, e-mail and picture are hidden. m shows them."
	}
	return said, func() tea.Msg {
		if err := r.KeepMask(); err != nil {
			return flashMsg(err.Error())
		}
		return nil
	}
}
