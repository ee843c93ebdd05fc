package callback

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	maxHeader    = 16 << 10
	answerLimit  = 40 * time.Second // for one request, completing a session included
	closingLimit = 250 * time.Millisecond
)

// PortOptions say which port to hold.
type PortOptions struct {
	Port int // 0 is any free one

	// AllInterfaces listens on 0.0.0.0: for SageMaker Studio's proxy only.
	AllInterfaces bool

	Sandbox bool         // marks every page as SANDBOX
	Log     *slog.Logger // nil discards; no session is ever logged
}

// Port is a port that this process holds. It accepts connections all the time,
// so that no other program can take its place, and refuses every request
// unless a Listener is open on it.
type Port struct {
	number int
	ipv6   bool
	server *http.Server
	bound  []net.Listener
	pages  *pages
	log    *slog.Logger

	mu      sync.Mutex
	current *Listener
}

// Hold listens on 127.0.0.1 and on ::1, on the same port (RFC 8252 section
// 7.3: a browser may take either for localhost), until Close. A machine
// without IPv6 is fine; a port that another program holds on either family is
// a *PortTakenError, since that program could receive the session.
func Hold(ctx context.Context, o PortOptions) (*Port, error) {
	if o.Port < 0 || o.Port > 65535 {
		return nil, fmt.Errorf("%d is not a port", o.Port)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	listeners, number, err := bind(ctx, o.Port, o.AllInterfaces)
	if err != nil {
		return nil, err
	}
	p := &Port{number: number, ipv6: len(listeners) > 1, bound: listeners, pages: newPages(o.Sandbox), log: o.Log}
	p.server = &http.Server{
		Handler:           p,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       answerLimit,
		WriteTimeout:      answerLimit,
		IdleTimeout:       30 * time.Second,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
		ConnContext:       withConn,
		// OPTIONS * is refused here as every other method is.
		DisableGeneralOptionsHandler: true,
	}
	slots := &slots{max: maxConns}
	for _, ln := range listeners {
		go p.serve(limited{Listener: ln, slots: slots})
	}
	return p, nil
}

func (p *Port) serve(ln net.Listener) {
	if err := p.server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		p.log.Error("the callback listener stopped", "error", err)
	}
}

// Number returns the port.
func (p *Port) Number() int { return p.number }

// IPv6 reports whether the port is held on ::1, too.
func (p *Port) IPv6() bool { return p.ipv6 }

// Close lets go of the port. Close an open Listener first.
func (p *Port) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closingLimit)
	defer cancel()
	// Shutdown alone waits five seconds for a browser's silent pre-connection, and
	// does not know a listener whose Serve has not begun yet.
	err := p.server.Shutdown(ctx)
	if err != nil {
		err = p.server.Close()
	}
	for _, ln := range p.bound {
		ln.Close()
	}
	return err
}

// ServeHTTP hands the request to the open Listener, or refuses it.
func (p *Port) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer serve(r.Context())()
	p.pages.protect(w.Header())
	l := p.enter()
	if l == nil {
		p.pages.show(w, http.StatusServiceUnavailable, pageIdle)
		return
	}
	defer l.active.Done()
	l.handle(w, r)
}

// enter returns the open Listener, which waits for the request when it closes.
func (p *Port) enter() *Listener {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current != nil {
		p.current.active.Add(1)
	}
	return p.current
}

// attach makes l the Listener that requests go to, after the one before it.
func (p *Port) attach(ctx context.Context, l *Listener) error {
	ctx, cancel := context.WithTimeout(ctx, 2*closeTimeout)
	defer cancel()
	for {
		p.mu.Lock()
		before := p.current
		if before == nil {
			p.current = l
		}
		p.mu.Unlock()
		if before == nil {
			return nil
		}
		select {
		case <-before.closed:
		case <-ctx.Done():
			return errors.New("callback: the port has a listener already")
		}
	}
}

// detach refuses requests from now on, and reports when those under way have
// been answered.
func (p *Port) detach(l *Listener) (answered <-chan struct{}) {
	p.mu.Lock()
	if p.current == l {
		p.current = nil
	}
	p.mu.Unlock()
	done := make(chan struct{})
	go func() {
		l.active.Wait() // no request enters any more
		close(done)
	}()
	return done
}
