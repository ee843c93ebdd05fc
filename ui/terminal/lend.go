package terminal

import (
	"context"
	"fmt"
	"io"
)

// Borrowed is work that has the terminal to itself while the full screen is
// away. It is a tea.ExecCommand.
type Borrowed struct {
	Context context.Context
	In      *Input
	Saying  string // shown meanwhile
	Work    func()

	out io.Writer
}

// SetStdin does nothing: the work has the terminal by other ways.
func (b *Borrowed) SetStdin(io.Reader) {}

// SetStdout says where Saying is shown.
func (b *Borrowed) SetStdout(w io.Writer) { b.out = w }

// SetStderr does nothing.
func (b *Borrowed) SetStderr(io.Writer) {}

// Run does the work. When everything ends it does not wait for it.
func (b *Borrowed) Run() error {
	fmt.Fprint(b.out, b.Saying, "\r\n") // as a recording has it
	defer b.In.away(b.out)()
	defer aroundStops(func() {}, func() {})()
	done := make(chan struct{})
	go func() { defer close(done); b.Work() }()
	select {
	case <-done:
	case <-b.Context.Done():
	}
	return nil
}

// Stopped is the process while a shell has stopped it. It is a tea.ExecCommand.
type Stopped struct {
	In    *Input
	Whole bool // the whole job, as with Ctrl-Z

	out io.Writer
}

// SetStdin does nothing.
func (*Stopped) SetStdin(io.Reader) {}

// SetStdout says where the screen was.
func (s *Stopped) SetStdout(w io.Writer) { s.out = w }

// SetStderr does nothing.
func (*Stopped) SetStderr(io.Writer) {}

// Run stops the process with the screen away.
func (s *Stopped) Run() error {
	defer s.In.away(s.out)()
	pause(s.Whole)
	return nil
}

// away marks the terminal as somebody else's while the full screen is up. The window
// has its own title meanwhile.
func (in *Input) away(out io.Writer) (back func()) {
	in.lent.Store(true)
	fmt.Fprint(out, popTitle)
	return func() {
		fmt.Fprint(out, pushTitle)
		in.lent.Store(false)
	}
}

// OnScreen marks that a full screen is up until end is called. stop is called
// when somebody asks the process to stop meanwhile, unless something else has the
// terminal, which takes care of it then.
func (in *Input) OnScreen(stop func()) (end func()) {
	in.screen.Store(true)
	over := forwardStops(in, stop)
	return func() { over(); in.screen.Store(false) }
}
