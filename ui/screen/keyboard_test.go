package screen

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
)

// hearer notes what reaches the model.
type hearer struct {
	field bool
	heard []string
}

func (h *hearer) Init() tea.Cmd  { return nil }
func (h *hearer) View() tea.View { return tea.NewView("") }
func (h *hearer) hasField() bool { return h.field }

func (h *hearer) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		h.heard = append(h.heard, msg.String())
	case tea.PasteMsg:
		h.heard = append(h.heard, "paste "+msg.Content)
	}
	return h, nil
}

// loop hands on messages one at a time and carries out commands, as Bubble Tea
// does.
type loop struct {
	turn sync.Mutex
	keys *keyboard
}

func (l *loop) send(msg tea.Msg) {
	l.turn.Lock()
	_, cmd := l.keys.Update(msg)
	l.turn.Unlock()
	l.start(cmd)
}

func (l *loop) start(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		switch msg := cmd().(type) {
		case tea.BatchMsg:
			for _, one := range msg {
				l.start(one)
			}
		case settleMsg:
			l.send(msg)
		}
	}()
}

func character(r rune) tea.KeyPressMsg { return tea.KeyPressMsg{Code: r, Text: string(r)} }

func TestTextThatArrivesAsKeysIsNoCommand(t *testing.T) {
	t.Parallel()
	enter := tea.KeyPressMsg{Code: tea.KeyEnter}
	for name, c := range map[string]struct {
		text  string
		gap   time.Duration
		field bool
		want  []string
	}{
		"an address at once":             {"https://a/q?x=1", time.Millisecond, false, []string{"paste https://a/q?x=1"}},
		"an address on a slow line":      {"http://a/qx", 60 * time.Millisecond, false, []string{"paste http://a/qx"}},
		"an address on a very slow line": {"HTTPS://a/qx", 500 * time.Millisecond, false, []string{"paste HTTPS://a/qx"}},
		"an address from its middle":     {"localhost:9090/qx", time.Millisecond, false, []string{"paste localhost:9090/qx"}},
		"a secret":                       {"WPL_AP1.qx==", 5 * time.Millisecond, false, []string{"paste WPL_AP1.qx=="}},
		"an address and its line break":  {"http://a/q\r", time.Millisecond, false, []string{"paste http://a/q\n"}},
		"into a field, with Enter":       {"86abcdqx\r", time.Millisecond, true, []string{"paste 86abcdqx\n", "enter"}},
		"two lines into a field":         {"one\rtwo", time.Millisecond, true, []string{"paste one\ntwo"}},
		"keys of a person":               {"htq", 120 * time.Millisecond, false, []string{"h", "t", "q"}},
		"a fast person":                  {"tlm", 40 * time.Millisecond, false, []string{"t", "l", "m"}},
		"two keys almost together":       {"qx", time.Millisecond, false, []string{"q", "x"}},
		"a key that is held":             {"jjjjjj", 10 * time.Millisecond, false, []string{"j", "j", "j", "j", "j", "j"}},
		"h alone":                        {"h", 0, false, []string{"h"}},
		"typed into a field":             {"http", 80 * time.Millisecond, true, []string{"h", "t", "t", "p"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := &hearer{field: c.field}
				l := &loop{keys: &keyboard{Model: h}}
				for _, r := range c.text {
					msg := character(r)
					if r == '\r' {
						msg = enter
					}
					l.send(msg)
					time.Sleep(c.gap)
					synctest.Wait()
				}
				time.Sleep(2 * addressGap)
				synctest.Wait()
				if !slices.Equal(h.heard, c.want) {
					t.Errorf("heard %q, want %q", h.heard, c.want)
				}
			})
		})
	}
}

func TestModifiersAloneDoNothing(t *testing.T) {
	t.Parallel()
	h := &hearer{}
	k := &keyboard{Model: h}
	for _, key := range []tea.KeyPressMsg{{Code: tea.KeySpace, Mod: tea.ModCtrl}, {Code: tea.KeyLeftShift}, {Code: tea.KeyRightAlt}, {Code: tea.KeyLeftCtrl},
		{Code: tea.KeyCapsLock}, {Code: tea.KeyNumLock}, {Code: tea.KeyScrollLock}, {Code: tea.KeyIsoLevel5Shift}, {Code: tea.KeyRightMeta}} {
		k.Update(key)
	}
	k.Update(tea.KeyPressMsg{Code: 'v', Mod: tea.ModCtrl})
	if !slices.Equal(h.heard, []string{"ctrl+v"}) {
		t.Errorf("heard %q", h.heard)
	}
}
