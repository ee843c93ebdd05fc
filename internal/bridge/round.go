package bridge

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"agentcore-3lo/callback"
	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/mcp"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/wait"
)

// settle asks for everything that the gateway asks for, one link after the other.
func (c *consents) settle(ctx context.Context, r *round, listener Round) (_ state, err error) {
	now := r.first
	if c.run.ReturnURL() != now.returnURL { // another port was free: the link has to lead there
		if now, err = r.renew(ctx); err != nil {
			return failed, err
		}
	}
	for _, link := range now.links {
		if link.Session == "" { // the error of Remember quotes the link, which no agent may read
			return failed, errors.New("the gateway's link names no session, so a consent could not be bound; the link was not shown")
		}
	}
	if err := listener.Remember(now.token, now.links); err != nil {
		return failed, err
	}
	for _, link := range now.links {
		if state, err := c.ask(ctx, r, listener, link); state != bound {
			return state, err
		}
	}
	return bound, nil
}

// ask asks about one link, and waits until its session has ended.
func (c *consents) ask(ctx context.Context, r *round, listener Round, link mcp.Elicitation) (state, error) {
	if _, err := text.Inspect(link.URL); err != nil {
		return failed, fmt.Errorf("%w; the link was not shown", err)
	}
	if err := listener.Expect(link.Session); err != nil {
		return failed, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	q := question{Link: listener.Link(link), id: rand.Text(), client: r.client, tool: r.tool}
	if len(q.Warnings) > 0 {
		c.log.Warn("a link to look at twice", "host", q.Host, "warnings", q.Warnings)
	}
	decisions, unable := make(chan bool), make(chan error, 1)
	c.rounds.Go(func() {
		err := r.asker.ask(ctx, q, func(goesOn bool) {
			select {
			case decisions <- goesOn:
			case <-ctx.Done():
			}
		})
		if err != nil {
			unable <- err
		}
	})
	expiry := wait.Clock(nil).Until(ctx, listener.Expires())
	for {
		select {
		case goesOn := <-decisions:
			if !goesOn {
				return declined, nil
			}
		case err := <-unable:
			return failed, err
		case o := <-listener.Outcomes():
			if o.Session == link.Session {
				return c.outcome(o.Err)
			}
		case <-expiry:
			return expired, nil
		case <-ctx.Done():
			return failed, context.Cause(ctx)
		}
	}
}

// outcome reads how a session ended.
func (c *consents) outcome(err error) (state, error) {
	var refusal *callback.RefusedError
	switch {
	case err == nil:
		return bound, nil
	case errors.Is(err, callback.ErrExpired):
		return expired, nil
	case errors.As(err, &refusal) && refusal.Declined():
		return declined, nil
	case advice.Says(err, "Invalid or expired session"):
		return replaced, nil
	}
	c.run.Failed(err)
	return failed, err
}
