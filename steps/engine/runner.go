package engine

import (
	"context"
	"iter"
	"sync"
	"time"
)

// Work is what the runner carries out: the steps, seen from the engine.
type Work struct {
	// Do makes one attempt at a step. It returns the steps that no longer hold by
	// what it has done, and why.
	Do func(context.Context, *Attempt) (stale map[ID]string, err error)
	// Explain makes an error a failure with its four parts.
	Explain func(ID, error) Failure
	// Attended says that somebody is there to answer.
	Attended bool
	// Yes agrees to every question that says it may be agreed to so (--yes).
	Yes bool
	// Answerers are tried in order before a question goes to the front end.
	Answerers []Answerer
	// Record is given each event before the front end, on the goroutine of its
	// attempt, and Started besides; nil = nobody records.
	Record func(Event)
}

// Runner carries out what the machine decides. Its goroutines are the only
// ones that work on a run.
type Runner struct {
	work Work

	events chan delivery
	closed chan struct{}
	once   sync.Once
	busy   sync.WaitGroup

	mu      sync.Mutex
	cancels map[ID]context.CancelFunc
	answers map[ID]chan Answer
}

type delivery struct {
	Event
	seen chan struct{}
}

// NewRunner returns a runner for the work.
func NewRunner(work Work) *Runner {
	return &Runner{work: work, events: make(chan delivery), closed: make(chan struct{}),
		cancels: map[ID]context.CancelFunc{}, answers: map[ID]chan Answer{}}
}

// happened yields what happens, one at a time. The cause of an event goes on
// only when the loop's body has ended: what was shown precedes what comes next.
func (r *Runner) happened() iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for {
			select {
			case d := <-r.events:
				more := yield(d.Event)
				close(d.seen)
				if !more {
					return
				}
			case <-r.closed:
				return
			}
		}
	}
}

// do begins and cancels attempts. It does not wait for them.
func (r *Runner) do(ctx context.Context, effects ...Effect) {
	for _, fx := range effects {
		r.mu.Lock()
		if cancel := r.cancels[fx.Step]; cancel != nil {
			cancel()
			delete(r.cancels, fx.Step)
		}
		if !fx.Cancel {
			attempt, cancel := context.WithCancel(ctx)
			r.cancels[fx.Step] = cancel
			r.busy.Go(func() { r.attempt(attempt, fx) })
		}
		r.mu.Unlock()
	}
}

// answer gives the answer to the question that the step has put.
func (r *Runner) answer(id ID, a Answer) {
	r.mu.Lock()
	waiting := r.answers[id]
	delete(r.answers, id)
	r.mu.Unlock()
	if waiting != nil {
		waiting <- a
	}
}

// unanswered says that nobody will answer the question that the step has put.
func (r *Runner) unanswered(id ID) {
	r.mu.Lock()
	waiting := r.answers[id]
	delete(r.answers, id)
	r.mu.Unlock()
	if waiting != nil {
		close(waiting)
	}
}

// close cancels what runs, waits until it has ended, and ends what happens.
func (r *Runner) close() {
	r.once.Do(func() { close(r.closed) })
	r.mu.Lock()
	for _, cancel := range r.cancels {
		cancel()
	}
	r.mu.Unlock()
	r.busy.Wait()
}

// attempt makes one attempt and tells how it ended.
func (r *Runner) attempt(ctx context.Context, fx Effect) {
	r.record(Event{Step: fx.Step, Attempt: fx.Attempt, Time: time.Now(), Body: Started{}})
	stale, err := r.work.Do(ctx, &Attempt{Step: fx.Step, Again: fx.Again, number: fx.Attempt, runner: r})
	if err != nil {
		r.emit(fx.Step, fx.Attempt, Broke{r.work.Explain(fx.Step, err)})
		return
	}
	r.emit(fx.Step, fx.Attempt, Finished{stale})
}

// emit reports what an attempt does, and waits until it has been shown.
func (r *Runner) emit(step ID, attempt int, body any) {
	e := Event{Step: step, Attempt: attempt, Time: time.Now(), Body: body}
	r.record(e)
	r.deliver(e)
}

// deliver hands an event to the front end and waits until it has been shown.
func (r *Runner) deliver(e Event) {
	d := delivery{e, make(chan struct{})}
	select {
	case r.events <- d:
		select {
		case <-d.seen:
		case <-r.closed: // the front end took it and went away
		}
	case <-r.closed:
	}
}

func (r *Runner) record(e Event) {
	if r.work.Record != nil {
		r.work.Record(e)
	}
}
