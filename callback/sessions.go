package callback

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	// maxSessions limits the sessions that are kept. A run has a handful, but
	// with AcceptAny anyone could otherwise fill the memory.
	maxSessions = 256

	// lifetime is how long AgentCore keeps a session. It applies to a session
	// that was not announced by Expect.
	lifetime = 10 * time.Minute

	// pageGrace is how long an outcome waits until the browser has fetched its
	// page. A client that does not follow redirects never does.
	pageGrace = time.Second
)

// session is one authorization request: pending, being completed, or ended. The
// registry's lock guards it.
type session struct {
	urn       string
	key       string // in the result page's URL, so that the address bar does not keep the URN
	expected  bool   // announced by Expect: never evicted before it expires
	expires   time.Time
	attempt   *attempt // the latest; nil while pending
	cancel    func()   // cancels the latest attempt
	ended     bool
	reported  bool          // the outcome has been sent
	waiting   int           // how many browsers wait for the result page
	delivered chan struct{} // closed when all of them have it
}

// attempt is one call of Complete, shared by all requests that wait for it. Its fields
// do not change after done is closed.
type attempt struct {
	done    chan struct{}
	err     error
	refused *RefusedError
}

// result returns the error of the attempt.
func (a *attempt) result() error {
	if a.refused != nil {
		return a.refused
	}
	return a.err
}

// registry holds the sessions of one listener.
type registry struct {
	opts     Options
	outcomes chan Outcome

	mu     sync.Mutex
	byURN  map[string]*session
	byKey  map[string]*session
	ctx    context.Context // for Complete: a call continues when the browser disconnects
	cancel context.CancelFunc
}

func newRegistry(ctx context.Context, o Options) *registry {
	r := &registry{
		opts:     o,
		outcomes: make(chan Outcome, maxSessions),
		byURN:    map[string]*session{},
		byKey:    map[string]*session{},
	}
	r.ctx, r.cancel = context.WithCancel(ctx)
	return r
}

// expect makes a session pending. A known session keeps its state and gets the later
// expiry.
func (r *registry) expect(urn string, expires time.Time) error {
	if !validSession(urn) {
		return ErrMalformed
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.byURN[urn]; s != nil {
		s.expected = true
		if expires.After(s.expires) {
			s.expires = expires
		}
		return nil
	}
	s, err := r.add(urn, expires)
	if err == nil {
		s.expected = true
	}
	return err
}

// add adds a pending session. The lock is held.
func (r *registry) add(urn string, expires time.Time) (*session, error) {
	for len(r.byURN) >= maxSessions {
		oldest := r.evictable()
		if oldest == nil {
			return nil, fmt.Errorf("more than %d sessions are pending", maxSessions)
		}
		oldest.cancel()
		delete(r.byURN, oldest.urn)
		delete(r.byKey, oldest.key)
	}
	s := &session{urn: urn, key: nonce(), expires: expires, delivered: make(chan struct{}), cancel: func() {}}
	r.byURN[urn], r.byKey[s.key] = s, s
	return s, nil
}

// evictable returns the session to remove for a new one: the oldest that has expired or
// was not expected, preferably without a call in progress. Invented sessions therefore
// never displace a real one. It returns nil if there is none. The lock is held.
func (r *registry) evictable() *session {
	var oldest *session
	inProgress := func(s *session) bool { return s.attempt != nil && !s.ended }
	for _, s := range r.byURN {
		over := r.opts.Now().After(s.expires) && !inProgress(s)
		switch {
		case s.expected && !over:
		case oldest == nil, inProgress(oldest) && !inProgress(s),
			inProgress(oldest) == inProgress(s) && s.expires.Before(oldest.expires):
			oldest = s
		}
	}
	return oldest
}

// arrive handles a session that a browser or a paste delivered. It starts completing a
// pending session, joins an attempt in progress, and returns the result of a ended
// session. browser says that a browser waits for the result page.
func (r *registry) arrive(urn string, refused *RefusedError, browser bool) (*session, *attempt, ArrivalKind, error) {
	if refused != nil {
		refused.Meaning = meaning(refused.Code, r.opts.Classify)
	}
	s, a, kind, err := r.startOrJoin(urn, refused, browser)
	// Earlier is called without the lock, because it may block.
	if kind == ArrivalUnknown && r.opts.Earlier != nil && r.opts.Earlier(urn) {
		// The session may have become pending in the meantime.
		if s, a, kind, err = r.startOrJoin(urn, refused, browser); kind == ArrivalUnknown {
			return nil, nil, ArrivalEarlier, ErrEarlierSession
		}
	}
	return s, a, kind, err
}

func (r *registry) startOrJoin(urn string, refused *RefusedError, browser bool) (*session, *attempt, ArrivalKind, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.byURN[urn]
	if s == nil && r.opts.AcceptAny {
		var err error
		if s, err = r.add(urn, r.opts.Now().Add(lifetime)); err != nil {
			return nil, nil, ArrivalBlocked, err
		}
	}
	switch {
	case s == nil:
		return nil, nil, ArrivalUnknown, ErrUnknownSession
	case s.attempt == nil && !r.opts.Now().Before(s.expires):
		return s, nil, ArrivalExpired, ErrExpired
	}
	if browser {
		s.waiting++
	}
	switch {
	case s.attempt != nil:
		return s, s.attempt, ArrivalRepeated, nil
	case refused != nil:
		s.attempt = &attempt{done: make(chan struct{}), refused: refused}
		r.end(s)
		return s, s.attempt, ArrivalRefused, nil
	default:
		s.attempt = &attempt{done: make(chan struct{})}
		ctx, cancel := context.WithTimeout(r.ctx, r.opts.CompleteTimeout)
		s.cancel = cancel
		go r.complete(ctx, s, s.attempt)
		return s, s.attempt, ArrivalKnown, nil
	}
}

// complete calls Complete with the listener's context: a browser that disconnects must
// not cancel a call that may already have taken effect.
func (r *registry) complete(ctx context.Context, s *session, a *attempt) {
	a.err = recovering(ctx, r.opts.Complete, s.urn)

	r.mu.Lock()
	defer r.mu.Unlock()
	s.cancel()
	if temporary(a.err) || a.err != nil && r.opts.retries() {
		if !temporary(a.err) {
			r.send(s, a)
		}
		s.attempt, s.waiting = nil, 0 // the page is shown in place
		close(a.done)
		return
	}
	r.end(s)
}

// recovering calls Complete and turns a panic into an error, which would otherwise end the
// program.
func recovering(ctx context.Context, complete func(context.Context, string) error, urn string) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("completing the session failed inside this program")
		}
	}()
	return complete(ctx, urn)
}
