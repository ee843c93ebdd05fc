// Package consent is one consent round: a listener waits for the browser, a link
// is shown, and session binding is completed with the very token that made the
// call. Who shows the link, and what else the person may do meanwhile, is the
// caller's business.
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

// Binding names what finishes a session, for errors.
const Binding = "binding the session (CompleteResourceTokenAuth)"

// Round is one consent round in this process.
type Round struct {
	AWS   *awsenv.Environment
	Run   *run.Run
	Clock wait.Clock
	Life  time.Duration           // of a link
	Hide  func(secrets ...string) // keeps sessions out of every text from then on
	Tell  func(body any)
	// Observed adds the observer of calls that the listener makes for the browser.
	Observed func(context.Context) context.Context
	// Stored says whether the vault has a token for the caller, where the answer
	// to the completing call was lost.
	Stored func(ctx context.Context, token string) bool

	listener *callback.Listener
	outcomes map[string]callback.Outcome // by session
	expires  time.Time                   // of the present links

	mu     sync.Mutex
	tokens map[string]string // the token that made each session; no other completes it
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

// Listen opens the round's listener on a port that is held. It is up before the
// call that makes the link.
func (r *Round) Listen(ctx context.Context, port *callback.Port, o callback.Options) (err error) {
	r.outcomes, r.tokens = map[string]callback.Outcome{}, map[string]string{}
	o.Complete, o.Earlier, o.Now = r.complete, r.earlier, r.Clock.Now
	r.listener, err = port.Listen(ctx, o)
	return err
}

// Close ends the listener.
func (r *Round) Close() { r.listener.Close() }

// Expires is when the present links end.
func (r *Round) Expires() time.Time { return r.expires }

// Arrivals are the browser's visits at the return URL.
func (r *Round) Arrivals() <-chan callback.Arrival { return r.listener.Arrivals() }

// Outcomes are how sessions ended. What is taken from here is handed to Note.
func (r *Round) Outcomes() <-chan callback.Outcome { return r.listener.Outcomes() }

// Note keeps the outcome of a session.
func (r *Round) Note(o callback.Outcome) { r.outcomes[o.Session] = o }

// Settled returns the outcome of a session that has come to an end. A browser may
// finish the links in another order than they were shown.
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

// CompletePasted takes the address on which a browser ended that could not reach the
// listener.
func (r *Round) CompletePasted(ctx context.Context, address string) error {
	return r.listener.CompletePasted(ctx, address)
}

// Remember keeps the very token that made the links' sessions. A session becomes
// pending only when its link is shown.
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

// Expect makes the session of a link that is about to be shown pending.
func (r *Round) Expect(session string) error {
	if err := r.listener.Expect(session, r.expires); err != nil {
		return advice.Fail("reading the gateway's elicitation", err)
	}
	return r.Run.Update(func(rec *run.Record) {
		rec.Consent.Sessions = append(rec.Consent.Sessions, run.Session{SHA256: hash(session), Expires: r.expires.UTC()})
	})
}

// earlier recognises a session that an earlier process of this run showed: it
// gets a page of its own, and nothing is completed.
func (r *Round) earlier(session string) bool {
	sum := hash(session)
	return slices.ContainsFunc(r.Run.Record().Consent.Sessions, func(s run.Session) bool { return s.SHA256 == sum })
}

func hash(session string) string {
	sum := sha256.Sum256([]byte(session))
	return hex.EncodeToString(sum[:])
}

// complete finishes session binding, called by the listener once per session.
// The user's identity is the very token that made the call: AgentCore refuses
// any other, a newer one of the same user included.
func (r *Round) complete(ctx context.Context, session string) error {
	r.mu.Lock()
	token := r.tokens[session]
	r.mu.Unlock()
	ctx = r.Observed(ctx)
	r.Tell(event.Progress{What: "the browser came back; binding the session"})
	err := Complete(ctx, r.AWS, session, token)
	if err == nil {
		r.Tell(event.Progress{What: "the session is bound"})
		return nil
	}
	var api smithy.APIError
	if errors.As(err, &api) && !advice.Says(err, "Invalid or expired session") {
		return err
	}
	// The answer may have been lost after the work was done, and a repeat of a
	// call that can be made once is refused. Whether the token is there, a tool
	// call shows.
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

// Link describes the whole link with its host, and warns of what looks wrong.
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
	shown.Asks = fmt.Sprintf("The gateway %s asks: %s", r.Run.Resource("gateway").ID, text.CleanLine(link.Message))
	return shown
}
