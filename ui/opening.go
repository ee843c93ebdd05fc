package ui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"

	"agentcore-3lo/steps"
)

// opening is the first page of the full screen: it offers where to walk, and
// stands while the run is opened. The run's own screen takes its place.
type opening struct {
	ctx    context.Context
	enter  func() (*session, error)
	found  chan entered // what enter came to, for when the screen has gone
	style  styles
	width  int
	height int

	question *steps.Question // nil: there is nothing to choose at present
	answer   chan<- steps.Answer
	chosen   int
}

type entered struct {
	session *session
	err     error
}

type (
	enteredMsg struct{ entered }
	offerMsg   struct {
		question steps.Question
		answer   chan<- steps.Answer
	}
	releaseMsg struct {
		work *borrowed
		done chan<- struct{}
	}
)

// walkOnScreen goes through one run in the full screen.
func (a *App) walkOnScreen(ctx context.Context) (anew bool, err error) {
	choosing, cancel := context.WithCancel(ctx)
	defer cancel()
	behind, warnings := a.behindScreen()
	front := &screenLobby{}
	o := &opening{ctx: ctx, found: make(chan entered, 1), style: newStyles(a.Env("NO_COLOR") != ""), width: 80, height: 24}
	o.enter = func() (*session, error) {
		s, err := behind.enter(choosing, front, true)
		if err == nil {
			s.borrows(front)
		}
		return s, err
	}
	p, last := a.program(ctx, o)
	front.send = p.Send
	_, runErr := p.Run()
	cancel()
	found := <-o.found
	_, _ = warnings.WriteTo(a.Terminal.Err)
	if found.session != nil {
		defer found.session.close()
	}
	sc, ok := last().(*screen)
	switch {
	case found.err != nil && !errors.Is(found.err, context.Canceled):
		return false, a.brokenBefore(found.err)
	case !ok: // left before the run was open
		return false, Exit{Code: steps.ExitInterrupted}
	}
	s := found.session
	outcome, err := s.left(ctx, sc, runErr)
	if err != nil {
		return false, err
	}
	lines := NewPlain(a.Terminal, !a.Yes)
	lines.attach(s.kit)
	err = s.conclude(ctx, outcome, lines)
	return s.kit.Wish() == steps.Anew, err
}

// behindScreen is the same app, whose warnings are kept until the screen has
// gone.
func (a *App) behindScreen() (*App, *bytes.Buffer) {
	warnings := new(bytes.Buffer)
	behind, terminal := *a, *a.Terminal
	terminal.Err = warnings
	behind.Terminal = &terminal
	return &behind, warnings
}

// program is the full screen. last is the model that is drawn at present.
func (a *App) program(ctx context.Context, first tea.Model) (p *tea.Program, last func() tea.Model) {
	options := []tea.ProgramOption{tea.WithContext(ctx), tea.WithFPS(looks), tea.WithoutSignalHandler()}
	if a.Env("NO_COLOR") != "" { // of any value; the library takes only booleans
		options = append(options, tea.WithColorProfile(colorprofile.ASCII))
	}
	c := &calm{Model: first}
	return tea.NewProgram(c, options...), func() tea.Model { return c.Model }
}

// show runs a machine on a screen of its own.
func (s *session) show(ctx context.Context, m steps.Machine) (Outcome, error) {
	sc := s.newScreen(ctx, m)
	p, _ := s.program(ctx, sc)
	s.borrows(&screenLobby{send: p.Send})
	_, err := p.Run()
	return s.left(ctx, sc, err)
}

// borrows lets the steps have the terminal while the screen is up.
func (s *session) borrows(l *screenLobby) {
	s.kit.Settings.Borrow, s.kit.Settings.MFA = l.release, s.askMFA
}

func (s *session) newScreen(ctx context.Context, m steps.Machine) *screen {
	sc := newScreen(ctx, s.kit, s.runner(), m)
	sc.open = NewBrowser(s.Env).Open
	sc.copy = func(text string) string { return copyText(s.Env, text) }
	sc.style = newStyles(s.Env("NO_COLOR") != "")
	return sc
}

// left ends what still runs on a screen that the person has left, and writes
// what stays in the scrollback.
func (s *session) left(ctx context.Context, sc *screen, err error) (Outcome, error) {
	sc.end()
	if err != nil && ctx.Err() == nil {
		return Outcome{ExitCode: steps.ExitFailed}, err
	}
	o := outcome(s.kit, sc.m)
	s.Terminal.write(sc.transcript())
	return o, nil
}

// Init begins to look for the run.
func (o *opening) Init() tea.Cmd {
	return tea.Batch(tea.RequestBackgroundColor, func() tea.Msg {
		s, err := o.enter()
		o.found <- entered{s, err}
		return enteredMsg{entered{s, err}}
	})
}

