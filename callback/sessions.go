package callback

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	// maxSessions bounds what is remembered. A walkthrough has a handful;
	// AcceptAny would otherwise let a stranger fill the memory.
	maxSessions = 256

	// lifetime is how long AgentCore keeps a session; it is what a session
	// gets that nobody announced.
	lifetime = 10 * time.Minute

	// pageGrace is how long an outcome waits for its page: a client that
	// does not follow redirects never fetches it.
	pageGrace = time.Second
)

// session is one authorization request: pending, being completed, or settled.
// Its book's lock guards it.
type session struct {
	urn      string
	key      string // names the result page, so that the URN can leave the address bar
	expected bool   // by this process: such a session never makes room for another
	expires  time.Time
	attempt  *attempt // the latest; nil while pending
	cancel   func()   // ends the latest attempt
	settled  bool
	told     bool          // the outcome was sent
	owed     int           // browsers that wait for the result page
	shown    chan struct{} // closed when each of them has it
}

// attempt is one call of Complete, shared by all who wait for it. Its fields
// are written before done is closed and not afterwards.
type attempt struct {
	done    chan struct{}
	err     error
	refused *RefusedError
}

// result is the error that the attempt amounts to.
func (a *attempt) result() error {
	if a.refused != nil {
		return a.refused
	}
	return a.err
}

// book keeps the sessions of one listener.
type book struct {
	opts     Options
	outcomes chan Outcome

	mu     sync.Mutex
	byURN  map[string]*session
	byKey  map[string]*session
	ctx    context.Context // of every Complete: it outlives the browser's request
	cancel context.CancelFunc
}

func newBook(ctx context.Context, o Options) *book {
	b := &book{
		opts:     o,
		outcomes: make(chan Outcome, maxSessions),
		byURN:    map[string]*session{},
		byKey:    map[string]*session{},
	}
	b.ctx, b.cancel = context.WithCancel(ctx)
	return b
}

// expect makes a session pending. One that is known stays what it is, with the
// later expiry.
func (b *book) expect(urn string, expires time.Time) error {
	if !validSession(urn) {
		return ErrMalformed
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.byURN[urn]; s != nil {
		s.expected = true
		if expires.After(s.expires) {
			s.expires = expires
		}
		return nil
	}
	s, err := b.add(urn, expires)
	if err == nil {
		s.expected = true
	}
	return err
}

// add remembers a new session. The lock is held.
func (b *book) add(urn string, expires time.Time) (*session, error) {
	for len(b.byURN) >= maxSessions {
		oldest := b.dispensable()
		if oldest == nil {
			return nil, fmt.Errorf("more than %d sessions are pending", maxSessions)
		}
		oldest.cancel()
		delete(b.byURN, oldest.urn)
		delete(b.byKey, oldest.key)
	}
	s := &session{urn: urn, key: nonce(), expires: expires, shown: make(chan struct{}), cancel: func() {}}
	b.byURN[urn], b.byKey[s.key] = s, s
	return s, nil
}

// dispensable returns the session that makes room for a new one, so that made-up
// sessions never keep a real one out: the oldest that is over or that nobody
// expected, and one whose call is under way only where there is no other. The
// lock is held.
func (b *book) dispensable() *session {
	var oldest *session
	underWay := func(s *session) bool { return s.attempt != nil && !s.settled }
	for _, s := range b.byURN {
		over := b.opts.Now().After(s.expires) && !underWay(s)
		switch {
		case s.expected && !over:
		case oldest == nil, underWay(oldest) && !underWay(s),
			underWay(oldest) == underWay(s) && s.expires.Before(oldest.expires):
			oldest = s
		}
	}
	return oldest
}

// arrive takes a session that came in, by browser or by paste. It starts
// completing a pending one, joins an attempt under way, and repeats the result
// of a settled one. browser marks the session as owing a page.
func (b *book) arrive(urn string, refused *RefusedError, browser bool) (*session, *attempt, ArrivalKind, error) {
	s, a, kind, err := b.take(urn, refused, browser)
	// Asked outside the lock: the function is not ours.
	if kind == ArrivalUnknown && b.opts.Earlier != nil && b.opts.Earlier(urn) {
		// It may have become pending since it was looked for.
		if s, a, kind, err = b.take(urn, refused, browser); kind == ArrivalUnknown {
			return nil, nil, ArrivalEarlier, ErrEarlierSession
		}
	}
	return s, a, kind, err
}

func (b *book) take(urn string, refused *RefusedError, browser bool) (*session, *attempt, ArrivalKind, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.byURN[urn]
	if s == nil && b.opts.AcceptAny {
		var err error
		if s, err = b.add(urn, b.opts.Now().Add(lifetime)); err != nil {
			return nil, nil, ArrivalBlocked, err
		}
	}
	switch {
	case s == nil:
		return nil, nil, ArrivalUnknown, ErrUnknownSession
	case s.attempt == nil && !b.opts.Now().Before(s.expires):
		return s, nil, ArrivalExpired, ErrExpired
	}
	if browser {
		s.owed++
	}
	switch {
	case s.attempt != nil:
		return s, s.attempt, ArrivalRepeated, nil
	case refused != nil:
		s.attempt = &attempt{done: make(chan struct{}), refused: refused}
		b.settle(s)
		return s, s.attempt, ArrivalRefused, nil
	default:
		s.attempt = &attempt{done: make(chan struct{})}
		ctx, cancel := context.WithTimeout(b.ctx, b.opts.CompleteTimeout)
		s.cancel = cancel
		go b.complete(ctx, s, s.attempt)
		return s, s.attempt, ArrivalKnown, nil
	}
}

// complete runs Complete on the listener's own context: a browser that goes
// away must not cut off a call that may have done its work.
func (b *book) complete(ctx context.Context, s *session, a *attempt) {
	a.err = guarded(ctx, b.opts.Complete, s.urn)

	b.mu.Lock()
	defer b.mu.Unlock()
	s.cancel()
	if temporary(a.err) || a.err != nil && b.opts.retries() {
		if !temporary(a.err) {
			b.send(s, a)
		}
		s.attempt, s.owed = nil, 0 // the page is shown in place
		close(a.done)
		return
	}
	b.settle(s)
}

// guarded turns a panic of the given function into an error: it runs on a
// goroutine of ours, where a panic would end the program.
func guarded(ctx context.Context, complete func(context.Context, string) error, urn string) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("completing the session failed inside this program")
		}
	}()
	return complete(ctx, urn)
}

