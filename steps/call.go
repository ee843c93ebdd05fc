package steps

import (
	"context"
	"errors"
	"fmt"
	"time"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/mcp"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/token"
	"agentcore-3lo/internal/wait"
	"agentcore-3lo/steps/engine"
)

const (
	// leastTries is how often a call is made before a shortened budget may end it:
	// a slow machine alone must not use it up.
	leastTries = 5
	// settleLimit is how long a change made by this program may take to count.
	settleLimit = time.Minute
	// wholeLimit bounds all budgets of one call together, should one trouble
	// follow another.
	wholeLimit = 15 * time.Minute
)

// caller calls the tool through the run's gateway.
type caller struct {
	tokens       *token.Source
	registration registration
	situation    func() advice.Situation
}

// call is one tools/call with all its repeats. The call only reads a profile,
// so a repeat is harmless, also where the first one was carried out.
type call struct {
	caller
	scope  provision.Scope
	person engine.Person

	first time.Time // when the call was made first
	began time.Time // of the present budget
	tries int       // in it
	pause time.Duration
	cause advice.Cause           // that is being waited out
	looks map[advice.Action]bool // what was looked at before waiting
	acted map[advice.Action]bool // what was done after waiting
	debug bool                   // the gateway tells details because this call asked for them
}

// call calls the tool. Causes that pass are waited out, and what this program
// can fix is fixed, as the table of advice says. token is the access token of
// the last call, which lives at least that long.
func (x caller) call(ctx context.Context, p engine.Person, s provision.Scope, atLeast time.Duration, force bool) (result mcp.Result, token string, err error) {
	c := &call{caller: x, scope: s, person: p, first: time.Now(), looks: map[advice.Action]bool{}, acted: map[advice.Action]bool{}}
	c.restart()
	defer func() {
		if c.debug {
			provision.EndDebug(ctx, s)
		}
	}()
	for {
		if token, err = x.tokens.Token(ctx, s, atLeast); err != nil {
			return result, token, err
		}
		c.tries++
		result, err = x.callTool(ctx, s, token, force)
		var needed *mcp.ElicitationError
		if err == nil || errors.As(err, &needed) || ctx.Err() != nil {
			return result, token, err
		}
		s.Memory.Forget() // the gateway may have changed since it was read
		if err = c.recover(ctx, err); err != nil {
			return result, token, err
		}
	}
}

