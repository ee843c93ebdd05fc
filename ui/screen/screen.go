// Package screen is the full-screen front end.
package screen

import (
	"context"
	"strings"
	"time"

	"charm.land/bubbles/v2/viewport"
	tea "charm.land/bubbletea/v2"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/trace"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/terminal"
)

// Screen is the Bubble Tea model: the state of the steps, what was said on each page,
// and where the person looks. It makes no call and reads no file.
type Screen struct {
	ctx     context.Context
	run     ui.Run
	person  person // takes what the person does
	desktop Display
	style   styles

	walk
	texts
	resumed resumed

	field    field
	guard    guard
	flash    string    // the last thing a key did
	symptoms picker    // in the list of what the browser may show
	back     engine.ID // the step to return to, after something was fixed here; "" = none

	sentPage steps.Page // to those who follow
	stage    bool       // pages for a room full of people
	lastKey  string     // that was pressed there

	size
	focused bool // the terminal has the keyboard
}

type (
	eventMsg struct {
		engine.Event
		machine engine.Machine // after it
		shown   chan struct{}  // closed when it has been
	}
	tickMsg  time.Time
	flashMsg string
)

// Transcript is what stays in the scrollback: steps done, resources, profile.
func (s *Screen) Transcript() string {
	said := s.view().mask.hide(s.transcript(s.run, s.width))
	if s.desktop.ASCII {
		return toASCII(said)
	}
	return said
}

// newScreen returns the screen of a walkthrough. Nothing begins before it is shown.
func (d Display) newScreen(ctx context.Context, w Walkthrough) *Screen {
	s := &Screen{ctx: ctx, stage: w.Stage, run: w.Run, desktop: d, style: newStyles(d.NoColor).assume(d.Colors), walk: newWalk(w.Machine),
		texts: texts{text: reader{Model: viewport.New()}}, field: newField(), guard: guard{grace: terminal.Grace}, focused: true, size: size{80, 24}}
	s.covers = covering{lessons: lessons{}, trace: &trace.Trace{}, arrow: 1}
	if w.Run.Trace != nil {
		before, err := w.Run.Trace()
		if err != nil {
			s.flash = "The journal of earlier calls cannot be read: " + err.Error()
		}
		s.covers.trace = before
	}
	if w.Run.Now().Agreed && w.Machine.Page != steps.Cleanup {
		s.resumed = resume(w.Run.Done)
		s.looking = s.resumed.first(w.Machine)
		s.flash = "Resuming run " + w.Run.Name + "."
		if s.resumed[s.looking] {
			s.flash = "Run " + w.Run.Name + " is complete."
		}
	}
	return s
}

// Init begins what begins by itself, and asks the terminal for its colors.
func (s *Screen) Init() tea.Cmd {
	cmds := []tea.Cmd{s.resumed.next(s.m, s.person), tea.RequestBackgroundColor, tea.RequestForegroundColor}
	if s.run.Yes || len(s.m.Steps()) == 1 { // a single page begins by itself
		cmds = append(cmds, s.person.does(s.looking, engine.Visit{}))
	}
	return tea.Batch(cmds...)
}

// Update is the one place where the screen changes.
func (s *Screen) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		if s.hidden() {
			s.guard.renew()
		}
		s.size = size{msg.Width, msg.Height}
	case backMsg:
		s.guard.renew()
		if msg.key != "" {
			return s, s.leave()
		}
	case tea.ClipboardMsg:
		s.paste(msg.Content)
	case tea.BackgroundColorMsg, tea.ForegroundColorMsg, tea.ColorProfileMsg:
		s.style = s.style.answered(msg)
	case tea.FocusMsg:
		s.focused = true
	case tea.BlurMsg:
		s.focused = false
	case tickMsg:
		return s, s.ticked(time.Time(msg))
	case flashMsg:
		s.flash = string(msg)
	case releaseMsg:
		return s, msg.exec()
	case eventMsg:
		defer close(msg.shown)
		return s, tea.Batch(s.show(msg.machine, msg.Event), s.tellPage())
	case tea.PasteMsg:
		s.paste(msg.Content)
	case tea.KeyPressMsg:
		return s, tea.Batch(s.key(msg), s.tellPage())
	}
	return s, nil
}

// tellPage says which page is on the screen, and what Enter does there, to whoever
// follows in another terminal.
func (s *Screen) tellPage() tea.Cmd {
	if s.run.ShowPage == nil { // nobody follows
		return nil
	}
	now := steps.Page{Step: s.looking, Enter: s.view().enterDoes(), Stage: s.stage}
	if now == s.sentPage {
		return nil
	}
	s.sentPage = now
	return func() tea.Msg { s.run.ShowPage(now); return nil }
}

