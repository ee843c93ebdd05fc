package callback

import (
	"net/http"
	"net/url"
	"strconv"
)

// Paths beside the return URL's own. The first two are those of the tutorial's
// server.
const (
	pingPath    = "/ping"
	tokenPath   = "/userIdentifier/token"
	faviconPath = "/favicon.ico"
)

func reserved(p string) bool { return p == pingPath || p == tokenPath || p == faviconPath }

// handle answers a request. It routes by hand: ServeMux would answer HEAD
// like GET, and redirect //oauth2/callback with the session in the query.
func (l *Listener) handle(w http.ResponseWriter, r *http.Request) {
	if !l.addressed(r.Host) {
		l.report(Arrival{Kind: ArrivalBlocked}, nil)
		l.show(w, http.StatusMisdirectedRequest, pageBlocked)
		return
	}
	switch p := r.URL.EscapedPath(); {
	case p == tokenPath && l.opts.StoreToken != nil:
		l.only(http.MethodPost, l.token)(w, r)
	case p == pingPath:
		l.only(http.MethodGet, ping)(w, r)
	case p == faviconPath:
		l.only(http.MethodGet, noContent)(w, r)
	case l.route.isReturn(p):
		l.only(http.MethodGet, l.callback)(w, r)
	case l.route.isDone(p):
		l.only(http.MethodGet, l.done)(w, r)
	default:
		l.show(w, http.StatusNotFound, pageNotFound)
	}
}

func (l *Listener) only(method string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != method {
			w.Header().Set("Allow", method)
			l.show(w, http.StatusMethodNotAllowed, pageBlocked)
			return
		}
		next(w, r)
	}
}

// callback is the return URL: AgentCore's redirect, or the round trip.
func (l *Listener) callback(w http.ResponseWriter, r *http.Request) {
	if !navigation(r) {
		l.report(Arrival{Kind: ArrivalBlocked}, nil)
		l.show(w, http.StatusForbidden, pageBlocked)
		return
	}
	if l.checked(r.URL.RawQuery) {
		l.report(Arrival{Kind: ArrivalRoundTrip}, nil)
		l.show(w, http.StatusOK, pageRoundTrip)
		return
	}
	urn, refused, err := parseQuery(r.URL.RawQuery)
	if err != nil {
		l.report(Arrival{Kind: ArrivalMalformed, Code: bareError(r.URL.RawQuery)}, nil)
		l.malformed(w, r.URL.RawQuery)
		return
	}
	s, attempt, kind, err := l.book.arrive(urn, refused, true)
	l.report(Arrival{Kind: kind}, s)
	if err != nil {
		l.turnAway(w, kind)
		return
	}
	select {
	case <-attempt.done:
		l.answer(w, s, attempt)
	case <-r.Context().Done(): // the browser has gone; the attempt goes on
	}
}

// answer sends the browser on to the result page, or shows the result in place:
// where a reload has to try again, and for clients of the tutorial's server,
// which read the status.
func (l *Listener) answer(w http.ResponseWriter, s *session, a *attempt) {
	switch {
	case temporary(a.err):
		l.report(Arrival{Kind: ArrivalRetryable, Err: a.err}, s)
		l.show(w, l.failureStatus(http.StatusServiceUnavailable), pageRetry)
	case l.opts.StoreToken != nil, a.err != nil && l.opts.retries():
		l.result(w, s, a)
	default:
		// Relative, and set by hand because http.Redirect would resolve
		// it: behind a forwarding proxy the browser's path is another.
		w.Header().Set("Location", l.route.done+"?r="+s.key)
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(http.StatusSeeOther)
		flush(w)
	}
}

// done shows the result of the session that the key names, as often as asked.
func (l *Listener) done(w http.ResponseWriter, r *http.Request) {
	if !navigation(r) {
		l.show(w, http.StatusForbidden, pageBlocked)
		return
	}
	s, a, ok := l.book.settledByKey(r.URL.Query().Get("r"))
	if !ok {
		l.show(w, http.StatusNotFound, pageNotFound)
		return
	}
	l.result(w, s, a)
}

// result shows how an attempt ended, and only then lets the outcome be
// told: whoever hears it may close the listener.
func (l *Listener) result(w http.ResponseWriter, s *session, a *attempt) {
	switch refused := a.refused; {
	case refused != nil && refused.Declined():
		l.show(w, http.StatusOK, pageRefused)
	case refused != nil && refused.MissingScope():
		l.show(w, http.StatusOK, pageScope)
	case refused != nil:
		l.show(w, http.StatusOK, pageTrouble)
	case a.err != nil:
		l.show(w, l.failureStatus(http.StatusBadGateway), pageFailure)
	default:
		l.show(w, http.StatusOK, pageSuccess)
	}
	l.book.delivered(s)
}

// failureStatus is 500 where the tutorial's server is stood in for.
func (l *Listener) failureStatus(status int) int {
	if l.opts.StoreToken != nil {
		return http.StatusInternalServerError
	}
	return status
}

func (l *Listener) turnAway(w http.ResponseWriter, kind ArrivalKind) {
	switch kind {
	case ArrivalExpired:
		l.show(w, http.StatusGone, pageExpired)
	case ArrivalEarlier:
		l.show(w, http.StatusGone, pageEarlier)
	case ArrivalUnknown:
		l.show(w, http.StatusBadRequest, pageUnknown)
	default:
		l.show(w, http.StatusServiceUnavailable, pageUnknown)
	}
}

// malformed keeps the tutorial's statuses for its own clients.
func (l *Listener) malformed(w http.ResponseWriter, raw string) {
	query, err := url.ParseQuery(raw)
	switch ids := query["session_id"]; {
	case l.opts.StoreToken == nil || err != nil || len(raw) > maxQuery:
		l.show(w, http.StatusBadRequest, pageUnknown)
	case len(ids) == 0:
		sendJSON(w, http.StatusUnprocessableEntity, `{"detail":"Missing session_id query parameter"}`)
	case len(ids) == 1 && ids[0] == "":
		sendJSON(w, http.StatusBadRequest, `{"detail":"Missing session_id query parameter"}`)
	default:
		l.show(w, http.StatusBadRequest, pageUnknown)
	}
}

// checked reports whether the query is an open round trip's, and ends it. The
// page may be reloaded; only the first visit counts.
func (l *Listener) checked(raw string) bool {
	query, err := url.ParseQuery(raw)
	if err != nil || len(query["check"]) != 1 {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	arrived, ok := l.checks[query.Get("check")]
	if !ok {
		return false
	}
	select {
	case <-arrived:
	default:
		close(arrived)
	}
	return true
}

func ping(w http.ResponseWriter, _ *http.Request) {
	sendJSON(w, http.StatusOK, `{"status":"success"}`)
}

func noContent(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

func (l *Listener) show(w http.ResponseWriter, status int, p page) {
	l.port.pages.show(w, status, p)
}

func sendJSON(w http.ResponseWriter, status int, body string) {
	send(w, status, "application/json", []byte(body))
}

// send writes the whole answer and pushes it out, with its length, so that the
// browser has it whatever happens to the connection next.
func send(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		return // the browser has gone, and there is nobody to tell
	}
	flush(w)
}

func flush(w http.ResponseWriter) {
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}
