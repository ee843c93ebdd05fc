package callback

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	closeTimeout = time.Second // for what is still being answered
	newsBuffer   = 64          // arrivals kept for a reader that is busy
	maxChecks    = 64          // round-trip links remembered
)

// Listener serves the return URL until it is closed.
type Listener struct {
	opts      Options
	port      int
	returnURL *url.URL
	server    *http.Server
	book      *book
	pages     *pages
	seen      chan Arrival

	mu     sync.Mutex
	checks map[string]chan struct{} // open round trips, by nonce

	closing  sync.Once
	closeErr error
}

// Listen listens on 127.0.0.1 and on ::1, on the same port (RFC 8252 section
// 7.3: a browser may take either for localhost), and serves until ctx ends or
// Close is called. A machine without IPv6 is fine; a port that somebody else
// holds on either family is a *PortTakenError, since that one could receive
// the session.
func Listen(ctx context.Context, o Options) (*Listener, error) {
	if err := o.normalize(); err != nil {
		return nil, err
	}
	pages, err := newPages(o.Banner)
	if err != nil {
		return nil, err
	}
	listeners, port, err := bind(ctx, o.Port, o.AllInterfaces)
	if err != nil {
		return nil, err
	}
	l := &Listener{
		opts:   o,
		port:   port,
		book:   newBook(ctx, o),
		pages:  pages,
		seen:   make(chan Arrival, newsBuffer),
		checks: map[string]chan struct{}{},
	}
	l.returnURL = &url.URL{Scheme: "http", Host: "localhost:" + strconv.Itoa(port), Path: o.Path}
	if o.ReturnURL != "" {
		l.returnURL, _ = url.Parse(o.ReturnURL) // normalize has parsed it
	}
	l.server = &http.Server{
		Handler:           http.HandlerFunc(l.handle),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       o.CompleteTimeout + 10*time.Second,
		WriteTimeout:      o.CompleteTimeout + 10*time.Second,
		IdleTimeout:       30 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
		ConnContext:       withConn,
		// OPTIONS * is refused here as every other method is.
		DisableGeneralOptionsHandler: true,
	}
	slots := &slots{max: maxConns}
	for _, ln := range listeners {
		go l.serve(limited{Listener: ln, slots: slots})
	}
	context.AfterFunc(ctx, func() { l.Close() })
	return l, nil
}

func (l *Listener) serve(ln net.Listener) {
	if err := l.server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		l.opts.Log.Error("the callback listener stopped", "error", err)
	}
}

// Port returns the port that is listened on.
func (l *Listener) Port() int { return l.port }

// ReturnURL returns the URL that the browser has to be sent to.
func (l *Listener) ReturnURL() string { return l.returnURL.String() }

// Expect makes a session pending until it expires. It returns ErrMalformed for
// what is no session; a session that is settled already stays settled.
func (l *Listener) Expect(session string, expires time.Time) error {
	return l.book.expect(session, expires)
}

// Outcomes reports each settled session once, after its page was delivered. It
// is never closed.
func (l *Listener) Outcomes() <-chan Outcome { return l.book.outcomes }

// Seen reports what arrives. It is news for a reader that is there: what does
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
	s, attempt, kind, err := l.book.arrive(urn, refused, false)
	l.report(kind, s, nil)
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
	u := *l.returnURL
	query := u.Query()
	query.Set("check", key)
	u.RawQuery = query.Encode()
	return u.String(), done
}

// Close stops listening. Pages that are owed are delivered first, all within
// one second; what is not answered by then is cut off.
func (l *Listener) Close() error {
	l.closing.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		for _, shown := range l.book.pages() {
			select {
			case <-shown:
			case <-ctx.Done():
			}
		}
		// Shutdown alone waits five seconds for a browser's silent
		// pre-connection, Close alone loses the page being written.
		if err := l.server.Shutdown(ctx); err != nil {
			l.closeErr = l.server.Close()
		}
		l.book.close()
	})
	return l.closeErr
}

// report offers news to whoever listens.
func (l *Listener) report(kind ArrivalKind, s *session, err error) {
	a := Arrival{Kind: kind, Err: err}
	if s != nil {
		a.Session = s.urn
	}
	l.opts.Log.Debug("callback", "arrival", string(kind))
	select {
	case l.seen <- a:
	default:
	}
}

// normalize fills the defaults and refuses what cannot work.
func (o *Options) normalize() error {
	if o.Complete == nil {
		return errors.New("callback: Complete is missing")
	}
	if o.Path == "" {
		o.Path = DefaultPath
	}
	if !strings.HasPrefix(o.Path, "/") || path.Clean(o.Path) != o.Path || o.Path == "/" ||
		strings.ContainsAny(o.Path, "?#%") || reserved(o.Path) {
		return fmt.Errorf("the path %q cannot be a return URL's", o.Path)
	}
	if o.ReturnURL != "" {
		u, err := url.Parse(o.ReturnURL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Fragment != "" {
			return fmt.Errorf("the return URL %q is not an http or https URL", o.ReturnURL)
		}
	}
	if o.Port < 0 || o.Port > 65535 {
		return fmt.Errorf("%d is no port", o.Port)
	}
	if o.CompleteTimeout <= 0 {
		o.CompleteTimeout = 30 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}

// nonce returns 130 random bits as text.
func nonce() string { return rand.Text() }
