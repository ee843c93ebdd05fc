package screen

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/terminal"
)

func echo(secret bool) textinput.EchoMode {
	if secret {
		return textinput.EchoPassword
	}
	return textinput.EchoNormal
}

const tooSoon = "That key came before the question did. Press it again if you meant it."

// key gives a key its one meaning. A focused field owns printable keys, Tab
// and Enter; commands then need esc or ctrl.
func (s *Screen) key(msg tea.KeyPressMsg) tea.Cmd {
	name := msg.String()
	early, held := time.Since(s.fresh) < terminal.Grace, s.isHeld(name) || msg.IsRepeat
	s.key0, s.pressed, s.flash = name, time.Now(), ""
	switch {
	case s.hidden():
		return s.hiddenKey(name, early || held)
	case name == "ctrl+c":
		return s.leave()
	case s.overlay != none:
		return s.overlayKey(name, early || held)
	case name == "ctrl+v":
		return s.fromClipboard()
	}
	q := s.asking()
	switch {
	case q == nil:
	case s.typing && (early || held && name == "enter"), !s.typing && (early || held) && answers(q, name):
		s.flash = tooSoon
		return nil
	case s.typing:
		return s.fieldKey(msg)
	default:
		if cmd, taken := s.answerKey(q, name); taken {
			return cmd
		}
	}
	return s.command(name)
}

// isHeld says that the key repeats because it is held down: it follows itself
// faster than anybody presses a key twice.
func (s *Screen) isHeld(name string) bool { return name == s.key0 && time.Since(s.pressed) < repeatGap }

// hidden says that the window is too small to show anything: nothing can be
// answered then.
func (s *Screen) hidden() bool { return s.width < minWidth || s.height < minHeight }

// hiddenKey leaves, on the second press where work is under way.
func (s *Screen) hiddenKey(name string, stray bool) tea.Cmd {
	switch {
	case name == "ctrl+c" || name == "q" && !stray:
		return s.leave()
	case s.overlay == leaving:
		s.lift()
	}
	return nil
}

// hasField says that a field has the keys.
func (s *Screen) hasField() bool { return s.typing && s.overlay == none && !s.hidden() }

// fromClipboard pastes, where the terminal does not do it on Ctrl-V.
func (s *Screen) fromClipboard() tea.Cmd {
	read := s.clip
	return func() tea.Msg {
		if text, here := read(); here {
			return tea.PasteMsg{Content: text}
		}
		return tea.ReadClipboard()
	}
}

func (s *Screen) fieldKey(msg tea.KeyPressMsg) tea.Cmd {
	q := s.asking()
	if q == nil {
		s.closeField()
		return nil
	}
	switch msg.String() {
	case "enter":
		return s.answer(q, engine.Answer(s.field.Value()))
	case "esc":
		s.typing, s.pasting = false, false
		s.field.Blur()
		return nil
	case "up", "down", "pgup", "pgdown": // the page scrolls behind the field
		s.scrollKey(msg.String())
		return nil
	case "ctrl+r":
		if q.Secret {
			s.field.EchoMode = textinput.EchoPassword - s.field.EchoMode // reveal, or hide again
		}
		return nil
	}
	var cmd tea.Cmd
	s.field, cmd = s.field.Update(msg)
	s.refusal = ""
	return cmd
}

// paste goes into the field. Line breaks and spaces around it are dropped.
func (s *Screen) paste(content string) tea.Cmd {
	q := s.asking()
	if q == nil || s.overlay != none || s.hidden() {
		s.flash = "What you pasted is of no use here."
		return nil
	}
	if !s.typing && q.Kind == engine.Menu && q.Check != nil {
		s.beginPaste()
	}
	if s.typing && q.Kind == engine.Text && severalLines(content) {
		s.refusal = "You pasted several lines. Paste the value alone, on one line."
		return nil
	}
	if s.typing {
		if s.refusal != "" { // what was refused makes room
			s.field.Reset()
			s.refusal = ""
		}
		s.field.SetValue(s.field.Value() + strings.TrimSpace(strings.Map(visible, content)))
		s.field.CursorEnd()
	}
	return nil
}

// severalLines says that a text is more than one value. An address may be broken
// over lines where it was copied from; an id or a secret is not.
func severalLines(content string) bool {
	return strings.ContainsAny(strings.TrimSpace(content), "\r\n")
}

// visible drops line breaks, controls and what has no shape of its own: none of
// it belongs into an id, a secret or an address.
func visible(r rune) rune {
	if !unicode.IsGraphic(r) {
		return -1
	}
	return r
}

func (s *Screen) beginPaste() {
	s.typing, s.pasting = true, true
	s.field.Reset()
	s.field.EchoMode = textinput.EchoNormal
	s.field.Focus()
}