// show takes over what an event has changed.
func (s *Screen) show(after engine.Machine, e engine.Event) tea.Cmd {
	if e.Time.After(s.now) {
		s.now = e.Time
	}
	before := s.status().State
	steps.AddTo(s.covers.trace, s.m, after, e)
	s.m = after
	if s.record(e) || e.Step == s.looking && s.status().State != before {
		s.text.toTop()
	}
	if _, verbatim := e.Body.(event.Verbatim); verbatim && e.Step == s.looking {
		s.lay(showing)
	}
	if st := s.status().State; s.text.overlay == symptomList && (st == engine.Done || st == engine.Failed) {
		s.text.overlay = none // the browser has come back
	}
	unused := s.resumed != nil && s.guard.last == "" // a run was resumed, and nobody has pressed a key yet
	var cmds []tea.Cmd
	if _, turned := e.Body.(engine.Visit); turned && s.run.Yes && e.Step != s.looking {
		cmds = append(cmds, s.look(e.Step)) // pages that turn by themselves
	}
	switch b := e.Body.(type) {
	case engine.Asked:
		if e.Step == s.looking {
			cmds = append(cmds, s.pose(b.Question))
		}
		if unused && e.Step != s.looking { // a resumed run stops somewhere else
			cmds = append(cmds, s.look(e.Step))
		}
		if !s.focused {
			cmds = append(cmds, tea.Raw("\a"))
		}
	case engine.Answered:
		if e.Step == s.looking {
			s.field.close()
		}
	case engine.Broke:
		if unused && e.Step != s.looking {
			cmds = append(cmds, s.look(e.Step))
		}
	}
	passed := s.resumed.next(s.m, s.person)
	over := s.m.Complete() || s.m.Failure() != nil
	if s.run.Yes && !s.run.Stays && over && !s.m.Busy() && passed == nil {
		return tea.Tick(2*s.run.Moment, func(time.Time) tea.Msg { return tea.Quit() })
	}
	if s.run.Choice() != "" && !s.m.Busy() && s.looking != steps.Cleanup {
		return tea.Quit
	}
	return tea.Batch(append(cmds, passed, s.tick())...)
}

// look turns to a page without touching what runs.
func (s *Screen) look(id engine.ID) tea.Cmd {
	if q := s.asking(); q != nil && q.Kind == engine.Text {
		s.page().draft = s.field.Value()
	}
	if s.text.overlay == symptomList {
		s.text.overlay = none
	}
	s.looking, s.flash, s.field.refusal = id, "", ""
	s.field.follows = false
	s.field.close()
	s.text.toTop()
	if q := s.asking(); q != nil {
		return s.pose(*q)
	}
	return nil
}

// pose prepares the field, or the keys, for a question.
func (s *Screen) pose(q engine.Question) tea.Cmd {
	s.guard.renew()
	return s.field.open(q, s.page().draft)
}

// lay puts a text over the page, read from its top.
func (s *Screen) lay(o overlay) {
	if o.covers() {
		s.texts.lay(o, s.looking)
		return
	}
	s.text.overlay, s.symptoms = o, 0
	s.guard.renew()
}

// lift takes the text away: the page is where it was.
func (s *Screen) lift() {
	if !s.text.overlay.covers() { // under a text, the question was there before
		s.guard.renew()
	}
	s.text.lift(s.view().sheet().all())
}

// hasField says that a field has the keys.
func (s *Screen) hasField() bool {
	return s.field.typing && s.text.overlay == none && !s.hidden()
}

// View draws the whole screen.
func (s *Screen) View() tea.View {
	f := s.frame()
	lines, at := f.Render()
	drawn := strings.Join(lines, "\n")
	if s.desktop.ASCII {
		drawn = toASCII(drawn)
	}
	v := tea.NewView(drawn)
	v.AltScreen, v.ReportFocus = true, true
	if s.field.typing && s.text.overlay == none {
		v.Cursor = s.field.cursorOn(v.Content)
	}
	if v.Cursor == nil { // magnifiers and Braille displays follow it
		v.Cursor = tea.NewCursor(f.margin(), at)
		v.Cursor.Blink = false
	}
	v.WindowTitle = strings.TrimSpace("agentcore-3lo " + s.run.Name)
	return v
}

func (s *Screen) view() view {
	v := view{walk: s.walk, run: s.run, style: s.style, mask: maskFor(s.run.Now(), s.result()), field: &s.field, flash: s.flash, width: s.pageWidth(), symptoms: s.symptoms, back: s.back}
	if s.looking == steps.Invoke && s.text.overlay == none {
		v.times = s.covers.times(v)
	}
	return v
}

func (s *Screen) frame() frame {
	covers := s.covers
	covers.style = s.style
	f := frame{size: s.size, view: s.view(), text: &s.text, covers: covers, onStage: s.stage, lastKey: s.lastKey}
	if s.text.overlay == symptomList {
		f.overlaid = symptomSheet
	}
	return f
}
