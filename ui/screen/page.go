package screen

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/words"
)

// record keeps what an event says on its step's page.
func (s *Screen) record(e engine.Event) {
	p := s.pages[e.Step]
	if p == nil {
		return
	}
	line := func(text string) { p.lines = append(p.lines, e.Time.Format("15:04:05")+"  "+text) }
	say := func(said string) {
		said = text.Clean(said)
		p.news, p.notes = append(p.news, said), append(p.notes, said)
		line(said)
	}
	switch b := e.Body.(type) {
	case wire.Exchange:
		line(fmt.Sprintf("%s %s  %s", b.Service, b.Operation, ui.CallResult(b)))
	case engine.Answered:
		p.draft = ""
		if e.Step == steps.Cleanup { // the list of what will go makes room for what has gone
			p.notes = nil
		}
	case engine.Finished, engine.Broke:
		p.wait, p.news, p.mender = "", nil, ""
		if p.link != nil && !p.link.Lasts() {
			p.link = nil
		}
		s.top(e.Step)
	case event.Progress:
		if wait := text.CleanLine(words.Line(b)); wait != p.wait {
			p.wait = wait
			line("… " + wait)
		}
	case event.Link:
		p.link = &b
		for _, said := range []string{b.Asks, text.Clean(b.Far)} { // it stands with the link
			if said != "" {
				p.news = slices.DeleteFunc(p.news, func(note string) bool { return note == said })
				p.lines = slices.DeleteFunc(p.lines, func(line string) bool { return strings.HasSuffix(line, "  "+said) })
			}
		}
	case steps.Plan:
		p.plan, p.link = &b, nil
		s.top(e.Step)
	case event.Result:
		p.result = &b
		s.top(e.Step)
	case event.Verbatim:
		p.raw = b.Text
		if e.Step == s.looking {
			s.lay(showing)
		}
	case event.Note:
		p.mender = engine.ID(b.Fix)
		say(words.Line(b))
	case event.Fact, event.Change, event.Warning:
		p.mender = ""
		say(words.Line(b))
	}
}

// top turns to the beginning of a page that has something new there.
func (s *Screen) top(id engine.ID) {
	switch {
	case id != s.looking:
	case s.overlay.covers():
		s.below = 0
	default:
		s.body.GotoTop()
	}
}

// question prepares the field, or the keys, for a question.
func (s *Screen) question(q engine.Question) tea.Cmd {
	s.refusal, s.fresh, s.pasting = "", time.Now(), false
	s.field.Reset()
	s.typing = q.Kind == engine.Text
	if !s.typing {
		return nil
	}
	s.field.EchoMode = echo(q.Secret)
	s.field.SetValue(s.pages[s.looking].draft)
	s.field.CursorEnd()
	return s.field.Focus()
}

func (s *Screen) closeField() {
	s.typing, s.pasting = false, false
	s.field.Reset()
	s.field.Blur()
}

// asking is the open question of the page on the screen, or nil.
func (s *Screen) asking() *engine.Question {
	if st := s.m.Of(s.looking); st.State == engine.Asking {
		return st.Question
	}
	return nil
}

// answer gives it, or says why it will not do.
func (s *Screen) answer(q *engine.Question, a engine.Answer) tea.Cmd {
	a = engine.Answer(strings.TrimSpace(string(a)))
	if a == "" {
		a = q.Default
	}
	if s.refusal = ui.Refusal(*q, a); s.refusal != "" {
		return nil
	}
	id, runner := s.looking, s.runner
	s.pages[id].news = nil
	s.closeField()
	return func() tea.Msg { runner.Answer(id, a); return nil }
}

// content is the page's text at a width: the title, what the panel had no room
// for, then result or failure, the lesson, and what happened.
func (s *Screen) content(above string, width int) string {
	step, _ := steps.Find(s.looking)
	st, p := s.m.Of(s.looking), s.pages[s.looking]
	var b strings.Builder
	title := step.Title
	if n := steps.Number(s.looking); n > 0 {
		title = fmt.Sprintf("%d  %s", n, step.Title)
	}
	if s.acting() {
		title += ": open the link"
	}
	b.WriteString(s.style.title.Render(title) + "\n" + above)
	if st.State == engine.Failed {
		style := s.style.bad
		if st.Failure.SaidNo {
			style = s.style.title
		}
		b.WriteString(style.Render(s.laid(ui.RenderFailure(*st.Failure, width), width)) + "\n")
	}
	if st.State == engine.Stale {
		b.WriteString("\n" + ui.Wrap("Stale: "+st.Reason+". Enter renews it.", width, "  "))
	}
	if p.plan != nil {
		b.WriteString(s.laid(ui.RenderPlan(*p.plan, width), width))
	}
	if p.result != nil && st.State != engine.Stale {
		b.WriteString(s.laid(ui.RenderResult(s.maskedResult(*p.result), width), width))
	}
	if s.looking == steps.Cleanup && len(p.notes) > 0 { // what will go, and the proof, before the lesson
		b.WriteString("\n" + s.laid(ui.Note(strings.Join(p.notes, "\n"), width), width))
	}
	if s.acting() {
		b.WriteString("\n")
	} else {
		b.WriteString(s.laid(s.taught(step, width), width))
	}
	if len(p.lines) > 0 {
		b.WriteString(s.style.title.Render("What happened") + "\n\n")
		for _, line := range p.lines {
			b.WriteString(s.laid(ui.Wrap(line, width, "  "), width))
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

// acting says that the page is about an act whose clock runs: its lesson was
// read before, and t shows it again.
func (s *Screen) acting() bool {
	st, p := s.m.Of(s.looking), s.pages[s.looking]
	return p.link != nil && !p.link.Expires.IsZero() && (st.State == engine.Asking || st.State == engine.Running)
}

// lesson is what the step's page teaches.
func (s *Screen) lesson(width int) string {
	step, _ := steps.Find(s.looking)
	return s.style.title.Render(step.Title) + "\n" + s.laid(s.taught(step, width), width)
}

// taught is a step's lesson at a width. It never changes, and is drawn again and
// again, so it is kept.
func (s *Screen) taught(step steps.Step, width int) string {
	key := taughtKey{step.ID, width}
	lesson, kept := s.lessons[key]
	if !kept {
		lesson = ui.RenderLesson(step.Lesson(), width)
		s.lessons[key] = lesson
	}
	return lesson
}

// laid is text as it stands on a page: masked while it is in one piece, then
// folded.
func (s *Screen) laid(text string, width int) string { return ui.Fold(s.masked(text), width) }

// masked hides account, e-mail and subject, for a projector.
func (s *Screen) masked(text string) string {
	if !s.run.Now().Masked {
		return text
	}
	for _, secret := range s.private() {
		text = strings.ReplaceAll(text, secret, strings.Repeat("•", len([]rune(secret))))
	}
	return text
}

// maskedResult masks the profile before it is broken into the lines of a card.
func (s *Screen) maskedResult(r event.Result) event.Result {
	profile := maps.Clone(r.Profile)
	for key, value := range profile {
		if text, ok := value.(string); ok {
			profile[key] = s.masked(text)
		}
	}
	r.Profile, r.Text = profile, s.masked(r.Text)
	return r
}

// private is what the mask hides.
func (s *Screen) private() []string {
	secrets := []string{s.run.Now().Environment.Account}
	if p := s.pages[steps.Invoke]; p != nil && p.result != nil {
		for _, key := range []string{"email", "sub"} {
			if v, ok := p.result.Profile[key].(string); ok {
				secrets = append(secrets, v)
			}
		}
	}
	return slices.DeleteFunc(secrets, func(secret string) bool { return secret == "" })
}
