package cli

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"

	"agentcore-3lo/internal/bridge"
	"agentcore-3lo/internal/mcp"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/account"
)

// bridgedRun is the run behind the bridge. Its environment is opened when a client
// needs it, with the sandbox if the run is there, and again when its credentials have
// expired or the process that served its sandbox has ended.
type bridgedRun struct {
	program *program
	store   run.Store
	record  *run.Record
	ctx     context.Context // of the command

	mu  sync.Mutex
	now *opened // nil until it is needed
	run *steps.Bridged
}

// use returns the run with its environment's location known.
func (b *bridgedRun) use() (*steps.Bridged, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.now != nil {
		return b.run, nil
	}
	fresh, err := b.store.Load(b.record.Run) // a walk may have gone on with it
	if err != nil {
		return nil, err
	}
	s, err := b.program.open(b.ctx, b.store, fresh, nil, false)
	if err != nil {
		return nil, err
	}
	b.now, b.run = s, s.walk.Bridged()
	return b.run, nil
}

func (b *bridgedRun) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.now != nil {
		b.now.close()
		b.now = nil
	}
}

// Gateway is part of bridge.Run.
func (b *bridgedRun) Gateway(ctx context.Context) (mcp.Client, error) {
	r, err := b.use()
	if err != nil {
		return mcp.Client{}, err
	}
	return r.Gateway(ctx)
}

// Token is part of bridge.Run.
func (b *bridgedRun) Token(ctx context.Context, fresh bool) (string, error) {
	r, err := b.use()
	if err != nil {
		return "", err
	}
	return r.Token(ctx, fresh)
}

// ReturnURL is part of bridge.Run.
func (b *bridgedRun) ReturnURL() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.now == nil {
		return b.record.Settings.ReturnURL
	}
	return b.run.ReturnURL()
}

// Listen is part of bridge.Run.
func (b *bridgedRun) Listen(ctx context.Context) (bridge.Round, error) {
	r, err := b.use()
	if err != nil {
		return nil, err
	}
	return r.Listen(ctx)
}

// Failed is part of bridge.Run.
func (b *bridgedRun) Failed(err error) (reopens bool) {
	var dial *net.OpError
	var answer *mcp.Error
	switch {
	case account.Expired(err): // they may be renewed by now
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.now == nil {
			return false
		}
		b.run.SignInAgain()
		return true
	case b.record.Environment.Sandbox && errors.As(err, &dial) && dial.Op == "dial": // the process that served it has ended
	case errors.As(err, &answer) && answer.Status == http.StatusNotFound && b.moved():
	default:
		return false
	}
	b.close()
	return true
}

// moved reports whether the run has another gateway than when it was opened.
func (b *bridgedRun) moved() bool {
	fresh, err := b.store.Load(b.record.Run)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil || b.now == nil {
		return false
	}
	gateway := fresh.Find(provision.Gateway)
	return gateway != nil && gateway.ID != b.now.walk.Run.Resource(provision.Gateway).ID
}

// Explain is part of bridge.Run.
func (b *bridgedRun) Explain(err error) string {
	if r, openErr := b.use(); openErr == nil {
		return r.Explain(err)
	}
	f := b.program.failureOf(err)
	return "Failed while " + f.Doing + ": " + f.Why.Message + "\nFor the user: " + f.Next
}
