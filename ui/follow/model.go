package follow

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// model is the Bubble Tea model: what the journal says, and where the user looks.
type model struct {
	Options
	state  *state
	taken  int   // how many entries the state has
	size   int64 // of the journal when it was read last
	err    error
	now    time.Time
	width  int
	height int
	scroll int  // of the notes, in lines
	help   bool // the keys are shown
}

func newModel(o Options) *model {
	return &model{Options: o, state: newState(), now: time.Now(), width: 80, height: 24}
}

// Init looks at the journal at once.
func (m *model) Init() tea.Cmd { return m.read(0, -1) }

// Update is the one place where the model changes.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case looked:
		m.look(msg)
		return m, m.read(look, m.size)
	case tea.KeyPressMsg:
		return m, m.key(msg.String())
	}
	return m, nil
}

// look takes over what is new in the journal.
func (m *model) look(l looked) {
	m.now, m.size, m.err = l.now, l.size, l.err
	if len(l.entries) < m.taken && l.entries != nil { // another journal has taken its place
		m.state, m.taken = newState(), 0
	}
	before := m.state.page.Step
	for _, e := range l.entries[min(m.taken, len(l.entries)):] {
		m.state.add(e)
	}
	m.taken = max(m.taken, len(l.entries))
	if m.state.page.Step != before {
		m.scroll = 0
	}
}

// key carries out a key. None of them does anything to the walkthrough.
func (m *model) key(name string) tea.Cmd {
	switch name {
	case "q", "Q", "ctrl+c":
		return tea.Quit
	case "?":
		m.help = !m.help
	case "esc":
		m.help = false
	case "down", "j":
		m.scroll++
	case "up", "k":
		m.scroll--
	case "space", "pgdown":
		m.scroll += m.notesHeight()
	case "pgup":
		m.scroll -= m.notesHeight()
	case "home":
		m.scroll = 0
	}
	m.scroll = max(0, min(m.scroll, len(m.notes())-m.notesHeight()))
	return nil
}