// answers says whether the key would answer a question that needs no field.
func answers(q *engine.Question, name string) bool {
	return name == "enter" || offers(q, name) || q.Check != nil && name == "p"
}

// answerKey answers a question that needs no field.
func (s *Screen) answerKey(q *engine.Question, name string) (tea.Cmd, bool) {
	if name == "esc" && q.Back != "" {
		return s.answer(q, q.Back), true
	}
	if id, ok := ui.ChoiceFor(*q, name); ok {
		return s.answer(q, id), true
	}
	switch q.Kind {
	case engine.Confirm:
		if name == "enter" {
			return s.answer(q, ""), true
		}
	case engine.Pause:
		if name == "enter" {
			return s.answer(q, q.Default), true
		}
	case engine.Text:
		if name == "enter" {
			s.typing = true
			return s.field.Focus(), true
		}
	case engine.Menu:
		if name == "enter" && q.Default != "" {
			return s.answer(q, q.Default), true
		}
		if name == "p" && q.Check != nil {
			s.beginPaste()
			return nil, true
		}
	}
	return nil, false
}

// command is a key that means the same everywhere.
func (s *Screen) command(name string) tea.Cmd {
	if s.scrollKey(name) {
		return nil
	}
	switch name {
	case "enter":
		return s.primary()
	case "tab", "right":
		return s.look(s.neighbour(1))
	case "shift+tab", "left":
		return s.look(s.neighbour(-1))
	case "o":
		return s.openLink()
	case "c":
		return s.copyLink()
	case "u":
		return s.bareLink()
	case "g":
		return s.goToMender()
	case "t":
		s.lay(reading)
	case "l":
		s.lay(listing)
	case "m":
		return s.mask()
	case "esc": // there is nothing to come back from
	case "p":
		s.flash = "p pastes on the page of the consent, while it waits for your browser."
	case "r":
		if st := s.m.Of(s.looking).State; st == engine.Done || st == engine.Stale || st == engine.Asking {
			s.overlay, s.fresh = again, time.Now()
		} else {
			s.flash = "r does a step again that is done or asks you. This one: " + s.word(s.m.Of(s.looking)) + "."
		}
	case "?":
		s.lay(helping)
	case "q":
		return s.leave()
	default:
		s.flash = "The key " + name + " does nothing here; ? names those that do."
	}
	return nil
}

