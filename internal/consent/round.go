// Package consent runs one consent: a listener waits for the browser, a link is shown,
// and session binding is completed with the token that made the call. The caller shows
// the link and handles other input.
package consent

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"time"

	data "github.com/aws/aws-sdk-go-v2/service/bedrockagentcore"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcore/types"
	"github.com/aws/smithy-go"

	"agentcore-3lo/callback"
	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/mcp"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/wait"
)

// LinkLife is how long an authorization URL and its session can be used
// (AgentCore developer guide, "Authorization URL session binding").
const LinkLife = 10 * time.Minute

// Binding is the name of session binding in errors.
const Binding = "binding the session (CompleteResourceTokenAuth)"

// Round is one consent in this process.
type Round struct {
	AWS   *awsenv.Environment
	Run   *run.Run
	Clock wait.Clock
	Life  time.Duration           // of a link
	Hide  func(secrets ...string) // redacts these sessions from now on
	Tell  func(body any)
	// Observed adds an observer to the context of the listener's calls.
	Observed func(context.Context) context.Context
	// Stored reports whether the vault has a token for the caller. It is used if the
	// answer to CompleteResourceTokenAuth was lost.
	Stored func(ctx context.Context, token string) bool

	listener *callback.Listener
	outcomes map[string]callback.Outcome // by session
	expires  time.Time                   // of the current links

	mu     sync.Mutex
	tokens map[string]string // the token that started each session, the only one that completes it
}

// NoSessionError says that a link names no session.
type NoSessionError struct{ Link string }

func (e *NoSessionError) Error() string {
	return "its link names no session: " + text.CleanLine(e.Link)
}

// Remedy is what to do about it.
func (e *NoSessionError) Remedy(s advice.Situation) string {
	return "Without one the callback cannot be bound to this walkthrough. Try again: " + s.Run("run", "consent", "invoke")
}

// Listen starts the listener on a port that is already held. Call it before the call
// that creates the link.
func (r *Round) Listen(ctx context.Context, port *callback.Port, o callback.Options) (err error) {
	r.outcomes, r.tokens = map[string]callback.Outcome{}, map[string]string{}
	o.Complete, o.Earlier, o.Now = r.complete, r.earlier, r.Clock.Now
	r.listener, err = port.Listen(ctx, o)
	return err
}

// Close ends the listener.
func (r *Round) Close() { r.listener.Close() }

// Expires is when the current links expire.
func (r *Round) Expires() time.Time { return r.expires }

// Arrivals are the browser's requests to the return URL.
func (r *Round) Arrivals() <-chan callback.Arrival { return r.listener.Arrivals() }

// Outcomes are how sessions ended. Pass each one to Note.
func (r *Round) Outcomes() <-chan callback.Outcome { return r.listener.Outcomes() }

// Note stores the outcome of a session.
func (r *Round) Note(o callback.Outcome) { r.outcomes[o.Session] = o }

// Settled returns the outcome of a session that has ended. The user may finish the links
// in any order.
func (r *Round) Settled(session string) (callback.Outcome, bool) {
	for {
		select {
		case o := <-r.listener.Outcomes():
			r.Note(o)
		default:
			o, ok := r.outcomes[session]
			return o, ok
		}
	}
}

// CompletePasted takes the address of the browser's last page, if the browser could not
// reach the listener.
func (r *Round) CompletePasted(ctx context.Context, address string) error {
	return r.listener.CompletePasted(ctx, address)
}

// Remember keeps the token that started the links' sessions. A session is pending only
// from when its link is shown.
func (r *Round) Remember(token string, links []mcp.Elicitation) error {
	r.expires = r.Clock.Now().Add(r.Life)
	for _, link := range links {
		if link.Session == "" {
			return advice.Problem{Doing: "reading the gateway's elicitation", Err: &NoSessionError{link.URL}}
		}
		r.Hide(link.Session, url.QueryEscape(link.Session))
		r.mu.Lock()
		r.tokens[link.Session] = token
		r.mu.Unlock()
	}
	return nil
}

// Expect makes a session pending, just before its link is shown.
func (r *Round) Expect(session string) error {
	if err := r.listener.Expect(session, r.expires); err != nil {
		return advice.Fail("reading the gateway's elicitation", err)
	}
	return r.Run.Update(func(rec *run.Record) {
		rec.Consent.Sessions = append(rec.Consent.Sessions, run.Session{SHA256: hash(session), Expires: r.expires.UTC()})
	})
}

// earlier recognizes a session that an earlier process of this run showed. The browser
// gets a special page, and nothing is completed.
func (r *Round) earlier(session string) bool {
	sum := hash(session)
	return slices.ContainsFunc(r.Run.Record().Consent.Sessions, func(s run.Session) bool { return s.SHA256 == sum })
}

func hash(session string) string {
	sum := sha256.Sum256([]byte(session))
	return hex.EncodeToString(sum[:])
}

// complete completes session binding; the listener calls it once per session. The user's
// identity is the exact token that made the call: AgentCore rejects any other, even a
// newer one of the same user.
func (r *Round) complete(ctx context.Context, session string) error {
	r.mu.Lock()
	token := r.tokens[session]
	r.mu.Unlock()
	ctx = r.Observed(ctx)
	var told sync.WaitGroup // the call does not wait until a person has seen it
	told.Go(func() { r.Tell(event.Progress{What: "the browser came back; binding the session"}) })
	err := Complete(ctx, r.AWS, session, token)
	told.Wait()
	if err == nil {
		r.Tell(event.Progress{What: "the session is bound"})
		return nil
	}
	var api smithy.APIError
	if errors.As(err, &api) && !advice.Says(err, "Invalid or expired session") {
		return err
	}
	// The answer may have been lost after the call succeeded, and a second call would
	// be refused. A tool call shows whether the token is stored.
	if r.Stored(ctx, token) {
		return nil
	}
	return err
}

// Complete calls CompleteResourceTokenAuth.
func Complete(ctx context.Context, w *awsenv.Environment, session, token string) error {
	_, err := w.Data.CompleteResourceTokenAuth(ctx, &data.CompleteResourceTokenAuthInput{
		SessionUri:     &session,
		UserIdentifier: &types.UserIdentifierMemberUserToken{Value: token},
	})
	return err
}

// Link describes the link with its host and warnings.
func (r *Round) Link(link mcp.Elicitation) event.Link {
	shown := event.Link{Purpose: event.Consent, URL: link.URL, Expires: r.expires}
	expected := []string{fmt.Sprintf("bedrock-agentcore.%s.%s", r.AWS.Region, r.AWS.DNSSuffix())}
	for _, endpoint := range r.AWS.Endpoints() {
		if u, err := url.Parse(endpoint); err == nil && !slices.Contains(expected, u.Hostname()) {
			expected = append(expected, u.Hostname())
		}
	}
	if inspected, err := text.Inspect(link.URL, expected...); err != nil {
		shown.Warnings = []string{err.Error()}
	} else {
		shown.Host, shown.Warnings = inspected.Host, inspected.Warnings
	}
	shown.Asks = fmt.Sprintf("The gateway says: “%s”", text.CleanLine(link.Message))
	return shown
}
