package screen

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// moment is a state of the screen.
type moment struct {
	name   string
	screen func() *Screen // anew each time
}

// questions are those of a walk, by the step that asks them.
var questions = map[engine.ID][]engine.Question{
	steps.Prerequisites: {{Name: "round_trip", Kind: engine.Menu, Default: "skip", Choices: []engine.Choice{{ID: "open"}, {ID: "skip"}}}, {Name: "plan", Kind: engine.Confirm, Prompt: "Create these?"},
		{Name: "credentials", Kind: engine.Pause, Default: engine.Yes, Prompt: "Enter when they are renewed"}},
	steps.Gateway: {{Name: "recreate", Kind: engine.Confirm, Prompt: "Recreate it?"}},
	steps.App: {{Name: "app", Kind: engine.Menu, Default: "simulate", Choices: []engine.Choice{{ID: "simulate", Label: "let the simulated person do it"}, {ID: "myself", Label: "no"}}},
		{Name: "client_id", Kind: engine.Text, Prompt: "Client ID"}, {Name: "client_secret", Kind: engine.Text, Secret: true, Prompt: "Secret"}},
	steps.Register: {{Name: "registered", Kind: engine.Pause, Default: engine.Yes, Prompt: "Enter when it is registered"}},
	steps.Consent: {aConsent().Question, {Name: "decline", Kind: engine.Confirm, Prompt: "Decline, and stop here?", Back: engine.No},
		{Name: "expired", Kind: engine.Confirm, Default: engine.Yes, Prompt: "The link has expired. A fresh one?"}},
	steps.Invoke:  {{Name: "next", Kind: engine.Menu, Default: "keep", Prompt: "What now?", Final: true, Choices: []engine.Choice{{ID: "keep"}, {ID: "again"}, {ID: "connect"}, {ID: "cleanup"}}}},
	steps.Cleanup: {{Name: "cleanup", Kind: engine.Confirm, Prompt: "Delete them?"}},
}

// links are those of the pages.
func linkOf(id engine.ID) event.Link {
	link := aLink()
	link.Purpose = map[engine.ID]event.Purpose{steps.Prerequisites: event.RoundTrip, steps.App: event.Portal, steps.Register: event.Register, steps.Consent: event.Consent}[id]
	return link
}

// everyMoment are all pages in their states, with everything that can lie over them.
func everyMoment(sandbox bool) []moment {
	var all []moment
	add := func(name string, make func() *Screen) { all = append(all, moment{name, make}) }
	page := func(id engine.ID, bodies ...any) func() *Screen {
		return func() *Screen {
			s := runningAt(id, 80, 24)
			rec := testkit.NewRecord("test", sandbox)
			rec.Environment.Account, rec.Environment.Region = "111122223333", "us-east-1"
			s.run = ui.RunOf(testkit.NewWalk(run.Store{}, rec))
			s.run.ShowPage = nil // nobody follows
			s.happens(bodies...)
			s.guard = guard{}
			return s
		}
	}
	for _, id := range append(stepIDs(), steps.Cleanup) {
		known := []any{}
		if id == steps.Cleanup {
			known = append(known, event.List{Items: []string{"gateway g"}})
		}
		if linkOf(id).Purpose != "" {
			known = append(known, linkOf(id))
		}
		add(fmt.Sprintf("%s, running", id), page(id, known...))
		for _, q := range questions[id] {
			told := slices.Clone(known)
			if q.Name == "plan" {
				told = append(told, steps.NewPlan("test", sandbox))
			}
			add(fmt.Sprintf("%s, asking %s", id, q.Name), page(id, append(told, engine.Asked{Question: q})...))
			if q.Kind == engine.Text {
				asks := page(id, append(told, engine.Asked{Question: q})...)
				add(fmt.Sprintf("%s, typing %s", id, q.Name), func() *Screen { s := asks(); s.field.focus(); return s })
			}
		}
		failure := engine.Failure{Doing: "trying", Why: engine.Why{Message: "it is refused"}, Next: "Try again.", Log: "/log"}
		add(fmt.Sprintf("%s, failed", id), page(id, append(known, engine.Broke{Failure: failure})...))
		failure.Fix = steps.App
		add(fmt.Sprintf("%s, failed with a fix", id), page(id, append(known, engine.Broke{Failure: failure})...))
		add(fmt.Sprintf("%s, stale", id), page(id, append(known, engine.Finished{Stale: map[engine.ID]string{id: "the client ID has changed"}})...))
		done := slices.Concat(known, []any{engine.Finished{}})
		if id == steps.Invoke {
			done = append([]any{anExchange(), event.Result{Profile: map[string]any{"name": "Ana"}}}, done...)
		}
		add(fmt.Sprintf("%s, done", id), page(id, done...))
	}
	consent := page(steps.Consent, linkOf(steps.Consent), anExchange(), aConsent())
	for o := helping; o <= again; o++ {
		add(fmt.Sprintf("overlay %d", o), func() *Screen { s := consent(); s.lay(o); s.guard = guard{}; return s })
	}
	return all
}

