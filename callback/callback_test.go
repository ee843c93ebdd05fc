package callback

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestASessionIsCompletedOnceAndItsResultShown(t *testing.T) {
	var a completer
	l := listen(t, &a)
	first := visit(t, l, "GET", redirect(ownSession))
	location := first.Header.Get("Location")
	if first.StatusCode != http.StatusSeeOther || strings.Contains(location, "urn") || strings.HasPrefix(location, "/") || strings.Contains(location, ":") {
		t.Fatalf("%d to %q: the location must be relative and must not contain the URN", first.StatusCode, location)
	}
	page := visit(t, l, "GET", "/oauth2/"+location)
	for _, want := range []string{"Completed OAuth2 3LO flow successfully", "Go back to the terminal", "You can close this tab"} {
		if page.StatusCode != http.StatusOK || !strings.Contains(page.body, want) {
			t.Errorf("%d, no %q in %s", page.StatusCode, want, page.body)
		}
	}
	if o := outcome(t, l); o != (Outcome{Session: ownSession}) {
		t.Errorf("outcome %+v", o)
	}
	// Reloading either URL shows the same page and does not call Complete.
	for range 3 {
		if again := follow(t, l, ownSession); again.body != page.body {
			t.Errorf("a reload shows %s", again.body)
		}
	}
	if calls := a.calls(); !slices.Equal(calls, []string{ownSession}) {
		t.Errorf("completed %q", calls)
	}
	select {
	case o := <-l.Outcomes():
		t.Errorf("a second outcome: %+v", o)
	default:
	}
}

func TestTheOutcomeIsReportedAfterThePage(t *testing.T) {
	var a completer
	l := listen(t, &a)
	r := visit(t, l, "GET", redirect(ownSession))
	select {
	case o := <-l.Outcomes():
		t.Fatalf("%+v was reported before the page was fetched", o)
	case <-time.After(100 * time.Millisecond):
	}
	visit(t, l, "GET", "/oauth2/"+r.Header.Get("Location"))
	outcome(t, l)
}

func TestTheOutcomeIsReportedWithoutAVisitToThePage(t *testing.T) {
	t.Parallel()
	var a completer
	l := listen(t, &a)
	visit(t, l, "GET", redirect(ownSession))
	if o := outcome(t, l); o.Err != nil {
		t.Errorf("%+v", o)
	}
}

func TestConcurrentArrivalsShareOneComplete(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{"success": nil, "failure": errDenied} {
		t.Run(name, func(t *testing.T) {
			a := completer{hold: make(chan struct{}), errs: []error{err}}
			l := listen(t, &a)
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() {
					if r, err := try(l, "GET", redirect(ownSession), nil); err != nil || r.StatusCode != http.StatusSeeOther {
						t.Errorf("%+v, %v", r, err)
					}
				})
			}
			wg.Go(func() {
				if got := l.CompletePasted(t.Context(), ownSession); !errors.Is(got, err) {
					t.Errorf("the paste got %v", got)
				}
			})
			time.Sleep(50 * time.Millisecond)
			close(a.hold)
			wg.Wait()
			follow(t, l, ownSession)
			if calls := a.calls(); len(calls) != 1 {
				t.Errorf("%d calls", len(calls))
			}
		})
	}
}

func TestTheFailurePageDoesNotShowTheError(t *testing.T) {
	a := completer{errs: []error{errDenied}}
	l := listen(t, &a)
	r := follow(t, l, ownSession)
	if r.StatusCode != http.StatusBadGateway || strings.Contains(r.body, "AccessDenied") || !strings.Contains(r.body, "It says why") {
		t.Errorf("%d: %s", r.StatusCode, r.body)
	}
	if o := outcome(t, l); !errors.Is(o.Err, errDenied) || o.Refused {
		t.Errorf("%+v", o)
	}
	follow(t, l, ownSession)
	if err := l.CompletePasted(t.Context(), ownSession); !errors.Is(err, errDenied) {
		t.Errorf("a paste afterwards: %v", err)
	}
	if calls := a.calls(); len(calls) != 1 {
		t.Errorf("an ended session was completed again: %d calls", len(calls))
	}
}

type temporaryError struct{ error }

func (temporaryError) Temporary() bool { return true }

