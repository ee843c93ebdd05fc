package steps

import (
	"context"
	"sync"
	"time"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/bridge"
	"agentcore-3lo/internal/consent"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/mcp"
	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/steps/returnurl"
)

// Bridged is the run of a walk as the bridge uses it: nothing of it is changed, its
// environment is opened when it is needed, and its exchanges go to the journal.
type Bridged struct {
	walk   *Walk
	record func(engine.Event)
	redact func(string) string

	mu  sync.Mutex
	url string // of the gateway, once it is known
}

// Bridged returns the walk's run for the bridge.
func (w *Walk) Bridged() *Bridged {
	record, sessions := w.journal(true)
	return &Bridged{walk: w, record: record, redact: func(s string) string { return w.Redactor.Redact(sessions.Label(s)) }}
}

// Gateway is part of bridge.Run.
func (b *Bridged) Gateway(ctx context.Context) (mcp.Client, error) {
	s, err := b.walk.Scope(b.observed(ctx), b)
	if err != nil {
		return mcp.Client{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.url == "" {
		if b.url, err = gatewayURL(b.observed(ctx), s); err != nil {
			return mcp.Client{}, err
		}
	}
	return mcp.Client{HTTP: s.AWS.HTTP, URL: b.url, Label: func(ctx context.Context, method string) context.Context {
		return awsenv.WithLabel(b.observed(ctx), "gateway", method)
	}}, nil
}

// Token is part of bridge.Run. A token is renewed before it could expire during a
// consent.
func (b *Bridged) Token(ctx context.Context, fresh bool) (string, error) {
	if fresh {
		b.walk.Tokens.Forget()
	}
	s, err := b.walk.Scope(b.observed(ctx), b)
	if err != nil {
		return "", err
	}
	return b.walk.Tokens.Token(b.observed(ctx), s, b.walk.Settings.LinkLife+2*time.Minute)
}

// SignInAgain makes the next call open the environment again, because its credentials
// have expired.
func (b *Bridged) SignInAgain() { b.walk.account.Forget() }

// ReturnURL is part of bridge.Run.
func (b *Bridged) ReturnURL() string { return b.walk.Run.Record().Settings.ReturnURL }

// Listen is part of bridge.Run. The listener's port is held for one round, because the
// bridge may run for days.
func (b *Bridged) Listen(ctx context.Context) (bridge.Round, error) {
	s, err := b.walk.Scope(b.observed(ctx), b)
	if err != nil {
		return nil, err
	}
	// If the answer to CompleteResourceTokenAuth is lost, only a call of the tool could
	// tell whether it was carried out, and the bridge knows no tool that is safe to call.
	unknown := func(context.Context, string) bool { return false }
	round := &consent.Round{AWS: s.AWS, Run: s.Run, Life: b.walk.Settings.LinkLife, Hide: s.Hide, Tell: s.Tell,
		Clock: b.walk.Settings.Now, Observed: b.observed, Stored: unknown}
	port, err := b.walk.address.Hold(ctx, b, s.AWS)
	if err != nil {
		return nil, err
	}
	if err := round.Listen(ctx, port, b.walk.address.Options()); err != nil {
		return nil, b.walk.address.Unusable(port, err)
	}
	return bridgedRound{round, b.walk.address}, nil
}

type bridgedRound struct {
	*consent.Round
	address *returnurl.Address
}

func (r bridgedRound) Close() {
	r.Round.Close()
	_ = r.address.Close() // nobody is left who could be told
}

// Explain is part of bridge.Run.
func (b *Bridged) Explain(err error) string {
	f := b.walk.Explain(Invoke, advice.Fail("calling the gateway", err))
	said := "Failed while " + f.Doing + ": " + f.Why.Message
	if f.Why.Code != "" {
		said += " (" + f.Why.Code + ")"
	}
	return said + "\nFor the user: " + advice.WithoutResume(f.Next)
}

// Tell is part of engine.Person.
func (b *Bridged) Tell(body any) {
	if note, is := body.(event.Note); is {
		b.walk.log.Info("note", "text", b.redact(note.Text))
	}
	b.record(engine.Event{Time: time.Now(), Body: body})
}

// Ask is part of engine.Person: nobody sits in front of the bridge.
func (b *Bridged) Ask(_ context.Context, q engine.Question) (engine.Answer, error) {
	return "", engine.NeedsPerson{Questions: []engine.Question{q}}
}

// observed adds what logs each exchange and appends it to the journal.
func (b *Bridged) observed(ctx context.Context) context.Context {
	return awsenv.WithObserver(ctx, func(e wire.Exchange) {
		b.walk.log.Debug("call", "service", e.Service, "operation", e.Operation, "status", e.Status, "request_id", e.RequestID, "took", e.Took, "error", e.Err)
		b.record(engine.Event{Time: time.Now(), Body: e.Redacted(b.redact)})
	})
}