func stepIDs() []engine.ID {
	var all []engine.ID
	for _, s := range steps.Tutorial() {
		all = append(all, s.ID)
	}
	return all
}

// everyKey are all keys of the keyboard that can mean something.
func everyKey() []tea.KeyPressMsg {
	all := []tea.KeyPressMsg{{Code: tea.KeyEnter}, {Code: tea.KeyEscape}, {Code: tea.KeyTab}, {Code: tea.KeyUp}, {Code: tea.KeyDown}, {Code: tea.KeyLeft}, {Code: tea.KeyRight},
		{Code: tea.KeyHome}, {Code: tea.KeyEnd}, {Code: tea.KeyPgUp}, {Code: tea.KeyPgDown}, {Code: tea.KeySpace, Text: " "}, {Code: tea.KeyF1}, {Code: tea.KeyDelete}, {Code: 'r', Mod: tea.ModCtrl}}
	for _, r := range "abcdefghijklmnopqrstuvwxyz?/19!" {
		all = append(all, character(r))
	}
	return all
}

// press presses a key as if nothing had happened for a while, and says what came of it.
func (s *Screen) press(msg tea.KeyPressMsg) (cmd tea.Cmd, changed bool) {
	s.guard, s.flash = guard{}, ""
	before, looking, overlay := s.View().Content, s.looking, s.text.overlay
	_, cmd = s.Update(msg)
	return cmd, s.View().Content != before || s.looking != looking || s.text.overlay != overlay
}

// Every key does something in every state, or says in a line why not.
func TestEveryKeyInEveryState(t *testing.T) {
	t.Parallel()
	for _, m := range everyMoment(true) {
		for _, msg := range everyKey() {
			s := m.screen()
			if cmd, changed := s.press(msg); cmd == nil && !changed && !s.field.typing && !(s.text.overlay != none && moves(msg)) {
				t.Errorf("%s: the key %s is ignored without a word", m.name, msg)
			}
			if len(s.flash) > 76 {
				t.Errorf("%s: the key %s says more than a line: %q", m.name, msg, s.flash)
			}
		}
	}
}

// moves says that a key moves in a list or a text, which may be at its end.
func moves(msg tea.KeyPressMsg) bool {
	return slices.Contains([]rune{tea.KeyUp, tea.KeyDown, tea.KeyLeft, tea.KeyRight, tea.KeyPgUp, tea.KeyPgDown, tea.KeyHome, tea.KeyEnd, tea.KeySpace, '1'}, msg.Code)
}

// Capital letters, as Caps Lock makes them, mean what small ones do.
func TestCapsLockChangesNoMeaning(t *testing.T) {
	t.Parallel()
	for _, m := range everyMoment(true) {
		for r := 'a'; r <= 'z'; r++ {
			small, capital := m.screen(), m.screen()
			if small.field.typing {
				continue
			}
			capital.now = small.now
			cmd, _ := small.press(character(r))
			upper := tea.KeyPressMsg{Code: r, ShiftedCode: r - 32, Text: string(r - 32), Mod: tea.ModCapsLock}
			if other, _ := capital.press(upper); (other == nil) != (cmd == nil) || small.text.overlay != capital.text.overlay || small.flash != capital.flash || small.looking != capital.looking {
				t.Errorf("%s: %c says %q, its capital %q", m.name, r, small.flash, capital.flash)
			}
		}
	}
}