func TestAReloadRetriesATemporaryFailure(t *testing.T) {
	a := completer{errs: []error{temporaryError{errDenied}}}
	l := listen(t, &a)
	r := visit(t, l, "GET", redirect(ownSession))
	if r.StatusCode != http.StatusServiceUnavailable || !strings.Contains(r.body, "Reload this page") {
		t.Fatalf("%d: %s", r.StatusCode, r.body)
	}
	if kinds := arrivals(l); !slices.Equal(kinds, []ArrivalKind{ArrivalKnown, ArrivalRetryable}) {
		t.Errorf("seen %q", kinds)
	}
	if r := follow(t, l, ownSession); !strings.Contains(r.body, "All set") {
		t.Errorf("the reload: %s", r.body)
	}
	if o := outcome(t, l); o.Err != nil || len(a.calls()) != 2 {
		t.Errorf("%+v after %d calls", o, len(a.calls()))
	}
}

func TestCompleteHasATimeoutAndOutlivesTheBrowser(t *testing.T) {
	t.Parallel()
	a := completer{hold: make(chan struct{})}
	l := listen(t, &a, func(p *PortOptions, o *Options) { o.CompleteTimeout = 50 * time.Millisecond })
	if r := visit(t, l, "GET", redirect(ownSession)); r.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a call that hangs: %d", r.StatusCode)
	}

	b := completer{hold: make(chan struct{})}
	l = listen(t, &b)
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		req, err := http.NewRequestWithContext(ctx, "GET", l.ReturnURL()+"?session_id="+ownSession, nil)
		if err == nil {
			_, err = http.DefaultTransport.RoundTrip(req)
		}
		gone <- err
	}()
	for len(b.calls()) == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	close(b.hold)
	if o := outcome(t, l); o.Err != nil {
		t.Errorf("closing the tab cancelled the call: %v", o.Err)
	}
}

func TestAPanicInCompleteIsReportedAsAFailure(t *testing.T) {
	var a completer
	l := listen(t, &a, func(p *PortOptions, o *Options) {
		o.Complete = func(context.Context, string) error { panic("boom") }
	})
	if r := follow(t, l, ownSession); !strings.Contains(r.body, "did not work") {
		t.Errorf("%s", r.body)
	}
	if o := outcome(t, l); o.Err == nil {
		t.Error("a success")
	}
}

func TestARefusalEndsTheSession(t *testing.T) {
	var a completer
	l := listen(t, &a)
	r := visit(t, l, "GET", redirect(ownSession)+"&error=access_denied&error_description=The+user%1b%5b2J+said+no")
	page := visit(t, l, "GET", "/oauth2/"+r.Header.Get("Location"))
	if !strings.Contains(page.body, "Consent was not given") || strings.Contains(page.body, "said no") {
		t.Errorf("page %s", page.body)
	}
	var refused *RefusedError
	o := outcome(t, l)
	if !o.Refused || !errors.As(o.Err, &refused) || refused.Code != "access_denied" || refused.Description != "The user␛[2J said no" {
		t.Errorf("outcome %+v", o)
	}
	if r := follow(t, l, ownSession); !strings.Contains(r.body, "Consent was not given") || len(a.calls()) != 0 {
		t.Errorf("a refused session was completed: %s", r.body)
	}
}

func TestTheMeaningOfAnErrorSelectsThePage(t *testing.T) {
	classify := func(code string) Refusal {
		return map[string]Refusal{"user_said_no": RefusalDeclined, "no_such_product": RefusalMissingScope, "access_denied": RefusalOther}[code]
	}
	for code, want := range map[string]struct {
		meaning Refusal
		title   string
	}{
		"access_denied":   {RefusalDeclined, contents[pageRefused].Title}, // RFC 6749 takes precedence
		"ACCESS_DENIED":   {RefusalDeclined, contents[pageRefused].Title},
		"user_said_no":    {RefusalDeclined, contents[pageRefused].Title},
		"invalid_scope":   {RefusalMissingScope, contents[pageScope].Title},
		"no_such_product": {RefusalMissingScope, contents[pageScope].Title},
		"server_error":    {RefusalOther, contents[pageTrouble].Title},
	} {
		var a completer
		l := listen(t, &a, func(_ *PortOptions, o *Options) { o.Classify = classify })
		r := visit(t, l, "GET", redirect(ownSession)+"&error="+code)
		page := visit(t, l, "GET", "/oauth2/"+r.Header.Get("Location"))
		var refused *RefusedError
		if o := outcome(t, l); !errors.As(o.Err, &refused) || refused.Meaning != want.meaning || !strings.Contains(page.body, "<h1>"+want.title+"</h1>") {
			t.Errorf("%s: %+v, and the page is %s", code, o, page.body)
		}
	}
}

