package steps

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	awsenv "agentcore-3lo/internal/aws"
)

// Runner carries out what the machine decides. Its goroutines are the only
// ones that work on a run.
type Runner struct {
	kit       *Kit
	answerers []Answerer
	attended  bool

	events chan delivery
	closed chan struct{}
	once   sync.Once
	work   sync.WaitGroup

	mu      sync.Mutex
	cancels map[ID]context.CancelFunc
	answers map[ID]chan Answer
}

type delivery struct {
	Event
	seen chan struct{}
}

// NewRunner returns a runner for the kit's run. The answerers are tried in
// order before a question goes to the front end; attended says whether there
// is anybody in front of it.
func NewRunner(kit *Kit, attended bool, answerers ...Answerer) *Runner {
	return &Runner{kit: kit, answerers: answerers, attended: attended,
		events: make(chan delivery), closed: make(chan struct{}),
		cancels: map[ID]context.CancelFunc{}, answers: map[ID]chan Answer{}}
}

// Events yields what happens, one at a time. Whoever caused an event goes on
// only when the loop's body has ended: what was shown precedes what comes next.
func (r *Runner) Events() iter.Seq[Event] {
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

// Do begins and cancels attempts. It does not wait for them.
func (r *Runner) Do(ctx context.Context, effects ...Effect) {
	for _, fx := range effects {
		r.mu.Lock()
		if cancel := r.cancels[fx.Step]; cancel != nil {
			cancel()
			delete(r.cancels, fx.Step)
		}
		if !fx.Cancel {
			attempt, cancel := context.WithCancel(ctx)
			r.cancels[fx.Step] = cancel
			r.work.Go(func() { r.attempt(attempt, fx) })
		}
		r.mu.Unlock()
	}
}

// Answer gives the answer to the question that the step has put.
func (r *Runner) Answer(id ID, a Answer) {
	r.mu.Lock()
	waiting := r.answers[id]
	delete(r.answers, id)
	r.mu.Unlock()
	if waiting != nil {
		waiting <- a
	}
}

// Unanswered says that nobody will answer the question that the step has put.
func (r *Runner) Unanswered(id ID) {
	r.mu.Lock()
	waiting := r.answers[id]
	delete(r.answers, id)
	r.mu.Unlock()
	if waiting != nil {
		close(waiting)
	}
}

// Close cancels what runs, waits until it has ended, and ends Events.
func (r *Runner) Close() {
	r.once.Do(func() { close(r.closed) })
	r.mu.Lock()
	for _, cancel := range r.cancels {
		cancel()
	}
	r.mu.Unlock()
	r.work.Wait()
}

func (r *Runner) attempt(ctx context.Context, fx Effect) {
	step, _ := Find(fx.Step)
	t := &Task{Kit: r.kit, Person: &voice{r, fx}, Step: fx.Step, Again: fx.Again}
	t.Observer = func(x awsenv.Exchange) {
		r.kit.Log.Debug("call", "step", fx.Step, "service", x.Service, "operation", x.Operation,
			"status", x.Status, "request_id", x.RequestID, "took", x.Took, "error", x.Err)
		r.emit(fx, Event{Kind: Called, Call: &x})
	}
	ctx = awsenv.WithObserver(ctx, t.Observer)
	ctx = awsenv.WithWaiting(ctx, r.kit.Settings.TellAfter, func(service, operation string) {
		t.Tell(Note{Wait: service + " " + operation + ": waiting for the answer"})
	})
	stale, err := r.perform(ctx, step, t)
	if err != nil {
		f := r.kit.Explain(step.ID, err)
		r.kit.Log.Error("step failed", "step", fx.Step, "doing", f.Doing, "code", f.Why.Code, "message", f.Why.Message)
		r.emit(fx, Event{Kind: Broke, Failure: &f})
		return
	}
	r.emit(fx, Event{Kind: Finished, Stale: stale})
}

// perform runs the step and marks it done.
func (r *Runner) perform(ctx context.Context, step Step, t *Task) (stale map[ID]string, err error) {
	for {
		began := time.Now()
		err := t.guarded(func() error { return step.Run(ctx, t) })
		if err == nil {
			break
		}
		// A step finds what it has made already, so it can begin again.
		if !expired(err) || !r.attended {
			return nil, err
		}
		if unasked := t.renewed(ctx, began, err); unasked != nil {
			if errors.As(unasked, &NeedsPerson{}) {
				err = unasked
			}
			return nil, err
		}
	}
	if step.Deferred {
		stale = r.kit.StaleSteps()
		if t.hasNewSecret() {
			stale[Provider] = "a new secret waits to be handed over"
		}
		return stale, nil
	}
	return r.kit.markDone(step)
}

// guarded makes a panic an error: the record and the terminal must survive it.
// What a step does on a goroutine of its own needs it too.
func (t *Task) guarded(work func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			t.Log.Error("panic", "step", t.Step, "value", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = Problem{Doing: "running the step " + string(t.Step), Err: errors.New("a fault in this program; the log has the details")}
		}
	}()
	return work()
}

// emit hands an event to the front end and waits until it has been shown.
func (r *Runner) emit(fx Effect, e Event) {
	e.Step, e.Attempt, e.Time = fx.Step, fx.Attempt, time.Now()
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

// voice is the Person of one attempt.
type voice struct {
	r  *Runner
	fx Effect
}

func (v *voice) Tell(n Note) {
	n.Wait = v.r.kit.Redactor.Redact(n.Wait) // it quotes what a service said
	if n.Text != "" {
		n.Text = v.r.kit.Redactor.Redact(n.Text)
		v.r.kit.Log.Info("note", "step", v.fx.Step, "text", n.Text)
	}
	v.r.emit(v.fx, Event{Kind: Said, Note: &n})
}

func (v *voice) Ask(ctx context.Context, q Question) (Answer, error) {
	if q.Yes && v.r.kit.Settings.Yes {
		return "y", nil
	}
	for _, answerer := range v.r.answerers {
		a, ok, err := answerer(ctx, q)
		if err != nil {
			return "", err
		}
		if !ok {
			continue
		}
		if q.Check != nil {
			if err := q.Check(a); err != nil {
				return "", Problem{Doing: "reading " + q.Name, Err: err, Next: "Correct " + q.Answers + " and start again.", Exit: ExitUsage}
			}
		}
		return a, nil
	}
	if !v.r.attended {
		if q.Waits {
			<-ctx.Done()
			return "", ctx.Err()
		}
		return "", NeedsPerson{[]Question{q}}
	}
	reply := make(chan Answer, 1)
	v.r.mu.Lock()
	v.r.answers[v.fx.Step] = reply
	v.r.mu.Unlock()
	v.r.emit(v.fx, Event{Kind: Asked, Question: &q})
	defer v.r.emit(v.fx, Event{Kind: Answered})
	select {
	case a, answered := <-reply:
		if !answered {
			return "", NeedsPerson{[]Question{q}}
		}
		return a, nil
	case <-ctx.Done():
		v.r.mu.Lock()
		delete(v.r.answers, v.fx.Step)
		v.r.mu.Unlock()
		return "", ctx.Err()
	case <-v.r.closed:
		return "", context.Canceled
	}
}

// discard drops log lines; a kit without a log file uses it.
var discard = slog.New(slog.DiscardHandler)
