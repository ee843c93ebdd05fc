package screen

import (
	"cmp"
	"context"
	"io"
	"os"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"agentcore-3lo/ui/terminal"
)

// Display is where the full screen is shown: the terminal, and the desktop that
// the person has there.
type Display struct {
	In      *terminal.Input
	NoColor bool
	Colors  string                          // COLORFGBG: the colors of text and background, as some terminals tell them
	Record  io.Writer                       // the terminal, where what is drawn is recorded; nil = it is not
	ASCII   bool                            // the terminal shows no other characters
	OpenURL func(address string) error      // opens their browser
	Copy    func(text string) (said string) // copies, and says what it did
	Paste   func() (text string, here bool) // reads their clipboard, if it is on this machine
}

// Open shows the start page while enter chooses and opens a run, and then the
// walkthrough, until the person leaves. It returns its screen; nil means that they
// left before one was open. The context of enter ends when they do.
func (d Display) Open(ctx context.Context, enter func(context.Context, *StartPage) (Walkthrough, error)) (*Screen, error) {
	entering, cancel := context.WithCancel(ctx)
	defer cancel()
	page, entered := &StartPage{in: d.In}, make(chan struct{})
	var open *driver
	o := &opening{ctx: ctx, style: newStyles(d.NoColor).assume(d.Colors), ascii: d.ASCII, width: 80, height: 24}
	o.enter = func() (*Screen, error) {
		defer close(entered)
		w, err := enter(entering, page)
		if err != nil {
			return nil, err
		}
		open = newDriver()
		open.send = page.send
		s := d.newScreen(ctx, w)
		s.person.loop = open.begin(w)
		return s, nil
	}
	p, last := d.program(ctx, o)
	page.send = p.Send
	err := d.present(p)
	cancel()
	<-entered
	if open != nil {
		open.end()
	}
	s, _ := last().(*Screen)
	return s, err
}

// Show shows a walkthrough until the person leaves it. It returns its screen.
func (d Display) Show(ctx context.Context, w Walkthrough, begin func(*StartPage)) (*Screen, error) {
	s, open := d.newScreen(ctx, w), newDriver()
	p, _ := d.program(ctx, s)
	open.send = p.Send
	s.person.loop = open.begin(w)
	begin(&StartPage{in: d.In, send: p.Send})
	err := d.present(p)
	open.end()
	return s, err
}

// program is the full screen. last is the model that is drawn at present.
func (d Display) program(ctx context.Context, first tea.Model) (p *tea.Program, last func() tea.Model) {
	options := []tea.ProgramOption{tea.WithContext(ctx), tea.WithInput(d.In.Keys()), tea.WithFPS(looks), tea.WithoutSignalHandler()}
	if d.Record != nil {
		options = append(options, tea.WithOutput(d.Record))
	}
	if d.NoColor { // the library takes only booleans
		options = append(options, tea.WithColorProfile(colorprofile.ASCII))
	}
	k := &keyboard{Model: first}
	if terminal.CanStop {
		k.suspend = func(whole bool) tea.Cmd {
			return tea.Exec(&terminal.Stopped{In: d.In, Whole: whole}, func(error) tea.Msg { return backMsg{} })
		}
	}
	return tea.NewProgram(&throttle{Model: k}, options...), func() tea.Model { return k.Model }
}

// present runs the full screen until the person leaves it.
func (d Display) present(p *tea.Program) error {
	defer d.In.OnScreen(func() { p.Send(stopMsg{}) })()
	out := cmp.Or[io.Writer](d.Record, os.Stdout)
	defer terminal.KeepTitle(out)()
	_, err := p.Run()
	_, _ = io.WriteString(out, ansi.ShowCursor) // where each screen has a cursor, the library leaves this one's hidden
	return err
}
