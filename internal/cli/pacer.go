package cli

import (
	"context"
	"slices"
	"sync"
	"time"

	"agentcore-3lo/internal/wait"
	"agentcore-3lo/steps/engine"
)

// pacer turns the pages of a walkthrough that plays by itself. It is between the
// loop and the front end: pages turn in order, each after it could be read, and
// not before the next step can begin.
type pacer struct {
	engine.FrontEnd
	moment time.Duration
	passed []engine.ID // pages of an earlier process
	begin  func()

	mu      sync.Mutex
	machine engine.Machine
	changed chan struct{} // closed by the next event
	turned  map[engine.ID]chan struct{}
}

// newPacer returns a pacer for the front end.
func newPacer(front engine.FrontEnd, m engine.Machine, moment time.Duration, passed []engine.ID) *pacer {
	p := &pacer{FrontEnd: front, moment: moment, passed: passed, machine: m, changed: make(chan struct{}), turned: map[engine.ID]chan struct{}{}}
	for _, st := range m.Steps() {
		p.turned[st.ID] = make(chan struct{})
	}
	return p
}

// Begin prepares to turn pages, from the first that is not passed.
func (p *pacer) Begin(ctx context.Context, m engine.Machine, l *engine.Loop) {
	p.begin = sync.OnceFunc(func() { go func() { _ = p.play(ctx, l) }() }) // ends with the context at the latest
	p.FrontEnd.Begin(ctx, m, l)
}

// Show passes an event on, and notes where the walkthrough is. The first one says
// that the front end is there.
func (p *pacer) Show(before, after engine.Machine, e engine.Event) {
	p.FrontEnd.Show(before, after, e)
	defer p.begin()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.machine = after
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *pacer) play(ctx context.Context, l *engine.Loop) error {
	m, _ := p.now()
	var ids []engine.ID
	for _, st := range m.Steps() {
		ids = append(ids, st.ID)
	}
	for len(ids) > 1 && slices.Contains(p.passed, ids[0]) {
		close(p.turned[ids[0]])
		ids = ids[1:]
	}
	for i, id := range ids {
		p.turn(l, id)
		close(p.turned[id])
		if err := wait.Sleep(ctx, p.moment); err != nil {
			return err
		}
		next := ids[min(i+1, len(ids)-1)]
		if err := p.await(ctx, l, id, next); err != nil {
			return err
		}
		if err := wait.Sleep(ctx, p.moment/2); err != nil { // what came of it is read as well
			return err
		}
	}
	return nil
}

// await returns when a page's step is done, or the next one does not need it. A
// step that fails is shown until it is done.
func (p *pacer) await(ctx context.Context, l *engine.Loop, id, next engine.ID) error {
	for page := id; ; {
		m, changed := p.now()
		failed := slices.IndexFunc(m.Steps(), func(st engine.Status) bool { return st.State == engine.Failed })
		switch {
		case failed >= 0:
			if to := m.Steps()[failed].ID; to != page {
				page = to
				p.turn(l, page)
			}
		case page != id:
			if m.Of(page).State == engine.Done {
				page = id
				p.turn(l, page)
				continue
			}
		case m.Of(id).State == engine.Done, next != id && m.Of(next).State != engine.Waiting:
			return nil
		case m.Of(id).State == engine.Ready:
			l.Send(engine.Event{Step: id, Time: time.Now(), Body: engine.Go{}})
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// turn turns to a page. A step that waits for its page begins.
func (p *pacer) turn(l *engine.Loop, id engine.ID) {
	l.Send(engine.Event{Step: id, Time: time.Now(), Body: engine.Visit{}})
}

func (p *pacer) now() (m engine.Machine, changed <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.machine, p.changed
}

// untilTurned waits until a page has been turned to.
func (p *pacer) untilTurned(ctx context.Context, id engine.ID) error {
	select {
	case <-p.turned[id]:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