// primary is Enter: begin what is ready, try again what failed, or go on.
func (s *Screen) primary() tea.Cmd {
	switch st := s.m.Of(s.looking); st.State {
	case engine.Ready, engine.Failed, engine.Stale:
		if failed := s.failedElsewhere(); failed.ID != "" && st.State != engine.Failed {
			cmd := s.look(failed.ID)
			s.flash = "Nothing new begins before this is mended."
			return cmd
		}
		cmd := s.take(engine.Event{Step: s.looking, Time: time.Now(), Body: engine.Go{}})
		if now := s.m.Of(s.looking); now.State == st.State && st.State != engine.Failed {
			s.flash = s.missing()
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

// missing says which step has to be done before this one.
func (s *Screen) missing() string {
	step, _ := steps.Find(s.looking)
	for _, need := range step.Needs {
		if st := s.m.Of(need); st.State != engine.Done && st.ID != "" {
			return fmt.Sprintf("First step %d is to be done: it is %s.", steps.Number(need), s.word(st))
		}
	}
	return "Something before it is to be done first."
}

// over says that Enter has nothing left to go on to.
func (s *Screen) over() bool { return s.onward() == s.looking && s.m.Complete() }

// onward is the page that Enter goes on to: the next one in order, so that the
// tutorial is read as it was written; from the last one, and from one that
// waits for others, where the person is needed.
func (s *Screen) onward() engine.ID {
	next := s.neighbour(1)
	if next != s.looking && s.m.Of(s.looking).State != engine.Waiting {
		return next
	}
	for _, st := range s.m.Steps() {
		if st.State == engine.Asking || st.State == engine.Failed {
			return st.ID
		}
	}
	return next
}

// mender is the step at which what is wrong on this page can be mended.
func (s *Screen) mender() engine.ID {
	if st := s.m.Of(s.looking); st.State == engine.Failed {
		return st.Failure.Mender
	}
	return s.pages[s.looking].mender
}

func (s *Screen) goToMender() tea.Cmd {
	to := s.mender()
	if to == "" || s.pages[to] == nil {
		s.flash = "No other step can fix this."
		return nil
	}
	cmd := s.look(to)
	s.flash = "Mend it here: r does this step again."
	return cmd
}

// lay puts a text over the page, read from its top.
func (s *Screen) lay(o overlay) {
	if !s.overlay.covers() {
		s.below = s.body.YOffset()
	}
	s.overlay, s.fresh = o, time.Now()
	s.body.GotoTop()
}

// lift takes the text away: the page stands as it stood.
func (s *Screen) lift() {
	if s.overlay.covers() {
		s.body.SetContent(s.content("", s.body.Width()-1))
		s.body.SetYOffset(s.below)
	}
	s.overlay, s.fresh = none, time.Now()
}

func (s *Screen) neighbour(by int) engine.ID {
	all := s.m.Steps()
	for i, st := range all {
		if st.ID == s.looking {
			return all[min(max(i+by, 0), len(all)-1)].ID
		}
	}
	return s.looking
}

// forgettable says that the run has created nothing: it is forgotten when the
// person leaves.
func (s *Screen) forgettable() bool {
	return !s.run.Now().Begun && s.run.Name != "" // cleanup --all has none
}

// leave asks what should become of running work; a second time leaves.
func (s *Screen) leave() tea.Cmd {
	if s.overlay == leaving || !s.m.Busy() {
		return tea.Quit
	}
	if id, q := s.final(); q != nil {
		runner := s.runner
		return func() tea.Msg { runner.Answer(id, q.Default); return nil }
	}
	s.lift()
	s.overlay = leaving
	return nil
}

// final is the only thing that is open, if that is a question for which nothing
// waits.
func (s *Screen) final() (id engine.ID, q *engine.Question) {
	for _, st := range s.m.Steps() {
		switch {
		case st.State == engine.Running, st.State == engine.Asking && !st.Question.Final:
			return "", nil
		case st.State == engine.Asking:
			id, q = st.ID, st.Question
		}
	}
	return id, q
}

// overlayKey is for what lies over the page. A stray key neither leaves, nor
// stays, nor does anything again.
func (s *Screen) overlayKey(name string, stray bool) tea.Cmd {
	switch {
	case name == "esc":
		s.lift()
	case s.overlay.covers() && s.scrollKey(name):
	case s.overlay.covers() && name == "m": // to hide something is always in time
		return s.mask()
	case stray:
		s.flash = tooSoon
	case name == "q":
		return s.leave()
	case s.overlay == leaving && name == "x" && s.looking != steps.Cleanup && !s.forgettable():
		s.run.Choose(steps.CleanUp)
		return tea.Quit
	case s.overlay == again && name == "y":
		s.overlay = none
		return s.take(engine.Event{Step: s.looking, Time: time.Now(), Body: engine.Again{}})
	case s.overlay == again && name == "n", s.overlay.covers() && name == "enter":
		s.lift()
	case s.overlay == showing && name == "c":
		return s.copies(s.pages[s.looking].raw)
	case s.overlay.covers():
		s.flash = "The key " + name + " does nothing here; esc goes back."
	}
	return nil
}

// scrollKey moves the text, if the key does that.
func (s *Screen) scrollKey(name string) bool {
	switch name {
	case "down":
		s.body.ScrollDown(1)
	case "up":
		s.body.ScrollUp(1)
	case "pgdown", "space":
		s.body.PageDown()
	case "pgup":
		s.body.PageUp()
	case "home":
		s.body.GotoTop()
	case "end":
		s.body.GotoBottom()
	default:
		return false
	}
	return true
}

// link is the address that this page shows.
func (s *Screen) link() string {
	if p := s.pages[s.looking]; p != nil && p.link != nil {
		return p.link.URL
	}
	return ""
}

const noLink = "There is no link on this page at present."

func (s *Screen) openLink() tea.Cmd {
	link, open, off := s.link(), s.open, s.run.NoBrowser
	if link == "" {
		s.flash = noLink
		return nil
	}
	link = cmp.Or(s.pages[s.looking].link.Open, link)
	return func() tea.Msg {
		if off {
			return flashMsg("--no-browser is set; open the link yourself.")
		}
		if err := open(link); err != nil {
			return flashMsg("The browser did not open: " + err.Error() + ". Copy the link with c.")
		}
		return flashMsg("Handed to your browser.")
	}
}

func (s *Screen) copyLink() tea.Cmd {
	if s.link() == "" {
		s.flash = noLink
		return nil
	}
	return s.copies(s.link())
}

func (s *Screen) copies(text string) tea.Cmd {
	copy := s.copy
	return tea.Batch(tea.SetClipboard(text), func() tea.Msg { return flashMsg(copy(text)) })
}

// mask hides who it is, or shows it again, also after a restart.
func (s *Screen) mask() tea.Cmd {
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

func (s *Screen) bareLink() tea.Cmd {
	if s.link() == "" {
		s.flash = noLink
		return nil
	}
	bare := &terminal.LoneText{Context: s.ctx, In: s.in, Text: s.link()}
	return tea.Exec(bare, func(error) tea.Msg { return backMsg{bare.Key} })
}
