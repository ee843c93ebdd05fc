// Package follow is the program for a second terminal: it follows a run by its journal,
// with the speaker's notes. It changes nothing.
package follow

import (
	"context"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"agentcore-3lo/internal/lesson"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui/terminal"
)

// Options are what the program needs.
type Options struct {
	Store   run.Store
	Run     string
	Place   string // the environment in a few words
	Notes   map[engine.ID]lesson.Lesson
	In      *terminal.Input
	NoColor bool
	ASCII   bool // the terminal shows no other characters
}

// Run follows the run until the user leaves.
func Run(ctx context.Context, o Options) error {
	options := []tea.ProgramOption{tea.WithContext(ctx), tea.WithInput(o.In.Keys()), tea.WithFPS(looks), tea.WithoutSignalHandler()}
	if o.NoColor {
		options = append(options, tea.WithColorProfile(colorprofile.ASCII))
	}
	defer terminal.KeepTitle(os.Stdout)()
	_, err := tea.NewProgram(newModel(o), options...).Run()
	return err
}

// looks is how often a second the renderer asks whether there is something new to draw:
// enough for a page on which only a clock runs.
const looks = 15

// look is how often the journal is looked at.
const look = time.Second / 2

// looked is what a look at the journal found.
type looked struct {
	entries []run.Entry // nil = as before
	size    int64
	now     time.Time
	err     error
}

// read looks at the journal after a while. It reads it only if its size has changed.
func (o Options) read(after time.Duration, size int64) tea.Cmd {
	return tea.Tick(after, func(now time.Time) tea.Msg {
		info, err := os.Lstat(o.Store.JournalPath(o.Run))
		switch {
		case os.IsNotExist(err): // nothing has happened yet
			return looked{now: now}
		case err != nil:
			return looked{now: now, err: err, size: size}
		case info.Size() == size:
			return looked{now: now, size: size}
		}
		entries, err := o.Store.Entries(o.Run)
		return looked{entries: entries, size: info.Size(), now: now, err: err}
	})
}