// callTool makes one tools/call. A result that is not a success is an error.
func (x caller) callTool(ctx context.Context, s provision.Scope, token string, force bool) (mcp.Result, error) {
	address, err := gatewayURL(ctx, s)
	if err != nil {
		return mcp.Result{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*s.AWS.AnswerLimit) // AgentCore and the vendor answer behind it
	defer cancel()
	client := mcp.Client{HTTP: s.AWS.HTTP, URL: address, Token: token, Label: func(ctx context.Context, method string) context.Context {
		return awsenv.WithLabel(ctx, "gateway", method)
	}}
	result, err := client.CallTool(ctx, mcp.ToolCall{Name: vendor.Tool(), ReturnURL: s.Run.Record().Settings.ReturnURL, ForceAuthentication: &force})
	if err == nil {
		err = result.Failure()
	}
	return result, err
}

// restart begins a new budget.
func (c *call) restart() { c.began, c.tries, c.pause = time.Now(), 0, 4*c.scope.Backoff.First }

// recover returns nil when it is worth calling again, else the error to report.
func (c *call) recover(ctx context.Context, err error) error {
	cause, known := advice.For(err, vendor.Errors)
	if !known || time.Since(c.first) > c.scope.Backoff.Scaled(wholeLimit) {
		return err
	}
	if cause.Cause != c.cause { // another trouble than before
		c.cause = cause.Cause
		c.restart()
		c.tries = 1
	}
	if done, fixErr := c.before(ctx, cause); done || fixErr != nil {
		return fixErr
	}
	if c.wait(ctx, cause, err) {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	done, fixErr := c.after(ctx, cause)
	if fixErr != nil {
		return fixErr
	}
	switch {
	case done:
		c.restart()
		return nil
	case cause.Action == advice.RegisterURL: // it is registered by now
		return advice.Problem{Doing: "calling the tool " + vendor.Tool(), Err: err, Next: advice.RegisteredInVain(c.situation())}
	}
	return err
}

// before does once what costs no wait. done says that it is worth calling again
// at once.
func (c *call) before(ctx context.Context, cause advice.Advice) (done bool, err error) {
	if c.looks[cause.Action] {
		return false, nil
	}
	c.looks[cause.Action] = true
	switch cause.Action {
	case advice.RegisterURL:
		return true, c.registration.fix(ctx, c.person, c.scope)
	case advice.CheckRole, advice.LearnCause:
		c.checkRole(ctx)
		if cause.Action == advice.LearnCause && listLacksReturnURL(ctx, c.scope) {
			return true, c.registration.fix(ctx, c.person, c.scope)
		}
	}
	return false, nil
}

// checkRole puts the gateway's own role right. Whether it may be read or not,
// the gateway's own answer counts.
func (c *call) checkRole(ctx context.Context) {
	if c.scope.Run.Record().Settings.RoleARN != "" {
		return
	}
	if _, err := provision.Ensure(ctx, c.scope, provision.Role); err != nil {
		c.person.Tell(event.Warning{Text: "The gateway's role could not be checked: " + provision.Brief(err)})
	}
}

// wait sleeps before the next try. It is false when the budget is used up.
func (c *call) wait(ctx context.Context, cause advice.Advice, err error) bool {
	limit := cause.Wait
	switch {
	case cause.Action == advice.FreshConsent && !consentedWithin(c.scope, cause.Wait):
		limit = 0
	case cause.Action == advice.RegisterURL:
		limit = settleLimit // it was registered just now
	case cause.Action == advice.LearnCause && c.acted[advice.LearnCause] && !c.acted[advice.RegisterURL]:
		limit = 0 // waited out already
	}
	whole, spent := limit, time.Since(c.began)
	limit = c.scope.Backoff.Scaled(limit)
	pause := max(c.pause, retryAfter(err))
	if limit == 0 {
		return false
	}
	// Where a short back-off has shortened the budget, a few tries are made anyway.
	slow := errors.Is(err, context.DeadlineExceeded)
	if spent+pause > limit && (slow || c.tries >= leastTries || spent+pause > whole) {
		return false
	}
	if c.tries == 1 {
		c.person.Tell(event.Progress{What: "calling the tool", State: fmt.Sprintf("%s (%s); retrying for up to %s", cause.Cause, provision.Brief(err), limit)})
	}
	c.pause = min(c.pause*5/4, c.scope.Backoff.Max)
	return wait.Sleep(ctx, pause) == nil
}

// after does once what is left to do when waiting did not help. done says that
// it is worth calling again.
func (c *call) after(ctx context.Context, cause advice.Advice) (done bool, err error) {
	again := c.acted[cause.Action]
	c.acted[cause.Action] = true
	switch {
	case cause.Action == advice.LearnCause:
		return c.learnCause(ctx, again)
	case again:
		return false, nil
	case cause.Action == advice.CheckGateway: // and forget the access token that was refused
		c.tokens.Forget()
		_, err := provision.Ensure(ctx, c.scope, provision.Gateway)
		return true, err
	case cause.Action == advice.CheckTarget:
		return true, ensureTarget(ctx, c.scope, c.registration.commands)
	}
	return false, nil
}

// learnCause lets the gateway give its reason. Where it still gives none, it
// offers to register the return URL: the opaque sentence hides that, too.
func (c *call) learnCause(ctx context.Context, again bool) (done bool, err error) {
	if !again {
		if c.debug = provision.BeginDebug(ctx, c.scope); c.debug {
			return true, nil
		}
	}
	if c.acted[advice.RegisterURL] {
		return false, nil
	}
	c.acted[advice.RegisterURL] = true
	return c.registration.offerUnsaid(ctx, c.person, c.scope)
}

// retryAfter is how long the server asked to be left alone.
func retryAfter(err error) time.Duration {
	var gateway *mcp.Error
	var tool *mcp.ToolError
	switch {
	case errors.As(err, &gateway):
		return gateway.RetryAfter
	case errors.As(err, &tool):
		return tool.Upstream.RetryAfter
	}
	return 0
}

// consentedWithin says whether the last consent was given that recently.
func consentedWithin(s provision.Scope, d time.Duration) bool {
	given := s.Run.Record().Consent.Given
	return !given.IsZero() && time.Since(given) < d
}
