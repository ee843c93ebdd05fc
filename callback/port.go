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

	"agentcore-3lo/internal/web"
)

const (
	maxHeader    = 16 << 10
	answerLimit  = 40 * time.Second // for one request, including Complete
	closingLimit = 250 * time.Millisecond
)

// PortOptions configure Hold.
type PortOptions struct {
	Port int // 0: any free port

	// AllInterfaces listens on 0.0.0.0. Only the proxy of SageMaker Studio needs it.
	AllInterfaces bool

	Sandbox bool         // marks every page as SANDBOX
	Log     *slog.Logger // default: discard; sessions are never logged
}

// Port is a port that this process holds, so that no other program can receive a
// session on it. Without an open Listener, it refuses every request.
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

// Hold listens on 127.0.0.1 and, where the machine has IPv6, on ::1, with the same
// port, until Close: a browser may resolve localhost to either (RFC 8252 section
// 7.3). It returns a *PortTakenError if another program has the port on one of them,
// because that program could receive the session.
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
		ConnState:         markIdle,
		// OPTIONS * is refused here as every other method is.
		DisableGeneralOptionsHandler: true,
	}
	slots := &connSlots{max: maxConns}
	for _, ln := range listeners {
		go p.serve(limitedListener{Listener: ln, slots: slots})
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

// IPv6 reports whether the port is also held on ::1.
func (p *Port) IPv6() bool { return p.ipv6 }

// Close releases the port. Close an open Listener first.
func (p *Port) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closingLimit)
	defer cancel()
	// Shutdown alone waits five seconds for an idle pre-connection of a browser, and
	// misses a listener whose Serve has not started.
	err := p.server.Shutdown(ctx)
	if err != nil {
		err = p.server.Close()
	}
	for _, ln := range p.bound {
		ln.Close()
	}
	return err
}

// ServeHTTP passes the request to the open Listener, or refuses it.
func (p *Port) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	markServing(r.Context())
	web.Protect(w.Header(), p.pages.policy)
	l := p.enter()
	if l == nil {
		p.pages.show(w, http.StatusServiceUnavailable, pageIdle)
		return
	}
	defer l.active.Done()
	l.handle(w, r)
}

// enter returns the open Listener, or nil, and counts the request, for which Close
// waits.
func (p *Port) enter() *Listener {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current != nil {
		p.current.active.Add(1)
	}
	return p.current
}

// attach makes l the Listener of the port, after waiting for one that is closing.
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
			return errors.New("callback: the port already has a listener")
		}
	}
}

// detach stops passing requests to l. The returned channel is closed when the
// requests in progress have been answered.
func (p *Port) detach(l *Listener) (answered <-chan struct{}) {
	p.mu.Lock()
	if p.current == l {
		p.current = nil
	}
	p.mu.Unlock()
	done := make(chan struct{})
	go func() {
		l.active.Wait() // no request can enter any more
		close(done)
	}()
	return done
}
