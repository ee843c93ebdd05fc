package engine

import "context"

// FrontEnd shows a walkthrough to a person or to a program, and hands on what
// they do. Drive calls its methods, from one goroutine.
type FrontEnd interface {
	// Begin is called once, before anything happens, with the state of the steps.
	// Through the loop the front end hands on what the person does. The context
	// ends when the walkthrough is interrupted.
	Begin(ctx context.Context, m Machine, l *Loop)
	// Show shows what an event has changed, and returns when it has been shown. A
	// question that the event puts is asked without waiting for the answer, which
	// goes to the loop; it is withdrawn when its step no longer asks.
	Show(before, after Machine, e Event)
}

// Drive shows a walkthrough in a front end until that leaves. It returns where
// the steps stand then, and the error with which the front end left.
func Drive(ctx context.Context, runner *Runner, m Machine, front FrontEnd) (Machine, error) {
	defer runner.close()
	l := &Loop{runner: runner}
	front.Begin(ctx, m, l)
	for e := range runner.happened() {
		before := m
		var effects []Effect
		m, effects = m.Next(e)
		front.Show(before, m, e)
		runner.do(ctx, effects...)
	}
	return m, l.err
}

// Loop takes what the person does at a front end. Its methods may be called from
// any goroutine, but Begin and Show must not wait for Send.
type Loop struct {
	runner *Runner
	err    error
}

// Send hands on an event of the person, and returns when it has been shown.
func (l *Loop) Send(e Event) { l.runner.deliver(e) }

// Answer answers the question of a step.
func (l *Loop) Answer(id ID, a Answer) { l.runner.answer(id, a) }

// Unanswered says that nobody will answer the question of a step.
func (l *Loop) Unanswered(id ID) { l.runner.unanswered(id) }

// Leave ends the walkthrough, with what kept the front end from going on, or nil.
// What still runs is cancelled.
func (l *Loop) Leave(err error) {
	l.runner.once.Do(func() {
		l.err = err
		close(l.runner.closed)
	})
}
