package bridge

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"agentcore-3lo/internal/loopback"
	"agentcore-3lo/internal/web"
)

const (
	maxForm    = 4 << 10         // bytes of a press
	closeLimit = time.Second     // for an answer that is still being sent
	cookieName = "agentcore-3lo" // of the browser that has the page
)

// noBrowserError says that the user cannot be asked in a browser.
type noBrowserError struct{ err error }

func (e *noBrowserError) Error() string { return "no browser could be opened: " + e.err.Error() }

// page asks on a page of this process, at an address that only the browser gets. It
// shows the link, and goes on to it only when its button is pressed.
type page struct {
	open    func(address string) error
	sandbox bool
	log     *slog.Logger

	q      question
	decide func(goesOn bool)
	origin string // http://127.0.0.1:port
	path   string // cannot be guessed

	mu     sync.Mutex
	cookie string // of the first browser that opened the page; "" = none has
	press  string // what the next press has to carry; each page that is shown has another
}

func (p *page) ask(ctx context.Context, q question, decide func(bool)) error {
	listeners, err := loopback.Listen(ctx, 0)
	if err != nil {
		return &noBrowserError{err}
	}
	p.q, p.decide, p.path = q, decide, "/"+rand.Text()
	p.origin = fmt.Sprintf("http://127.0.0.1:%d", loopback.Port(listeners[0]))
	server := &http.Server{Handler: p, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second,
		IdleTimeout: 30 * time.Second, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(p.log.Handler(), slog.LevelDebug)}
	var serving sync.WaitGroup
	for _, l := range listeners {
		serving.Go(func() { _ = server.Serve(l) }) // until it is closed
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeLimit)
		defer cancel()
		if server.Shutdown(closing) != nil {
			_ = server.Close()
		}
		for _, l := range listeners { // Shutdown misses one whose Serve has not started
			_ = l.Close()
		}
		serving.Wait()
	}()
	opened := make(chan error, 1)
	go func() { opened <- p.open(p.origin + p.path) }()
	select {
	case err := <-opened:
		if err != nil {
			return &noBrowserError{err}
		}
		<-ctx.Done()
	case <-ctx.Done():
	}
	return nil
}

// ServeHTTP shows the page to the first browser that opens it, and takes a press of
// one of its buttons.
func (p *page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	web.Protect(w.Header(), web.Policy("'self'"))
	w.Header().Set("Referrer-Policy", "same-origin") // with no-referrer, the form would have the origin null
	switch {
	case "http://"+r.Host != p.origin: // DNS rebinding
		p.refuse(w, http.StatusMisdirectedRequest)
	case subtle.ConstantTimeCompare([]byte(r.URL.EscapedPath()), []byte(p.path)) == 0:
		p.refuse(w, http.StatusNotFound)
	case r.Method == http.MethodGet:
		p.show(w, r)
	case r.Method == http.MethodPost:
		p.take(w, r)
	default:
		w.Header().Set("Allow", "GET, POST")
		p.refuse(w, http.StatusMethodNotAllowed)
	}
}

// show shows the question to the one browser that has it.
func (p *page) show(w http.ResponseWriter, r *http.Request) {
	if !web.IsNavigation(r) {
		p.refuse(w, http.StatusForbidden)
		return
	}
	p.mu.Lock()
	first := p.cookie == ""
	if first {
		p.cookie = rand.Text()
	}
	mine := first || p.isMine(r)
	if mine {
		p.press = rand.Text()
	}
	cookie, press := p.cookie, p.press
	p.mu.Unlock()
	if !mine {
		p.send(w, http.StatusForbidden, takenPage())
		return
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: cookie, Path: p.path, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	p.send(w, http.StatusOK, questionPage(p.q, p.path, press))
}

// take takes a press: a form of this page, sent by the browser that has it, once.
func (p *page) take(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	site := r.Header.Get("Sec-Fetch-Site")
	if r.Header.Get("Origin") != p.origin || site != "" && site != "same-origin" || r.URL.RawQuery != "" || r.ParseForm() != nil {
		p.refuse(w, http.StatusForbidden)
		return
	}
	p.mu.Lock()
	valid := p.press != "" && subtle.ConstantTimeCompare([]byte(r.PostForm.Get("press")), []byte(p.press)) == 1 && p.isMine(r)
	if valid {
		p.press = ""
	}
	p.mu.Unlock()
	choice := r.PostForm.Get("choice")
	if !valid || choice != goOn && choice != decline {
		p.refuse(w, http.StatusForbidden)
		return
	}
	if choice == decline {
		p.send(w, http.StatusOK, declinedPage())
		p.decide(false)
		return
	}
	// Not a redirect: a browser would apply the page's form-action to it.
	w.Header().Set("Refresh", "0; url="+p.q.URL)
	p.send(w, http.StatusOK, leavingPage(p.q.URL))
	p.decide(true)
}

// isMine reports whether the request comes from the browser that has the page. The lock
// is held.
func (p *page) isMine(r *http.Request) bool {
	cookie, err := r.Cookie(cookieName)
	return err == nil && subtle.ConstantTimeCompare([]byte(cookie.Value), []byte(p.cookie)) == 1
}

func (p *page) refuse(w http.ResponseWriter, status int) {
	p.log.Warn("bridge: a request to the page was refused", "status", status)
	p.send(w, status, refusedPage())
}