// Update is the one place where the page changes.
func (o *opening) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		o.width, o.height = msg.Width, msg.Height
	case tea.BackgroundColorMsg:
		o.style = o.style.on(msg.IsDark())
	case offerMsg:
		o.question, o.answer, o.chosen = &msg.question, msg.answer, 0
	case releaseMsg:
		return o, msg.exec()
	case enteredMsg:
		if msg.err != nil {
			return o, tea.Quit
		}
		sc := msg.session.newScreen(o.ctx, msg.session.tutorial())
		sc.width, sc.height, sc.style = o.width, o.height, o.style
		return sc, sc.Init()
	case tea.KeyPressMsg:
		return o, o.key(msg.String())
	}
	return o, nil
}

func (o *opening) key(name string) tea.Cmd {
	switch q := o.question; {
	case name == "q" || name == "ctrl+c":
		return tea.Quit
	case q == nil:
	case name == "up" || name == "shift+tab":
		o.chosen = max(o.chosen-1, 0)
	case name == "down" || name == "tab":
		o.chosen = min(o.chosen+1, len(q.Choices)-1)
	case name == "enter":
		o.take(q.Choices[o.chosen].Key)
	default:
		for _, c := range q.Choices {
			if string(c.Key) == name {
				o.take(c.Key)
				break
			}
		}
	}
	return nil
}

func (o *opening) take(a steps.Answer) {
	o.answer <- a
	o.question = nil
}

// View draws the page.
func (o *opening) View() tea.View {
	v := tea.NewView(o.draw())
	v.AltScreen, v.WindowTitle = true, "agentcore-3lo"
	return v
}

const welcome = "This walkthrough builds an Amazon Bedrock AgentCore Gateway with a LinkedIn target, sends you through the consent in your browser, calls the tool in your name, and removes everything it made."

func (o *opening) draw() string {
	if o.width < minWidth || o.height < minHeight {
		return tooSmall(o.width, o.height)
	}
	room := o.height - 3 // bar, blank, keys
	lines, at := o.lines(true)
	if len(lines) > room {
		lines, at = o.lines(false)
	}
	if first := min(max(at-room/2, 0), max(len(lines)-room, 0)); len(lines) > room {
		more := first+room < len(lines)
		lines = lines[first : first+room] // what is chosen stays in sight
		if more {
			lines[room-1] = "  ↓ more"
		}
	}
	body := lipgloss.NewStyle().Height(room).Render(strings.Join(lines, "\n"))
	return o.style.bar.Render(pad(" agentcore-3lo", o.width)) + "\n\n" + body + "\n" + o.keys()
}

// lines are the page's, and the number of the one that is chosen.
func (o *opening) lines(whole bool) (lines []string, at int) {
	add := func(s string) { lines = append(lines, strings.Split(strings.TrimSuffix(s, "\n"), "\n")...) }
	add(o.style.title.Render("  From nothing to a tool call in your name") + "\n\n")
	if whole {
		add(wrap(welcome, o.width, "  ") + "\n")
	}
	if o.question == nil {
		add("  Opening …")
		return lines, 0
	}
	add("  " + o.style.title.Render(o.question.Prompt) + "\n\n")
	for i, c := range o.question.Choices {
		mark, label := "  ", strings.TrimPrefix(wrap(c.Label, o.width, "       "), "       ")
		if i == o.chosen {
			mark, at = "▸ ", len(lines)
		}
		add("  " + mark + o.style.key.Render(string(c.Key)) + "  " + label)
	}
	return lines, at
}

func (o *opening) keys() string {
	key := o.style.key.Render
	if o.question == nil {
		return " " + key("q") + " leave"
	}
	return " " + key("enter") + " choose  " + key("↑↓") + " move  " + key("q") + " leave"
}

// screenLobby asks on the first page of the full screen.
type screenLobby struct{ send func(tea.Msg) }

func (l *screenLobby) ask(ctx context.Context, q steps.Question) (steps.Answer, error) {
	answer := make(chan steps.Answer, 1)
	l.send(offerMsg{q, answer})
	select {
	case a := <-answer:
		return a, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (l *screenLobby) release(ctx context.Context, saying string, work func()) {
	done := make(chan struct{})
	l.send(releaseMsg{&borrowed{saying: saying, work: work}, done})
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// exec carries out the work with the screen away.
func (m releaseMsg) exec() tea.Cmd {
	return tea.Exec(m.work, func(error) tea.Msg { close(m.done); return nil })
}

// borrowed is work that has the terminal to itself.
type borrowed struct {
	saying string
	work   func()
	out    io.Writer
}

func (b *borrowed) SetStdin(io.Reader)    {}
func (b *borrowed) SetStdout(w io.Writer) { b.out = w }
func (b *borrowed) SetStderr(io.Writer)   {}

// Run does the work.
func (b *borrowed) Run() error {
	fmt.Fprintln(b.out, b.saying)
	b.work()
	return nil
}
