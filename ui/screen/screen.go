package screen

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"charm.land/bubbles/v2/textinput"
	"charm.land/bubbles/v2/viewport"
	tea "charm.land/bubbletea/v2"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/terminal"
)

// screen is the Bubble Tea model: the state machine, what was said on each
// page, and where the person looks. It makes no call and reads no file.
type Screen struct {
	ctx    context.Context
	run    ui.Run
	runner *engine.Runner
	next   func() (engine.Event, bool) // the runner's next event
	end    func()                      // ends what still runs
	open   func(string) error          // the person's browser
	copy   func(string) string         // copies, and says what it did
	clip   func() (string, bool)       // the person's clipboard, if it is on this machine
	in     *terminal.Input
	style  styles

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
	link   *event.Link
	plan   *steps.Plan
	result *event.Result
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
	eventMsg struct{ engine.Event }
	endedMsg struct{}
	tickMsg  time.Time
	flashMsg string
)

// repeatGap is the longest time between two repeats of a key that is held.
const repeatGap = 150 * time.Millisecond

// play runs the program until the person leaves, and ends what still runs.
func (s *Screen) play(p *tea.Program) error {
	_, err := p.Run()
	s.end()
	return err
}

// End ends what still runs.
func (s *Screen) End() { s.end() }

// machine is where the steps stand.
func (s *Screen) Machine() engine.Machine { return s.m }

// transcript is what stays in the scrollback: steps done, resources, profile.
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

// screen returns the screen of a run. Nothing begins before it is shown.
func (d Display) Screen(ctx context.Context, r ui.Run, runner *engine.Runner, m engine.Machine) *Screen {
	s := &Screen{ctx: ctx, run: r, runner: runner, m: m, looking: m.Page, pages: map[engine.ID]*page{}, lessons: map[taughtKey]string{},
		body: viewport.New(), field: textinput.New(), now: time.Now(), focused: true, width: 80, height: 24,
		style: newStyles(d.NoColor), open: d.OpenURL, copy: d.Copy, clip: d.Paste, in: d.In}
	for _, st := range m.Steps() {
		s.pages[st.ID] = &page{}
	}
	events, stop := iter.Pull(runner.Events())
	var one sync.Mutex // next and stop may not overlap
	s.next = func() (engine.Event, bool) { one.Lock(); defer one.Unlock(); return events() }
	s.end = func() { runner.Close(); one.Lock(); defer one.Unlock(); stop() }
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

// passed begins pages by themselves that the person has passed before: the
// steps look at what is there and make nothing twice.
func (s *Screen) passed() []engine.Effect {
	for _, st := range s.m.Steps() {
		if st.State == engine.Ready && s.resumed[st.ID] {
			s.resumed[st.ID] = false
			var effects []engine.Effect
			s.m, effects = s.m.Next(engine.Event{Step: st.ID, Time: s.now, Body: engine.Go{}})
			return effects
		}
	}
	return nil
}

// Init waits for the first event and asks the terminal for its background.
func (s *Screen) Init() tea.Cmd {
	cmds := []tea.Cmd{s.wait(), tea.RequestBackgroundColor}
	if effects := s.passed(); len(effects) > 0 {
		cmds = append(cmds, s.do(effects))
	}
	if s.run.Yes || len(s.m.Steps()) == 1 { // a single page begins by itself
		cmds = append(cmds, s.take(engine.Event{Step: s.m.Page, Time: s.now, Body: engine.Visit{}}))
	}
	return tea.Batch(cmds...)
}

// wait hands on the runner's next event.
func (s *Screen) wait() tea.Cmd {
	next := s.next
	return func() tea.Msg {
		e, ok := next()
		if !ok {
			return endedMsg{}
		}
		return eventMsg{e}
	}
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
		cmd := s.take(msg.Event)
		return s, tea.Batch(cmd, s.wait())
	case tea.PasteMsg:
		return s, s.paste(msg.Content)
	case tea.KeyPressMsg:
		return s, s.key(msg)
	}
	return s, nil
}

// take feeds the machine and shows what came of it.
func (s *Screen) take(e engine.Event) tea.Cmd {
	if e.Time.After(s.now) {
		s.now = e.Time
	}
	var effects []engine.Effect
	s.m, effects = s.m.Next(e)
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
	effects = append(effects, s.passed()...)
	if len(effects) > 0 {
		cmds = append(cmds, s.do(effects))
	}
	over := s.m.Complete() || s.m.Failure() != nil
	if s.run.Yes && over && !s.m.Busy() && len(effects) == 0 {
		return tea.Tick(2*s.run.Moment, func(time.Time) tea.Msg { return tea.Quit() })
	}
	if s.run.Choice() != "" && !s.m.Busy() && s.looking != steps.Cleanup {
		return tea.Quit
	}
	return tea.Batch(append(cmds, s.tick())...)
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

// do hands effects to the runner, off the event loop.
func (s *Screen) do(effects []engine.Effect) tea.Cmd {
	runner, ctx := s.runner, s.ctx
	return func() tea.Msg { runner.Do(ctx, effects...); return nil }
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
