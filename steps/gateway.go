package steps

import (
	"context"
	"sync"

	"agentcore-3lo/internal/provision"
)

// gateway creates the role, unless it exists by now, and the gateway.
func gateway(ctx context.Context, s provision.Scope, role *roleAhead) error {
	for _, body := range role.take() {
		s.Tell(body)
	}
	if s.Run.Record().Settings.RoleARN == "" && s.Memory.Of(provision.Role) == nil {
		if err := ensure(ctx, s, provision.Role); err != nil {
			return err
		}
	}
	return ensure(ctx, s, provision.Gateway)
}

// roleAhead creates the gateway's role while the inbound half is created. What there
// is to tell about it, the gateway's step tells. A failure is not told: that step
// tries once more, and reports it.
type roleAhead struct {
	mu   sync.Mutex
	told []any
}

// begin begins to create the role. wait waits until that has ended.
func (r *roleAhead) begin(ctx context.Context, s provision.Scope) (wait func()) {
	if s.Run.Record().Settings.RoleARN != "" {
		return func() {}
	}
	var told []any
	s.Tell = func(body any) { told = append(told, body) }
	var work sync.WaitGroup
	work.Go(func() {
		err := provision.Guarded(func() error { return ensure(ctx, s, provision.Role) })
		if err != nil {
			return
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.told = told
	})
	return work.Wait
}

// take returns what there is to tell, once.
func (r *roleAhead) take() []any {
	r.mu.Lock()
	defer r.mu.Unlock()
	told := r.told
	r.told = nil
	return told
}
