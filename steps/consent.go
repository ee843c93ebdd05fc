package steps

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	data "github.com/aws/aws-sdk-go-v2/service/bedrockagentcore"
	datatypes "github.com/aws/aws-sdk-go-v2/service/bedrockagentcore/types"
	"github.com/aws/smithy-go"

	"agentcore-3lo/callback"
	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/mcp"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps/engine"
)

const (
	// LinkLife is how long an authorization URL and its session serve
	// (AgentCore developer guide, "Authorization URL session binding").
	LinkLife = 10 * time.Minute
	// helpAfter is when the walkthrough offers help by itself.
	helpAfter = 45 * time.Second
)

func consentStep() Step {
	return Step{ID: Consent, Title: "Consent", Needs: []engine.ID{Target, Register}, Foreground: true,
		Does:  "calls the tool, shows the link, and completes the session after you consent",
		Basis: consentBasis,
		Run:   consent,
	}
}

func consent(ctx context.Context, t *Task) error {
	if t.wasDone(consentStep()) && !t.Again {
		t.say("You consented before, and nothing that it rests on has changed.")
		return nil
	}
	w, err := t.connect(ctx)
	if err != nil {
		return err
	}
	if err := t.openRound(); err != nil {
		return err
	}
	r := &round{Task: t, world: w, outcomes: map[string]callback.Outcome{}, bearers: map[string]string{}}
	// The listener is up before the call that makes the link.
	r.listener, err = t.listen(ctx, w, r.complete)
	if err != nil {
		return err
	}
	defer r.listener.Close()
	if err := r.followReturnURL(ctx); err != nil {
		return err
	}
	links, err := r.call(ctx)
	if err != nil {
		return err
	}
	for len(links) > 0 {
		again, err := r.settle(ctx, links[0])
		if err != nil {
			return err
		}
		if again { // a fresh link: never forced
			if links, err = r.call(ctx); err != nil {
				return err
			}
			continue
		}
		links = links[1:]
	}
	t.say("✓ Consent is given and bound to this session's user.")
	return t.update(func(rec *run.Record) {
		rec.Consent.Open, rec.Consent.Sessions, rec.Consent.Given = false, nil, time.Now().UTC()
	})
}

// openRound begins a consent round, or resumes the one that is open. A round
// forces authentication once: what comes after its first link never does.
func (t *Task) openRound() error {
	if t.Record().Consent.Open {
		t.say("Going on with the consent that was begun, with a fresh link.")
		return nil
	}
	if t.wasDone(consentStep()) {
		t.say("The present consent will be discarded: this call removes the stored token from the vault.")
	}
	return t.update(func(r *run.Record) {
		r.Consent = run.Consent{Round: r.Consent.Round + 1, Open: true}
		delete(r.Steps, string(Consent))
	})
}

// round is one consent round in this process.
type round struct {
	*Task
	world    *awsenv.Environment
	listener *callback.Listener

	outcomes map[string]callback.Outcome // by session
	exchange mcp.Exchange                // that brought the present links
	expires  time.Time                   // of the present links
	fresh    int                         // links that were tried after a trouble of the vendor's

	mu      sync.Mutex
	bearers map[string]string // the JWT that made each session; no other completes it
}

// followReturnURL makes the target's default the URL that the listener really
// has: another port may have been taken since the target was made.
func (r *round) followReturnURL(ctx context.Context) error {
	gatewayID := r.resource(KindGateway).ID
	present, err := r.findTarget(ctx, r.world, gatewayID)
	if err != nil || present == nil || r.targetFits(present) {
		return fail("checking the target", err)
	}
	if err := r.mendTarget(ctx, r.world, gatewayID, aws.ToString(present.TargetId)); err != nil {
		return err
	}
	return r.hardenReturnURL(ctx, r.world)
}

// call asks the gateway for the profile. While there is no token it answers
// with links; none means that the vault has one already. A token that the vendor
// refuses is replaced: the call is repeated once, and asks for a new one.
func (r *round) call(ctx context.Context) ([]mcp.Elicitation, error) {
	for again := false; ; again = true {
		force := !r.Record().Consent.Forced
		_, token, err := r.callTool(ctx, r.world, r.Settings.LinkLife+2*time.Minute, force)
		var needed *mcp.ElicitationError
		if errors.As(err, &needed) {
			r.exchange = needed.Exchange
			return needed.Elicitations, r.remember(token, needed.Elicitations)
		}
		if err == nil {
			r.say("AgentCore already holds a token for this caller; no consent is needed.")
			return nil, nil
		}
		if again || !tokenRefused(err) {
			return nil, fail("calling the tool "+r.Names.Tool(), err)
		}
		r.say("%s refuses the token in AgentCore's vault. Asking for a new one.", vendor.Name)
		if err := r.update(func(rec *run.Record) { rec.Consent.Forced = false }); err != nil {
			return nil, err
		}
	}
}

