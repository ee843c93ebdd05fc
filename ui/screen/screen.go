// Package screen is the full-screen front end.
package screen

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/textinput"
	"charm.land/bubbles/v2/viewport"
	tea "charm.land/bubbletea/v2"

	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/terminal"
)

// Screen is the Bubble Tea model: the state machine, what was said on each
// page, and where the person looks. It makes no call and reads no file.
type Screen struct {
	ctx   context.Context
	run   ui.Run
	loop  *engine.Loop          // takes what the person does
	open  func(string) error    // the person's browser
	copy  func(string) string   // copies, and says what it did
	clip  func() (string, bool) // the person's clipboard, if it is on this machine
	in    *terminal.Input
	style styles

	m       engine.Machine
	now     time.Time
	looking engine.ID // the page on the screen
	pages   map[engine.ID]*page
	body    viewport.Model
	field   textinput.Model
	typing  bool   // the field has the keys
	pasting bool   // the field takes a redirected URL for a menu
	refusal string // why the last answer will not do
	overlay overlay
	below   int       // where the page stood under a text that covers it
	flash   string    // the last thing a key did
	focused bool      // the terminal has the keyboard
	fresh   time.Time // when something came up that keys could answer
	pressed time.Time // when the last key was pressed
	key0    string    // and which it was
	width   int
	height  int
	ticking bool
	resumed map[engine.ID]bool // pages that were passed in an earlier process
	lessons map[taughtKey]string
}

type taughtKey struct {
	step  engine.ID
	width int
}

// page is what happened on one step's page.
type page struct {
	lines  []string  // notes and calls, in order
	news   []string  // the notes since the last answer
	notes  []string  // the notes alone
	mender engine.ID // the step at which what is wrong here can be mended
	wait   string
	draft  string // typed before the person looked at another page
	link   *steps.URL
	plan   *steps.Plan
	result *steps.Result
	raw    string
}

type overlay int

const (
	none overlay = iota
	helping
	listing // the log of calls
	reading // the page's lesson
	showing // what was asked to be shown as it is: code, an exchange
	leaving // what should become of running work?
	again   // re-run of a page: what becomes stale?
)

// covers says that the overlay stands in the page's place.
func (o overlay) covers() bool {
	return o == helping || o == listing || o == reading || o == showing
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

// repeatGap is the longest time between two repeats of a key that is held.
const repeatGap = 150 * time.Millisecond

// Transcript is what stays in the scrollback: steps done, resources, profile.
func (s *Screen) Transcript() string {
	var b strings.Builder
	b.WriteString(ui.Heading(s.run) + "\n\n")
	for _, st := range s.m.Steps() {
		step, _ := steps.Find(st.ID)
		fmt.Fprintf(&b, "%s %3s %-26s %s\n", glyph(st), number(st.ID), step.Title, s.word(st))
	}
	if made := s.run.Now().Made; len(made) > 0 {
		b.WriteString("\n")
		for _, x := range made {
			fmt.Fprintf(&b, "   %-20s %s\n", strings.ReplaceAll(x.Kind, "_", " "), cmp.Or(x.ID, x.Name))
		}
	}
	if p := s.pages[steps.Cleanup]; p != nil {
		b.WriteString("\n" + ui.Note(strings.Join(p.notes, "\n"), s.width))
	}
	if p := s.pages[steps.Invoke]; p != nil && p.result != nil {
		b.WriteString(ui.RenderResult(*p.result, s.width))
	}
	return s.masked(b.String())
}

// newScreen returns the screen of a walkthrough. Nothing begins before it is shown.
func (d Display) newScreen(ctx context.Context, w Walkthrough) *Screen {
	m := w.Machine
	s := &Screen{ctx: ctx, run: w.Run, m: m, looking: m.Page, pages: map[engine.ID]*page{}, lessons: map[taughtKey]string{},
		body: viewport.New(), field: textinput.New(), now: time.Now(), focused: true, width: 80, height: 24,
		style: newStyles(d.NoColor), open: d.OpenURL, copy: d.Copy, clip: d.Paste, in: d.In}
	for _, st := range m.Steps() {
		s.pages[st.ID] = &page{}
	}
	s.resume()
	s.field.SetVirtualCursor(false) // an input method and a braille display follow the real one
	s.field.Prompt = "› "
	return s
}

// resume turns to where an earlier process of this run stopped, and says so.
func (s *Screen) resume() {
	if !s.run.Now().Agreed || s.looking == steps.Cleanup {
		return
	}
	s.resumed = map[engine.ID]bool{}
	for _, id := range s.run.Done {
		s.resumed[id] = true
	}
	for _, st := range s.m.Steps() {
		s.looking = st.ID // the last one, where all are done
		if !s.resumed[st.ID] {
			break
		}
	}
	s.flash = "Going on with run " + s.run.Name + "."
	if s.resumed[s.looking] {
		s.flash = "Run " + s.run.Name + " is complete."
	}
}

// passed begins a page by itself that the person has passed before: the steps
// look at what is there and make nothing twice. It returns nil where there is none.
func (s *Screen) passed() tea.Cmd {
	for _, st := range s.m.Steps() {
		if st.State == engine.Ready && s.resumed[st.ID] {
			s.resumed[st.ID] = false
			return s.send(st.ID, engine.Go{})
		}
	}
	return nil
}

// send hands on what the person does at a step.
func (s *Screen) send(id engine.ID, body any) tea.Cmd {
	loop := s.loop
	return func() tea.Msg {
		loop.Send(engine.Event{Step: id, Time: time.Now(), Body: body})
		return nil
	}
}

// Init begins what begins by itself, and asks the terminal for its background.
func (s *Screen) Init() tea.Cmd {
	cmds := []tea.Cmd{s.passed(), tea.RequestBackgroundColor}
	if s.run.Yes || len(s.m.Steps()) == 1 { // a single page begins by itself
		cmds = append(cmds, s.send(s.m.Page, engine.Visit{}))
	}
	return tea.Batch(cmds...)
}

// Update is the one place where the screen changes.
func (s *Screen) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		if s.hidden() {
			s.fresh = time.Now()
		}
		s.width, s.height = msg.Width, msg.Height
	case backMsg:
		s.fresh = time.Now()
		if msg.key != "" {
			return s, s.leave()
		}
	case tea.ClipboardMsg:
		return s, s.paste(msg.Content)
	case tea.BackgroundColorMsg:
		s.style = s.style.on(msg.IsDark())
	case tea.FocusMsg:
		s.focused = true
	case tea.BlurMsg:
		s.focused = false
	case tickMsg:
		s.now = time.Time(msg)
		s.ticking = false
		return s, s.tick()
	case flashMsg:
		s.flash = string(msg)
	case releaseMsg:
		return s, msg.exec()
	case eventMsg:
		defer close(msg.shown)
		return s, s.show(msg.machine, msg.Event)
	case tea.PasteMsg:
		return s, s.paste(msg.Content)
	case tea.KeyPressMsg:
		return s, s.key(msg)
	}
	return s, nil
}

