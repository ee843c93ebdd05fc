package screen

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// walk is the state of the steps, what was said at each of them, and at which the
// person looks.
type walk struct {
	position
	pages   map[engine.ID]*page
	now     time.Time
	ticking bool // a tick is on its way
}

func newWalk(m engine.Machine) walk {
	w := walk{position: position{m, m.Page}, pages: map[engine.ID]*page{}, now: time.Now()}
	for _, st := range m.Steps() {
		w.pages[st.ID] = &page{}
	}
	return w
}

// page is what happened at the step on the screen.
func (w walk) page() *page { return w.pages[w.looking] }

// word is a step's state in words.
func (w walk) word(st engine.Status) string {
	p := w.pages[st.ID]
	return stateWord(st, w.next(st), p.calls.wait.State, func(st engine.Status) string { return ui.Clock(st.Elapsed(w.now)) })
}

// moving says that a time on the screen moves: how long something runs, or how
// long a link is still valid.
func (w walk) moving() bool {
	return slices.ContainsFunc(w.m.Steps(), func(st engine.Status) bool {
		link := w.pages[st.ID].link
		return st.State == engine.Running || st.State == engine.Asking && link != nil && !link.Expires.IsZero()
	})
}

// tick keeps the times on the screen moving.
func (w *walk) tick() tea.Cmd {
	if w.ticking || !w.moving() {
		return nil
	}
	w.ticking = true
	return tea.Tick(time.Second, func(t time.Time) tea.Msg { return tickMsg(t) })
}

// ticked takes the time over, and waits for the next tick.
func (w *walk) ticked(now time.Time) tea.Cmd {
	w.now, w.ticking = now, false
	return w.tick()
}

// record keeps what an event says on its step's page. top says that something
// new is at the beginning of the page on the screen.
func (w walk) record(e engine.Event) (top bool) {
	if x, exchange := e.Body.(wire.Exchange); exchange && x.Service == "IAM" && e.Step == steps.Inbound && w.pages[steps.Gateway] != nil {
		w.pages[steps.Gateway].ahead = append(w.pages[steps.Gateway].ahead, e) // the gateway's role
		return false
	}
	p := w.pages[e.Step]
	return p != nil && p.record(e) && e.Step == w.looking
}

// result is what the tool has answered, empty before.
func (w walk) result() event.Result {
	if p := w.pages[steps.Invoke]; p != nil && p.result != nil {
		return *p.result
	}
	return event.Result{}
}

// transcript is the steps, the resources and the profile, for the scrollback.
func (w walk) transcript(r ui.Run, width int) string {
	var b strings.Builder
	b.WriteString(ui.Heading(r) + "\n\n")
	for _, st := range w.m.Steps() {
		step, _ := steps.Find(st.ID)
		fmt.Fprintf(&b, "%s %3s %-26s %s\n", sign(st), number(st.ID), step.Title, w.word(st))
	}
	if made := r.Now().Made; len(made) > 0 {
		b.WriteString("\n")
		for _, x := range made {
			fmt.Fprintf(&b, "   %-20s %s\n", strings.ReplaceAll(x.Kind, "_", " "), cmp.Or(x.ID, x.Name))
		}
	}
	if p := w.pages[steps.Cleanup]; p != nil {
		b.WriteString("\n" + ui.Note(p.said(), width))
	}
	if p := w.pages[steps.Invoke]; p != nil && p.result != nil {
		b.WriteString(ui.RenderResult(*p.result, width))
	}
	return b.String()
}