func TestARefusalAfterSuccessChangesNothing(t *testing.T) {
	var a completer
	l := listen(t, &a)
	follow(t, l, ownSession)
	outcome(t, l)
	r := visit(t, l, "GET", redirect(ownSession)+"&error=access_denied")
	if page := visit(t, l, "GET", "/oauth2/"+r.Header.Get("Location")); !strings.Contains(page.body, "All set") {
		t.Errorf("%s", page.body)
	}
}

func TestAnExpiredSessionIsRejected(t *testing.T) {
	var a completer
	now := time.Now()
	l := listen(t, &a, func(p *PortOptions, o *Options) { o.Now = func() time.Time { return now.Add(10 * time.Minute) } })
	if err := l.Expect(prefix+"Late", now.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	r := visit(t, l, "GET", redirect(prefix+"Late"))
	if r.StatusCode != http.StatusGone || !strings.Contains(r.body, "has expired") {
		t.Errorf("%d: %s", r.StatusCode, r.body)
	}
	r = visit(t, l, "GET", redirect(prefix+"Late")+"&error=x")
	if r.StatusCode != http.StatusGone {
		t.Errorf("with an error: %d", r.StatusCode)
	}
	if err := l.CompletePasted(t.Context(), prefix+"Late"); !errors.Is(err, ErrExpired) {
		t.Errorf("a paste: %v", err)
	}
	checkStillOpen(t, l, &a)
}

func TestASessionOfAnEarlierProcessIsExplained(t *testing.T) {
	var a completer
	l := listen(t, &a, func(p *PortOptions, o *Options) { o.Earlier = func(s string) bool { return s == otherSession } })
	r := visit(t, l, "GET", redirect(otherSession))
	if r.StatusCode != http.StatusGone || !strings.Contains(r.body, "earlier start") {
		t.Errorf("%d: %s", r.StatusCode, r.body)
	}
	err := l.CompletePasted(t.Context(), otherSession)
	if !errors.Is(err, ErrEarlierSession) || !errors.Is(err, ErrUnknownSession) {
		t.Errorf("a paste: %v", err)
	}
	checkStillOpen(t, l, &a)
}

func TestAPasteCompletesTheSession(t *testing.T) {
	for _, raw := range []string{
		ownSession,
		"  " + ownSession + "\n",
		"http://localhost:9090" + redirect(ownSession),
		"https://d-1.studio.us-east-1.sagemaker.aws/jupyterlab/default/proxy/9090" + redirect(ownSession) + "#",
	} {
		var a completer
		l := listen(t, &a)
		if err := l.CompletePasted(t.Context(), raw); err != nil {
			t.Errorf("%q: %v", raw, err)
		}
		if o := outcome(t, l); o.Err != nil || o.Session != ownSession || len(a.calls()) != 1 {
			t.Errorf("%q: %+v", raw, o)
		}
		if r := follow(t, l, ownSession); !strings.Contains(r.body, "All set") || len(a.calls()) != 1 {
			t.Errorf("%q: the browser afterwards got %s", raw, r.body)
		}
	}
}

func TestAPasteIsCheckedLikeARedirect(t *testing.T) {
	var a completer
	l := listen(t, &a)
	for raw, want := range map[string]error{
		"":           ErrMalformed,
		"hello":      ErrMalformed,
		otherSession: ErrUnknownSession,
		"http://localhost" + redirect(otherSession):   ErrUnknownSession,
		"javascript:x?session_id=" + ownSession:       ErrMalformed,
		"/oauth2/callback?session_id=" + ownSession:   ErrMalformed,
		"http://h/?session_id=" + ownSession + ";a=1": ErrMalformed,
		"http://h/?error=access_denied":               ErrMalformed,
		"http://h/?" + strings.Repeat("a", 9000):      ErrMalformed,
	} {
		if err := l.CompletePasted(t.Context(), raw); !errors.Is(err, want) {
			t.Errorf("%.60q: %v, want %v", raw, err, want)
		}
	}
	checkStillOpen(t, l, &a)

	l = listen(t, &a)
	var refused *RefusedError
	if err := l.CompletePasted(t.Context(), "http://localhost"+redirect(ownSession)+"&error=user_cancelled_login"); !errors.As(err, &refused) || refused.Code != "user_cancelled_login" {
		t.Errorf("a refusal: %v", err)
	}
}

func TestAPasteStopsWaitingWhenItsContextIsDone(t *testing.T) {
	a := completer{hold: make(chan struct{})}
	l := listen(t, &a)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.CompletePasted(ctx, ownSession); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	close(a.hold)
	if o := outcome(t, l); o.Err != nil {
		t.Errorf("the call was cancelled: %v", o.Err)
	}
}

func TestExpectRejectsInvalidAndTooManySessions(t *testing.T) {
	var a completer
	now := time.Now()
	clock := now
	l := listen(t, &a, func(p *PortOptions, o *Options) { o.Now = func() time.Time { return clock } })
	for _, bad := range []string{"", "x", prefix, prefix + "a b", prefix + strings.Repeat("a", 1024), "URN:" + ownSession[4:]} {
		if err := l.Expect(bad, now); !errors.Is(err, ErrMalformed) {
			t.Errorf("%.40q: %v", bad, err)
		}
	}
	full := false
	for i := range 2 * maxSessions {
		full = l.Expect(prefix+"S"+strings.Repeat("x", i), now.Add(time.Minute)) != nil
	}
	if !full {
		t.Error("the number of sessions is not limited")
	}
	clock = now.Add(2 * time.Minute)
	if err := l.Expect(prefix+"Fresh", clock.Add(time.Minute)); err != nil {
		t.Errorf("expired sessions are not evicted: %v", err)
	}
	checkStillOpen(t, l, &a)
}

func TestTheRoundTripReportsTheBrowser(t *testing.T) {
	var a completer
	l := listen(t, &a)
	link, arrived := l.RoundTrip()
	target := strings.TrimPrefix(link, strings.TrimSuffix(l.ReturnURL(), DefaultPath))
	if r := visit(t, l, "GET", target, "Sec-Purpose", "prefetch"); r.StatusCode != http.StatusForbidden {
		t.Errorf("a prefetch: %d", r.StatusCode)
	}
	if r := visit(t, l, "GET", DefaultPath+"?check=guess"); r.StatusCode != http.StatusBadRequest {
		t.Errorf("a guess: %d", r.StatusCode)
	}
	select {
	case <-arrived:
		t.Fatal("the round trip is reported before the visit")
	default:
	}
	for range 2 { // a reload is harmless
		if r := visit(t, l, "GET", target); r.StatusCode != http.StatusOK || !strings.Contains(r.body, "reaches your terminal") {
			t.Errorf("%d: %s", r.StatusCode, r.body)
		}
	}
	<-arrived
	checkStillOpen(t, l, &a)
}

func TestArrivalsNeverBlock(t *testing.T) {
	var a completer
	l := listen(t, &a)
	for range 2 * arrivalBuffer {
		visit(t, l, "GET", redirect(otherSession))
	}
	kinds := arrivals(l)
	if len(kinds) != arrivalBuffer || kinds[0] != ArrivalUnknown {
		t.Errorf("%d arrivals: %v", len(kinds), kinds[:1])
	}
	checkStillOpen(t, l, &a)
}

func TestTheLogContainsNoSession(t *testing.T) {
	var a completer
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	l := listen(t, &a, func(p *PortOptions, o *Options) { p.Log = log })
	follow(t, l, ownSession)
	visit(t, l, "GET", redirect(otherSession))
	visit(t, l, "POST", redirect(ownSession))
	l.Close()
	if s := out.String(); strings.Contains(s, "request_uri") || strings.Contains(s, "Theirs") || !strings.Contains(s, "arrival=unknown") {
		t.Errorf("the log: %s", s)
	}
}

func arrivals(l *Listener) []ArrivalKind {
	var kinds []ArrivalKind
	for {
		select {
		case a := <-l.Arrivals():
			kinds = append(kinds, a.Kind)
		default:
			return kinds
		}
	}
}