// show takes over what an event has changed.
func (s *Screen) show(after engine.Machine, e engine.Event) tea.Cmd {
	if e.Time.After(s.now) {
		s.now = e.Time
	}
	s.m = after
	s.record(e)
	var cmds []tea.Cmd
	if to := s.watched(); s.run.Yes && to != s.looking {
		s.look(to)
	}
	switch b := e.Body.(type) {
	case engine.Asked:
		if e.Step == s.looking {
			cmds = append(cmds, s.question(b.Question))
		}
		if !s.focused {
			cmds = append(cmds, tea.Raw("\a"))
		}
	case engine.Answered:
		if e.Step == s.looking {
			s.closeField()
		}
	}
	passed := s.passed()
	over := s.m.Complete() || s.m.Failure() != nil
	if s.run.Yes && over && !s.m.Busy() && passed == nil {
		return tea.Tick(2*s.run.Moment, func(time.Time) tea.Msg { return tea.Quit() })
	}
	if s.run.Wish() != "" && !s.m.Busy() && s.looking != steps.Cleanup {
		return tea.Quit
	}
	return tea.Batch(append(cmds, passed, s.tick())...)
}

// watched is the page to look at while it plays by itself: of what works, the
// step that is furthest on.
func (s *Screen) watched() engine.ID {
	to := s.m.Page
	for _, st := range s.m.Steps() {
		if st.State == engine.Running || st.State == engine.Asking {
			to = st.ID
		}
	}
	return to
}

// tick keeps the times on the screen moving: how long something runs, how long
// a link still serves.
func (s *Screen) tick() tea.Cmd {
	moving := slices.ContainsFunc(s.m.Steps(), func(st engine.Status) bool {
		link := s.pages[st.ID].link
		return st.State == engine.Running || st.State == engine.Asking && link != nil && !link.Expires.IsZero()
	})
	if s.ticking || !moving {
		return nil
	}
	s.ticking = true
	return tea.Tick(time.Second, func(t time.Time) tea.Msg { return tickMsg(t) })
}

// look turns to a page without touching what runs.
func (s *Screen) look(id engine.ID) tea.Cmd {
	if q := s.asking(); q != nil && q.Kind == engine.Text {
		s.pages[s.looking].draft = s.field.Value()
	}
	s.looking, s.flash, s.refusal, s.overlay = id, "", "", none
	s.closeField()
	s.body.GotoTop()
	if st := s.m.Of(id); st.State == engine.Asking {
		return s.question(*st.Question)
	}
	return nil
}