// The keys that a screen names are keys that do something there.
func TestEveryKeyThatIsNamedDoesSomething(t *testing.T) {
	t.Parallel()
	for _, m := range everyMoment(true) {
		s := m.screen()
		var inBox []choice
		if !s.text.overlay.covers() {
			x := s.frame().view.sheet()
			if asks := s.frame().asks(); asks != nil {
				x.box = asks
			}
			if s.frame().overlaid != nil {
				x = s.frame().overlaid(s.frame().view)
			}
			if x.box != nil {
				inBox = x.box.choices
			}
		}
		named := []string{}
		for _, c := range inBox {
			named = append(named, c.key)
		}
		line := s.frame().moment(inBox)
		if len(line) > mostKeys+2 {
			t.Errorf("%s: %d keys on the key line", m.name, len(line))
		}
		for _, b := range line {
			if slices.Contains(named, b.Help().Key) {
				t.Errorf("%s: the key %s is in the box and on the key line", m.name, b.Help().Key)
			}
			named = append(named, b.Help().Key)
		}
		for _, name := range named {
			for _, msg := range pressed(name) {
				s := m.screen()
				if cmd, _ := s.press(msg); cmd == nil && (strings.Contains(s.flash, "does nothing") || strings.Contains(s.flash, " is for ")) {
					t.Errorf("%s names the key %s, which says: %s", m.name, name, s.flash)
				}
			}
		}
	}
}

// pressed are the keys with such a name.
func pressed(name string) []tea.KeyPressMsg {
	special := map[string][]tea.KeyPressMsg{"enter": {{Code: tea.KeyEnter}}, "esc": {{Code: tea.KeyEscape}}, "← →": {{Code: tea.KeyLeft}, {Code: tea.KeyRight}},
		"↑↓": {{Code: tea.KeyUp}, {Code: tea.KeyDown}}, "space": {{Code: tea.KeySpace, Text: " "}}, "ctrl+r": {{Code: 'r', Mod: tea.ModCtrl}}, "↑↓ or number": {{Code: tea.KeyDown}, character('1')}}
	if keys, ok := special[name]; ok {
		return keys
	}
	return []tea.KeyPressMsg{character(rune(name[0]))}
}

// In AWS, Enter neither creates nor deletes nor opens the link of a server; y and o do.
func TestEnterDoesNoHarmInAWS(t *testing.T) {
	t.Parallel()
	harmful := map[string]string{"prerequisites, asking plan": "y", "gateway, asking recreate": "y", "consent, asking consent": "o", "consent, asking decline": "y", "cleanup, asking cleanup": "y",
		fmt.Sprintf("overlay %d", again): "y"}
	for _, m := range everyMoment(false) {
		key, is := harmful[m.name]
		if !is {
			continue
		}
		delete(harmful, m.name)
		s := m.screen()
		if cmd, _ := s.press(tea.KeyPressMsg{Code: tea.KeyEnter}); cmd != nil {
			t.Errorf("%s: Enter does something", m.name)
		}
		if !strings.Contains(s.flash, key) {
			t.Errorf("%s: Enter says %q", m.name, s.flash)
		}
		s = m.screen()
		if cmd, _ := s.press(character(rune(key[0]))); cmd == nil {
			t.Errorf("%s: %s does nothing: %s", m.name, key, s.flash)
		}
	}
	if len(harmful) > 0 {
		t.Errorf("not tried: %v", harmful)
	}
}

// One drawing and one key are quick, on the page with the most on it. The bound is far
// above what BenchmarkUpdateAndView measures, for machines that do much else.
func TestAKeyAndADrawingAreQuick(t *testing.T) {
	s := runningAt(steps.Consent, 200, 60)
	s.happens(aLink(), aConsent())
	for range 300 {
		s.happens(anExchange())
	}
	quickest := time.Hour
	for range 50 {
		began := time.Now()
		s.Update(tea.KeyPressMsg{Code: tea.KeyDown})
		s.View()
		quickest = min(quickest, time.Since(began))
	}
	if quickest > 20*time.Millisecond {
		t.Errorf("the quickest of 50 took %v", quickest)
	}
}
