package engine

import "context"

// Attempt is one attempt at one step. It is the Person of the step.
type Attempt struct {
	Step  ID
	Again bool // the person asked for this step expressly

	number int
	runner *Runner
}

// Tell shows the body of an event, and returns when it has been shown.
func (a *Attempt) Tell(body any) { a.runner.emit(a.Step, a.number, body) }

// Ask puts a question and waits for the answer: from --yes, from an answerer, or
// from the person. Its error is a NeedsPerson where nobody is there, a
// RefusedAnswer where an answerer's will not do, or why the context ended.
func (a *Attempt) Ask(ctx context.Context, q Question) (Answer, error) {
	r := a.runner
	if q.Yes && r.work.Yes {
		return Yes, nil
	}
	for _, answerer := range r.work.Answerers {
		answer, ok, err := answerer(ctx, q)
		if err != nil {
			return "", err
		}
		if !ok {
			continue
		}
		if q.Check != nil {
			if err := q.Check(answer); err != nil {
				return "", RefusedAnswer{q, err}
			}
		}
		return answer, nil
	}
	if !r.work.Attended {
		if q.Waits {
			<-ctx.Done()
			return "", ctx.Err()
		}
		return "", NeedsPerson{[]Question{q}}
	}
	return a.ask(ctx, q)
}

// ask puts the question to the front end.
func (a *Attempt) ask(ctx context.Context, q Question) (Answer, error) {
	r := a.runner
	reply := make(chan Answer, 1)
	r.mu.Lock()
	r.answers[a.Step] = reply
	r.mu.Unlock()
	a.Tell(Asked{q})
	defer a.Tell(Answered{})
	select {
	case answer, answered := <-reply:
		if !answered {
			return "", NeedsPerson{[]Question{q}}
		}
		return answer, nil
	case <-ctx.Done():
		r.mu.Lock()
		delete(r.answers, a.Step)
		r.mu.Unlock()
		return "", ctx.Err()
	case <-r.closed:
		return "", context.Canceled
	}
}
