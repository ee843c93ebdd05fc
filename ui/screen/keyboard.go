package screen

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
)

const (
	// burstGap is less than the time between two keys of the fastest typist, and
	// of a key that repeats.
	burstGap = 25 * time.Millisecond
	// addressGap is how long the next character of a pasted address may take.
	addressGap = time.Second
	// fewest is how many characters at once are text: two keys can be pressed
	// almost together.
	fewest = 3
)

// keyboard is between the terminal and the model. It makes a paste of text
// that arrives as keys, as from consoles without bracketed paste: its letters
// would be commands. And it knows the keys that belong to the terminal.
type keyboard struct {
	tea.Model
	suspend func(whole bool) tea.Cmd // nil where a process cannot be stopped

	held  []tea.KeyPressMsg // of which it is not known yet what they are
	last  time.Time         // when the last of them came
	slow  bool              // a person could have typed them
	round int               // counts the waits, so that only the newest one ends
}

// fielded is a model in which a field may have the keys.
type fielded interface{ hasField() bool }

type (
	settleMsg int                  // nothing came after the keys that are held
	stopMsg   struct{}             // somebody asks the process to stop
	backMsg   struct{ key string } // the terminal is ours again; a key ended what had it, or ""
)

// Update hands on what the person did.
func (k *keyboard) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return k, k.key(msg)
	case settleMsg:
		if int(msg) == k.round {
			return k, k.settle()
		}
		return k, nil
	case stopMsg:
		return k, k.stop(false)
	}
	return k, k.hand(msg)
}

func (k *keyboard) hand(msg tea.Msg) (cmd tea.Cmd) {
	k.Model, cmd = k.Model.Update(msg)
	return cmd
}

func (k *keyboard) key(msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case modifierAlone(msg.Key()):
		return nil
	case isText(msg), msg.Code == tea.KeyEnter && len(k.held) > 0:
		return k.hold(msg)
	}
	before := k.settle()
	switch msg.String() {
	case "ctrl+z":
		return tea.Batch(before, k.stop(true))
	case "ctrl+l":
		return tea.Batch(before, tea.ClearScreen)
	}
	return tea.Batch(before, k.hand(msg))
}

func (k *keyboard) stop(whole bool) tea.Cmd {
	if k.suspend == nil {
		return nil
	}
	return k.suspend(whole)
}

// hold keeps a character until it is known whether more follow at once.
func (k *keyboard) hold(msg tea.KeyPressMsg) tea.Cmd {
	now := time.Now()
	k.slow = len(k.held) > 0 && (k.slow || now.Sub(k.last) > burstGap)
	var before tea.Cmd
	if k.slow && !maybeAddress(typed(append(k.held, msg))) {
		before = k.settle()
	}
	k.held, k.last = append(k.held, msg), now
	k.round++
	gap, round := burstGap, k.round
	if !k.inField() && maybeAddress(typed(k.held)) {
		gap = addressGap
	}
	return tea.Batch(before, tea.Tick(gap, func(time.Time) tea.Msg { return settleMsg(round) }))
}

func (k *keyboard) inField() bool {
	m, ok := k.Model.(fielded)
	return ok && m.hasField()
}

// settle hands on what is held: as a paste, or key by key.
func (k *keyboard) settle() tea.Cmd {
	held, slow, field := k.held, k.slow, k.inField()
	k.held, k.slow = nil, false
	var cmds []tea.Cmd
	if text := typed(held); isAddress(text) && !field || !slow && isBurst(held) {
		cmds = append(cmds, k.hand(tea.PasteMsg{Content: text}))
		if last := held[len(held)-1]; field && last.Code == tea.KeyEnter {
			cmds = append(cmds, k.hand(last)) // the line break at its end sends a field, as it does in a shell
		}
		return tea.Batch(cmds...)
	}
	for _, msg := range held {
		cmds = append(cmds, k.hand(msg))
	}
	return tea.Batch(cmds...)
}

// isText says that the key is a character, and not a command with Ctrl or Alt.
func isText(msg tea.KeyPressMsg) bool {
	return msg.Text != "" && msg.Mod&(tea.ModCtrl|tea.ModAlt|tea.ModMeta|tea.ModSuper) == 0
}

// typed is the text of keys.
func typed(keys []tea.KeyPressMsg) string {
	var b strings.Builder
	for _, key := range keys {
		if key.Code == tea.KeyEnter {
			b.WriteByte('\n')
		}
		b.WriteString(key.Text)
	}
	return b.String()
}

// isBurst says that keys that came at once are text: enough of them, and not
// one that repeats.
func isBurst(keys []tea.KeyPressMsg) bool {
	text := strings.TrimRight(typed(keys), "\n")
	return len(keys) >= fewest && text != "" && strings.Trim(text, text[:1]) != ""
}

var addresses = []string{"http://", "https://"}

// isAddress says that the text begins as an address does.
func isAddress(text string) bool {
	for _, a := range addresses {
		if len(text) >= len(a) && strings.EqualFold(text[:len(a)], a) {
			return true
		}
	}
	return false
}

// maybeAddress says that the text is one, or may become one.
func maybeAddress(text string) bool {
	for _, a := range addresses {
		if n := min(len(text), len(a)); n > 0 && strings.EqualFold(text[:n], a[:n]) {
			return true
		}
	}
	return false
}

// modifierAlone says that only Shift, Ctrl, Alt or a lock was pressed. On
// Windows that arrives as a NUL, which is ctrl+space (ultraviolet issue 184).
func modifierAlone(k tea.Key) bool {
	return k.Code == tea.KeySpace && k.Mod == tea.ModCtrl || k.Code >= tea.KeyLeftShift && k.Code <= tea.KeyIsoLevel5Shift ||
		k.Code >= tea.KeyCapsLock && k.Code <= tea.KeyNumLock
}
