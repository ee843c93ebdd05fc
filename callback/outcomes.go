package callback

import "time"

// end makes the latest attempt the session's final one. If a browser waits for the
// page, the outcome is reported after it. The lock is held.
func (r *registry) end(s *session) {
	s.ended = true
	close(s.attempt.done)
	if s.waiting > 0 && r.ctx.Err() == nil {
		time.AfterFunc(pageGrace, func() { r.stopWaiting(s) })
	} else {
		r.report(s)
	}
}

// pageDelivered records that one more browser has the session's result page.
func (r *registry) pageDelivered(s *session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.waiting > 1 {
		s.waiting--
		return
	}
	r.finish(s)
}

// stopWaiting ends the wait for browsers that did not fetch the page.
func (r *registry) stopWaiting(s *session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.finish(s)
}

// finish records that no browser waits for the page, and reports the outcome. The lock is
// held.
func (r *registry) finish(s *session) {
	s.waiting = 0
	select {
	case <-s.delivered:
	default:
		close(s.delivered)
	}
	r.report(s)
}

// report sends the outcome of a ended session once. The channel has room for one
// outcome per session; more are dropped. The lock is held.
func (r *registry) report(s *session) {
	if s.reported || !s.ended {
		return
	}
	s.reported = true
	r.send(s, s.attempt)
}

// send sends the outcome of an attempt.
func (r *registry) send(s *session, a *attempt) {
	select {
	case r.outcomes <- Outcome{Session: s.urn, Err: a.result(), Refused: a.refused != nil}:
	default:
	}
}

// endedByKey returns the session of a result page, and how it ended.
func (r *registry) endedByKey(key string) (*session, *attempt, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.byKey[key]
	if s == nil || !s.ended {
		return nil, nil, false
	}
	return s, s.attempt, true
}

// undelivered returns a channel per session that a browser waits for, which is closed when
// the result page has been delivered.
func (r *registry) undelivered() []<-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	var waiting []<-chan struct{}
	for _, s := range r.byURN {
		if s.waiting > 0 && s.attempt != nil {
			waiting = append(waiting, s.delivered)
		}
	}
	return waiting
}

// close cancels the calls in progress and reports the remaining outcomes.
func (r *registry) close() {
	r.cancel()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.byURN {
		r.report(s)
	}
}
