package plain

import (
	"context"
	"slices"
	"time"

	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui/terminal"
)

// Asker lets somebody at standard input take part in a walkthrough: it puts the
// questions of the steps, waits for Enter before each step at manual pace, and
// leaves when nothing is left to do.
type Asker struct {
	// Put puts one question and waits for the answer; nil = nobody is there.
	Put func(context.Context, engine.Question) (engine.Answer, error)

	ctx      context.Context
	loop     *engine.Loop
	withdraw map[engine.ID]context.CancelFunc
}

// Begin turns to the machine's page.
func (a *Asker) Begin(ctx context.Context, m engine.Machine, l *engine.Loop) {
	a.ctx, a.loop, a.withdraw = ctx, l, map[engine.ID]context.CancelFunc{}
	go l.Send(engine.Event{Step: m.Page, Time: time.Now(), Body: engine.Visit{}})
}

// Follow does what an event asks of the person, once it has been shown. Before
// Begin it does nothing.
func (a *Asker) Follow(after engine.Machine, e engine.Event) {
	if a.loop == nil {
		return
	}
	asked, puts := e.Body.(engine.Asked)
	asking := after.Of(e.Step).State == engine.Asking
	switch withdraw := a.withdraw[e.Step]; {
	case puts && asking && a.Put != nil:
		a.ask(e.Step, asked.Question)
	case withdraw != nil && !asking:
		withdraw()
		delete(a.withdraw, e.Step)
	}
	if !after.Busy() {
		a.proceed(after)
	}
}

func (a *Asker) ask(id engine.ID, q engine.Question) {
	ctx, withdraw := context.WithCancel(a.ctx)
	a.withdraw[id] = withdraw
	go func() {
		switch answer, err := a.Put(ctx, q); {
		case err == nil:
			a.loop.Answer(id, answer)
		case ctx.Err() == nil:
			a.loop.Unanswered(id)
		}
	}()
}

// proceed begins the next step when the person says so, or leaves.
func (a *Asker) proceed(m engine.Machine) {
	all := m.Steps()
	i := slices.IndexFunc(all, func(s engine.Status) bool { return s.State == engine.Ready })
	switch {
	case i < 0 || m.Failure() != nil || a.ctx.Err() != nil:
		a.loop.Leave(nil)
	case a.Put == nil:
		a.loop.Leave(terminal.ErrEnded)
	default:
		go a.begin(all[i].ID)
	}
}

func (a *Asker) begin(id engine.ID) {
	if _, err := a.Put(a.ctx, beginQuestion(id)); err != nil {
		a.loop.Leave(err)
		return
	}
	a.loop.Send(engine.Event{Step: id, Time: time.Now(), Body: engine.Go{}})
}
