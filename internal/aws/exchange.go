package aws

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/middleware"
)

// Exchange is one HTTP attempt, finished.
type Exchange struct {
	Service   string // "STS", "IAM", "Cognito Identity Provider", "token endpoint", "gateway", ...
	Operation string // "CreateGateway", "tools/call", ...
	Status    int    // HTTP status; 0 when no answer came
	RequestID string
	Started   time.Time
	Took      time.Duration // until the answer was there
	Err       error         // why no answer came
}

type observerKey struct{}
type labelKey struct{}
type label struct{ service, operation string }

// WithObserver returns a context whose exchanges are reported to the function
// before the caller sees the answer.
func WithObserver(ctx context.Context, observe func(Exchange)) context.Context {
	return context.WithValue(ctx, observerKey{}, observe)
}

// WithLabel names a request that no SDK client makes.
func WithLabel(ctx context.Context, service, operation string) context.Context {
	return context.WithValue(ctx, labelKey{}, label{service, operation})
}

// observed wraps a transport so that every attempt is reported. Redirects are
// not followed: no AWS API, token endpoint or gateway has a reason to send one,
// and a bearer must not travel to where it points.
func observed(next http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     observer{next},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

type observer struct{ next http.RoundTripper }

func (o observer) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	report, ok := ctx.Value(observerKey{}).(func(Exchange))
	if !ok {
		return o.next.RoundTrip(req)
	}
	e := Exchange{Service: middleware.GetServiceID(ctx), Operation: middleware.GetOperationName(ctx), Started: time.Now()}
	if l, ok := ctx.Value(labelKey{}).(label); ok {
		e.Service, e.Operation = l.service, l.operation
	}
	resp, err := o.next.RoundTrip(req)
	if err == nil && middleware.GetServiceID(ctx) != "" {
		err = whole(resp)
	}
	e.Took = time.Since(e.Started)
	if err != nil {
		e.Err = withoutURL(err)
	} else {
		e.Status = resp.StatusCode
		e.RequestID = RequestID(resp.Header)
	}
	report(e)
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// maxAnswer bounds what an AWS API may answer.
const maxAnswer = 16 << 20

// whole reads the answer of an AWS API before the SDK sees it. Against a server
// that is very near, the SDK now and then closes the connection while it still
// reads (measured on loopback: 9 of 2880 calls, and none with this).
func whole(resp *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	err = errors.Join(err, resp.Body.Close())
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return err
}

// CloseIdleConnections lets the client's own reach the transport.
func (o observer) CloseIdleConnections() {
	if t, ok := o.next.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// RequestID reads the id under which AWS knows a request.
func RequestID(h http.Header) string {
	for _, name := range []string{"X-Amzn-Requestid", "X-Amz-Request-Id", "X-Amzn-Request-Id"} {
		if id := h.Get(name); id != "" {
			return id
		}
	}
	return ""
}

// withoutURL drops the address from a transport error: it may carry a session.
func withoutURL(err error) error {
	if u, ok := err.(*url.Error); ok {
		return u.Err
	}
	return err
}

// Report passes an exchange to the context's observer.
func Report(ctx context.Context, e Exchange) {
	if report, ok := ctx.Value(observerKey{}).(func(Exchange)); ok {
		report(e)
	}
}