// settle ends the session's latest attempt for good. The outcome follows the
// page, where a browser waits for one. The lock is held.
func (b *book) settle(s *session) {
	s.settled = true
	close(s.attempt.done)
	if s.owed > 0 && b.ctx.Err() == nil {
		time.AfterFunc(pageGrace, func() { b.release(s) })
	} else {
		b.tell(s)
	}
}

// delivered notes that one more browser has the session's result page.
func (b *book) delivered(s *session) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s.owed > 1 {
		s.owed--
		return
	}
	b.paid(s)
}

// release waits for no browser any longer.
func (b *book) release(s *session) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.paid(s)
}

// paid notes that nobody waits for the page, and lets the outcome be told. The
// lock is held.
func (b *book) paid(s *session) {
	s.owed = 0
	select {
	case <-s.shown:
	default:
		close(s.shown)
	}
	b.tell(s)
}

// tell sends the session's outcome unless it was sent. The channel holds as
// many outcomes as there may be sessions; what does not fit is dropped. The
// lock is held.
func (b *book) tell(s *session) {
	if s.told || !s.settled {
		return
	}
	s.told = true
	b.send(s, s.attempt)
}

// send reports how an attempt ended.
func (b *book) send(s *session, a *attempt) {
	select {
	case b.outcomes <- Outcome{Session: s.urn, Err: a.result(), Refused: a.refused != nil}:
	default:
	}
}

// settledByKey finds the session of a result page, and how it ended.
func (b *book) settledByKey(key string) (*session, *attempt, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.byKey[key]
	if s == nil || !s.settled {
		return nil, nil, false
	}
	return s, s.attempt, true
}

// pages lists what closes once each browser that waits has its result page.
func (b *book) pages() []<-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	var waiting []<-chan struct{}
	for _, s := range b.byURN {
		if s.owed > 0 && s.attempt != nil {
			waiting = append(waiting, s.shown)
		}
	}
	return waiting
}

// close cancels what is under way and tells what was not told yet.
func (b *book) close() {
	b.cancel()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.byURN {
		b.tell(s)
	}
}
