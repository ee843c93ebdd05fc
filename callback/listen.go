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
	closeTimeout  = time.Second // for requests that are still being answered
	arrivalBuffer = 64          // arrivals kept for a reader that is busy
	maxRoundTrips = 64          // round-trip links remembered
)

// Listener handles requests to the return URL until it is closed.
type Listener struct {
	opts      Options
	port      *Port
	returnURL *url.URL
	route     route
	sessions  *registry
	arrivals  chan Arrival
	active    sync.WaitGroup // requests being answered

	mu         sync.Mutex
	roundTrips map[string]chan struct{} // open round trips, by nonce

	closing sync.Once
	closed  chan struct{}
}

// Listen handles requests to the return URL until ctx is done or Close is called. A
// port has one Listener at a time; Listen waits for one that is closing.
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
		opts:       o,
		port:       p,
		returnURL:  returnURL,
		route:      newRoute(returnURL, o.Forwarded),
		sessions:   newRegistry(ctx, o),
		arrivals:   make(chan Arrival, arrivalBuffer),
		roundTrips: map[string]chan struct{}{},
		closed:     make(chan struct{}),
	}
	if err := p.attach(ctx, l); err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, l.Close)
	return l, nil
}

// Port returns the port number.
func (l *Listener) Port() int { return l.port.number }

// ReturnURL returns the URL to which AgentCore has to redirect the browser.
func (l *Listener) ReturnURL() string { return l.opts.ReturnURL }

// Expect makes a session pending until it expires. A session that has ended stays
// ended. It returns ErrMalformed if session is not a session URN.
func (l *Listener) Expect(session string, expires time.Time) error {
	return l.sessions.expect(session, expires)
}

// Outcomes returns a channel that gets the outcome of each session once, after its
// page has been delivered. It is never closed.
func (l *Listener) Outcomes() <-chan Outcome { return l.sessions.outcomes }

// Arrivals returns a channel that gets each request to the return URL. Arrivals that do
// not fit its buffer are dropped. It is never closed.
func (l *Listener) Arrivals() <-chan Arrival { return l.arrivals }

// CompletePasted completes a session from what the user pasted: the URL to which the
// browser was redirected, or the session's URN. The checks are those for the
// browser, and both share one call of Complete. It returns ErrMalformed,
// ErrUnknownSession (which ErrEarlierSession wraps), ErrExpired, a *RefusedError, or
// the error of Complete.
func (l *Listener) CompletePasted(ctx context.Context, raw string) error {
	urn, refused, err := ParseRedirect(raw)
	if err != nil {
		return err
	}
	_, attempt, _, err := l.sessions.arrive(urn, refused, false)
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

// RoundTrip returns a link to this listener that checks whether a browser can reach
// it. arrived is closed when a browser has opened the link.
func (l *Listener) RoundTrip() (link string, arrived <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.roundTrips) >= maxRoundTrips {
		clear(l.roundTrips)
	}
	key, done := nonce(), make(chan struct{})
	l.roundTrips[key] = done
	return l.opts.ReturnURL + "?check=" + key, done
}

// Close stops handling requests; the port stays held. Browsers that wait for a
// result page get it first, within one second.
func (l *Listener) Close() {
	l.closing.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		for _, shown := range l.sessions.undelivered() {
			wait(ctx, shown)
		}
		wait(ctx, l.port.detach(l))
		l.sessions.close()
		close(l.closed)
	})
}

func wait(ctx context.Context, done <-chan struct{}) {
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// report sends an arrival to the reader of Arrivals.
func (l *Listener) report(a Arrival, s *session) {
	if s != nil {
		a.Session = s.urn
	}
	a.Time = time.Now()
	l.port.log.Debug("callback", "arrival", string(a.Kind))
	select {
	case l.arrivals <- a:
	default:
	}
}

// normalize sets the defaults.
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
