package testkit

import (
	"context"
	"sync/atomic"
	"time"

	"agentcore-3lo/steps/engine"
)

// person is the front end of a test. It answers with Run.Person, and ends when
// nothing is running.
type person struct {
	run     *Run
	outcome *Outcome
	loop    *engine.Loop
	ended   atomic.Bool // standard input has ended
}

func (p *person) Begin(_ context.Context, m engine.Machine, l *engine.Loop) {
	p.loop = l
	go l.Send(engine.Event{Step: m.Page, Time: time.Now(), Body: engine.Visit{}})
}

func (p *person) Show(_, after engine.Machine, e engine.Event) {
	p.outcome.Events = append(p.outcome.Events, e)
	if p.run.Watch != nil {
		p.run.Watch(e)
	}
	if asked, ok := e.Body.(engine.Asked); ok {
		p.outcome.Asked = append(p.outcome.Asked, asked.Question.Name)
		go p.answer(e.Step, asked.Question)
	}
	if !after.Busy() {
		p.loop.Leave(nil)
	}
}

func (p *person) answer(id engine.ID, q engine.Question) {
	if p.ended.Load() || q.Name == p.run.EOFAt {
		p.ended.Store(true)
		p.loop.Unanswered(id)
	} else if a, ok := p.run.Person(q); ok {
		p.loop.Answer(id, a)
	}
}