// tokenRefused says that the vendor's API refused the token of the vault, or
// what it may be used for. A new consent gives another one.
func tokenRefused(err error) bool {
	var tool *mcp.ToolError
	if !errors.As(err, &tool) {
		return false
	}
	cause, _ := advice.For(err, vendor.Errors)
	return cause.Action == advice.FreshConsent || tool.Upstream.Status == http.StatusForbidden
}

// remember keeps the very JWT that made the links' sessions, and notes that this
// round has forced. A session becomes pending only when its link is shown.
func (r *round) remember(token string, links []mcp.Elicitation) error {
	r.expires = r.wall().Add(r.Settings.LinkLife)
	// The round has forced, whatever its links are worth.
	if err := r.update(func(rec *run.Record) { rec.Consent.Forced = true }); err != nil {
		return err
	}
	for _, link := range links {
		if link.Session == "" {
			return Problem{Doing: "reading the gateway's elicitation", Err: fmt.Errorf("its link names no session: %s", text.CleanLine(link.URL)),
				Next: "Without one the callback cannot be bound to this walkthrough. Try again: " + r.Command("run", "consent", "invoke")}
		}
		r.Redactor.Add(link.Session, url.QueryEscape(link.Session))
		r.mu.Lock()
		r.bearers[link.Session] = token
		r.mu.Unlock()
	}
	return nil
}

// expect makes the session of a link that is about to be shown pending.
func (r *round) expect(session string) error {
	if err := r.listener.Expect(session, r.expires); err != nil {
		return fail("reading the gateway's elicitation", err)
	}
	return r.update(func(rec *run.Record) {
		rec.Consent.Sessions = append(rec.Consent.Sessions, run.Session{SHA256: sessionHash(session), Expires: r.expires.UTC()})
	})
}

// complete finishes session binding, called by the listener once per session.
// The user's identity is the very JWT that made the call: AgentCore refuses
// any other, a newer one of the same user included.
func (r *round) complete(ctx context.Context, session string) error {
	r.mu.Lock()
	token := r.bearers[session]
	r.mu.Unlock()
	if observe := r.Observer; observe != nil {
		ctx = awsenv.WithObserver(ctx, observe)
	}
	r.Tell(Progress{"the browser came back; binding the session"})
	err := Complete(ctx, r.world, session, token)
	if err == nil {
		r.Tell(Progress{"the session is bound"})
		return nil
	}
	var api smithy.APIError
	if errors.As(err, &api) && !says(err, "Invalid or expired session") {
		return err
	}
	// The answer may have been lost after the work was done, and a repeat of a
	// call that serves once is refused. Whether the token is there, a call shows.
	_, callErr := r.callOnce(ctx, r.world, token, false)
	var tool *mcp.ToolError
	if callErr == nil || errors.As(callErr, &tool) && tool.Upstream.Status != 0 { // the vendor was asked with it
		return nil
	}
	return err
}

// Complete calls CompleteResourceTokenAuth.
func Complete(ctx context.Context, w *awsenv.Environment, session, token string) error {
	_, err := w.Data.CompleteResourceTokenAuth(ctx, &data.CompleteResourceTokenAuthInput{
		SessionUri:     &session,
		UserIdentifier: &datatypes.UserIdentifierMemberUserToken{Value: token},
	})
	return err
}

// show tells which server asks, what for, and the whole link.
func (r *round) show(link mcp.Elicitation) URL {
	shown := URL{Purpose: PurposeConsent, URL: link.URL, Expires: r.expires}
	expected := []string{fmt.Sprintf("bedrock-agentcore.%s.%s", r.world.Region, r.world.DNSSuffix())}
	for _, endpoint := range r.world.Endpoints() {
		if u, err := url.Parse(endpoint); err == nil && !slices.Contains(expected, u.Hostname()) {
			expected = append(expected, u.Hostname())
		}
	}
	if inspected, err := text.Inspect(link.URL, expected...); err != nil {
		shown.Warnings = []string{err.Error()}
	} else {
		shown.Host, shown.Warnings = inspected.Host, inspected.Warnings
	}
	shown.Asks = fmt.Sprintf("The gateway %s asks: %s", r.resource(KindGateway).ID, text.CleanLine(link.Message))
	if len(shown.Warnings) > 0 {
		r.Log.Warn("a link to look at twice", "host", shown.Host, "warnings", shown.Warnings)
	}
	if shown.Far = r.far(); shown.Far != "" {
		r.say("%s", shown.Far)
	}
	r.say("%s", shown.Asks)
	r.Tell(shown)
	return shown
}

// earlierSession recognises a session that an earlier process of this run
// showed: it gets a page of its own, and nothing is completed.
func (k *Kit) earlierSession(session string) bool {
	hash := sessionHash(session)
	return slices.ContainsFunc(k.Record().Consent.Sessions, func(s run.Session) bool { return s.SHA256 == hash })
}

func sessionHash(session string) string {
	sum := sha256.Sum256([]byte(session))
	return hex.EncodeToString(sum[:])
}
