package callback

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"sync"
	"time"
)

const (
	closeTimeout = time.Second // for what is still being answered
	newsBuffer   = 64          // arrivals kept for a reader that is busy
	maxChecks    = 64          // round-trip links remembered
)

// Listener answers at the return URL until it is closed.
type Listener struct {
	opts      Options
	port      *Port
	returnURL *url.URL
	route     route
	book      *book
	seen      chan Arrival
	active    sync.WaitGroup // requests being answered

	mu     sync.Mutex
	checks map[string]chan struct{} // open round trips, by nonce

	closing sync.Once
	closed  chan struct{}
}

// Listen opens the return URL on the port until ctx ends or Close is called. A
// port has one Listener at a time; Listen waits for the end of one that is
// closing.
func (p *Port) Listen(ctx context.Context, o Options) (*Listener, error) {
	if err := o.normalize(); err != nil {
		return nil, err
	}
	if o.ReturnURL == "" {
		o.ReturnURL = "http://localhost:" + strconv.Itoa(p.number) + DefaultPath
	}
	returnURL, err := ParseReturnURL(o.ReturnURL)
	if err != nil {
		return nil, err
	}
	if ip, err := netip.ParseAddr(returnURL.Hostname()); err == nil && ip.Is6() && !forwarded(returnURL) && !p.ipv6 {
		return nil, fmt.Errorf("the return URL %s needs IPv6, which this machine does not have", o.ReturnURL)
	}
	l := &Listener{
		opts:      o,
		port:      p,
		returnURL: returnURL,
		route:     routeOf(returnURL, o.Forwarded),
		book:      newBook(ctx, o),
		seen:      make(chan Arrival, newsBuffer),
		checks:    map[string]chan struct{}{},
		closed:    make(chan struct{}),
	}
	if err := p.attach(ctx, l); err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, l.Close)
	return l, nil
}

// Port returns the port that is listened on.
func (l *Listener) Port() int { return l.port.number }

// ReturnURL returns the URL that the browser has to be sent to.
func (l *Listener) ReturnURL() string { return l.opts.ReturnURL }

// Expect makes a session pending until it expires. It returns ErrMalformed for
// what is no session; a session that is settled already stays settled.
func (l *Listener) Expect(session string, expires time.Time) error {
	return l.book.expect(session, expires)
}

// Outcomes reports each settled session once, after its page was delivered. It
// is never closed.
func (l *Listener) Outcomes() <-chan Outcome { return l.book.outcomes }

// Seen reports what browsers bring. It is news for a reader that is there: what does
// not fit its buffer is dropped. It is never closed.
func (l *Listener) Seen() <-chan Arrival { return l.seen }

// Redirected takes the redirected URL, or the session's URN, that a person
// pasted, and treats it as the browser's own arrival: same checks, one shared
// Complete. It returns nil when the session is completed, else ErrMalformed,
// ErrUnknownSession (also ErrEarlierSession), ErrExpired, a *RefusedError, or
// what Complete returned.
func (l *Listener) Redirected(ctx context.Context, raw string) error {
	urn, refused, err := ParseRedirect(raw)
	if err != nil {
		return err
	}
	_, attempt, _, err := l.book.arrive(urn, refused, false)
	if err != nil {
		return err
	}
	select {
	case <-attempt.done:
		return attempt.result()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// RoundTrip returns a link to this listener that works for one purpose: when a
// browser has opened it, arrived is closed, which proves that this browser
// reaches this listener.
func (l *Listener) RoundTrip() (link string, arrived <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.checks) >= maxChecks {
		clear(l.checks)
	}
	key, done := nonce(), make(chan struct{})
	l.checks[key] = done
	return l.opts.ReturnURL + "?check=" + key, done
}

// Close refuses whatever comes from now on; the port stays held. Pages that
// are owed are delivered first, all within one second.
func (l *Listener) Close() {
	l.closing.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		for _, shown := range l.book.pages() {
			wait(ctx, shown)
		}
		wait(ctx, l.port.detach(l))
		l.book.close()
		close(l.closed)
	})
}

func wait(ctx context.Context, done <-chan struct{}) {
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// report offers news to whoever listens.
func (l *Listener) report(a Arrival, s *session) {
	if s != nil {
		a.Session = s.urn
	}
	l.port.log.Debug("callback", "arrival", string(a.Kind))
	select {
	case l.seen <- a:
	default:
	}
}

// normalize fills the defaults.
func (o *Options) normalize() error {
	if o.Complete == nil {
		return errors.New("callback: Complete is missing")
	}
	if o.CompleteTimeout <= 0 {
		o.CompleteTimeout = 30 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return nil
}

// nonce returns 130 random bits as text.
func nonce() string { return rand.Text() }
