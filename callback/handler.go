package callback

import (
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Paths besides the return URL. The first two exist in the tutorial's server, too.
const (
	pingPath    = "/ping"
	tokenPath   = "/userIdentifier/token"
	faviconPath = "/favicon.ico"
)

func reserved(p string) bool { return p == pingPath || p == tokenPath || p == faviconPath }

// handle answers a request. It does not use http.ServeMux, which would answer HEAD
// like GET and redirect //oauth2/callback with the session in the query.
func (l *Listener) handle(w http.ResponseWriter, r *http.Request) {
	if !l.allowsHost(r.Host) {
		l.report(Arrival{Kind: ArrivalBlocked, Status: http.StatusMisdirectedRequest}, nil)
		l.show(w, http.StatusMisdirectedRequest, pageBlocked)
		return
	}
	switch p := r.URL.EscapedPath(); {
	case p == tokenPath && l.opts.StoreToken != nil:
		l.allowMethod(http.MethodPost, l.storeToken)(w, r)
	case p == pingPath:
		l.allowMethod(http.MethodGet, ping)(w, r)
	case p == faviconPath:
		l.allowMethod(http.MethodGet, noContent)(w, r)
	case l.route.isReturn(p):
		l.allowMethod(http.MethodGet, l.returnURLPage)(w, r)
	case l.route.isDone(p):
		l.allowMethod(http.MethodGet, l.resultPage)(w, r)
	default:
		l.show(w, http.StatusNotFound, pageNotFound)
	}
}

func (l *Listener) allowMethod(method string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != method {
			w.Header().Set("Allow", method)
			l.show(w, http.StatusMethodNotAllowed, pageBlocked)
			return
		}
		next(w, r)
	}
}

// returnURLPage answers at the return URL, to AgentCore's redirect or to a round trip.
func (l *Listener) returnURLPage(w http.ResponseWriter, r *http.Request) {
	if !isNavigation(r) {
		l.report(Arrival{Kind: ArrivalBlocked, Status: http.StatusForbidden}, nil)
		l.show(w, http.StatusForbidden, pageBlocked)
		return
	}
	if l.finishRoundTrip(r.URL.RawQuery) {
		l.report(Arrival{Kind: ArrivalRoundTrip, Status: http.StatusOK}, nil)
		l.show(w, http.StatusOK, pageRoundTrip)
		return
	}
	urn, refused, err := parseQuery(r.URL.RawQuery)
	if err != nil {
		l.rejectMalformed(w, r.URL.RawQuery)
		return
	}
	came := time.Now()
	s, attempt, kind, err := l.sessions.arrive(urn, refused, true)
	arrival := Arrival{Kind: kind}
	if refused != nil {
		arrival.Code = refused.Code
	}
	if err != nil {
		var page pageID
		arrival.Status, page = rejection(kind)
		l.report(arrival, s)
		l.show(w, arrival.Status, page)
		return
	}
	l.report(arrival, s)
	select {
	case <-attempt.done:
		l.respond(w, s, attempt, came)
	case <-r.Context().Done(): // the browser has disconnected; the attempt continues
	}
}

// respond redirects the browser to the result page. It answers in place where a reload
// retries, and to clients of the tutorial's server, which expect the status here.
func (l *Listener) respond(w http.ResponseWriter, s *session, a *attempt, came time.Time) {
	switch took := time.Since(came); {
	case temporary(a.err):
		status := l.failureStatus(http.StatusServiceUnavailable)
		l.report(Arrival{Kind: ArrivalRetryable, Err: a.err, Status: status, Took: took}, s)
		l.show(w, status, pageRetry)
	case l.opts.StoreToken != nil, a.err != nil && l.opts.retries():
		l.showResult(w, s, a)
	default:
		l.report(Arrival{Kind: ArrivalAnswered, Status: http.StatusSeeOther, Took: took}, s)
		// The location is relative, because behind a proxy the browser may see
		// another path. http.Redirect would make it absolute.
		w.Header().Set("Location", l.route.done+"?r="+s.key)
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(http.StatusSeeOther)
		flush(w)
	}
}

// resultPage shows the result of the session that the key names. It may be reloaded.
func (l *Listener) resultPage(w http.ResponseWriter, r *http.Request) {
	if !isNavigation(r) {
		l.show(w, http.StatusForbidden, pageBlocked)
		return
	}
	s, a, ok := l.sessions.endedByKey(r.URL.Query().Get("r"))
	if !ok {
		l.show(w, http.StatusNotFound, pageNotFound)
		return
	}
	l.showResult(w, s, a)
}

// showResult shows how an attempt ended, and then reports the outcome: its reader may
// close the listener.
func (l *Listener) showResult(w http.ResponseWriter, s *session, a *attempt) {
	switch refused := a.refused; {
	case refused != nil && refused.Declined():
		l.show(w, http.StatusOK, pageRefused)
	case refused != nil && refused.Meaning == RefusalMissingScope:
		l.show(w, http.StatusOK, pageScope)
	case refused != nil:
		l.show(w, http.StatusOK, pageTrouble)
	case a.err != nil:
		l.show(w, l.failureStatus(http.StatusBadGateway), pageFailure)
	default:
		l.show(w, http.StatusOK, pageSuccess)
	}
	l.sessions.pageDelivered(s)
}

// failureStatus returns the status of a failure: always 500 when the listener
// replaces the tutorial's server.
func (l *Listener) failureStatus(status int) int {
	if l.opts.StoreToken != nil {
		return http.StatusInternalServerError
	}
	return status
}

// rejection is the answer to a session that is not completed.
func rejection(kind ArrivalKind) (status int, p pageID) {
	switch kind {
	case ArrivalExpired:
		return http.StatusGone, pageExpired
	case ArrivalEarlier:
		return http.StatusGone, pageEarlier
	case ArrivalUnknown:
		return http.StatusBadRequest, pageUnknown
	}
	return http.StatusServiceUnavailable, pageUnknown
}

// rejectMalformed answers a query without a valid session, to clients of the tutorial's
// server with the statuses that they expect.
func (l *Listener) rejectMalformed(w http.ResponseWriter, raw string) {
	query, err := url.ParseQuery(raw)
	ids, status := query["session_id"], http.StatusBadRequest
	asTutorial := l.opts.StoreToken != nil && err == nil && len(raw) <= maxQuery
	if asTutorial && len(ids) == 0 {
		status = http.StatusUnprocessableEntity
	}
	l.report(Arrival{Kind: ArrivalMalformed, Code: errorWithoutSession(raw), Status: status}, nil)
	if asTutorial && (len(ids) == 0 || len(ids) == 1 && ids[0] == "") {
		sendJSON(w, status, `{"detail":"Missing session_id query parameter"}`)
		return
	}
	l.show(w, status, pageNoSession)
}

// finishRoundTrip reports whether the query belongs to a round trip, and ends it. The page may
// be reloaded.
func (l *Listener) finishRoundTrip(raw string) bool {
	query, err := url.ParseQuery(raw)
	if err != nil || len(query["check"]) != 1 {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	arrived, ok := l.roundTrips[query.Get("check")]
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

func (l *Listener) show(w http.ResponseWriter, status int, id pageID) {
	l.port.pages.show(w, status, id)
}

func sendJSON(w http.ResponseWriter, status int, body string) {
	send(w, status, "application/json", []byte(body))
}

// send writes the whole response with its length and flushes it, so that the
// browser has it even if the connection is closed next.
func send(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		return // the browser has disconnected
	}
	flush(w)
}

func flush(w http.ResponseWriter) {
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}
