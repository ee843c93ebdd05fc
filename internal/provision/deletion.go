package provision

import (
	"context"
	"strings"
	"time"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/wait"
)

// settled waits until a resource is no longer being created or updated; until then
// it cannot be deleted. what names it.
func (s Scope) settled(ctx context.Context, what string, span wait.Span, status func(context.Context) (string, error)) error {
	return s.poll(ctx, "waiting to delete "+what, span, func(ctx context.Context) (string, bool, error) {
		state, err := status(ctx)
		if advice.Gone(err) {
			return "", true, nil
		}
		return state, !strings.HasSuffix(state, "ING") || state == "DELETING", err
	})
}

// whenFree retries a deletion that is refused for a transient reason: the resource or
// its parent is still being changed, although it was READY once (so
// terraform-provider-aws waits until a gateway was READY twice), or a resource that
// used it still counts. Other conflicts are retried for a minute.
func (s Scope) whenFree(ctx context.Context, what string, remove func(context.Context) error) error {
	until := time.Now().Add(s.Backoff.Scaled(inUseSpan.Limit))
	passes := func(err error) bool { return isBusy(err) || isConflict(err) && time.Now().Before(until) }
	return s.retry(ctx, "waiting to delete "+what, deletionSpan, passes, func(ctx context.Context) error {
		err := remove(ctx)
		if advice.Gone(err) || isDeleting(err) {
			return nil
		}
		return err
	})
}

// isDeleting recognizes that the deletion has already started. The state is in
// capitals; the refusal for a gateway with targets says "before deleting the gateway".
func isDeleting(err error) bool {
	return advice.HasCode(err, "ConflictException", "ValidationException") && (strings.Contains(err.Error(), "DELETING") || advice.Says(err, "being deleted"))
}

// isBusy recognizes a refusal that names a transient state, or another resource that
// is being deleted.
func isBusy(err error) bool {
	return advice.StillChanging(err) || advice.Says(err, "has targets") || advice.Says(err, "targets associated") || advice.Says(err, "has a domain configured")
}

// isConflict recognizes a conflict with the current state (their models, and the IAM API reference for DeleteRole).
func isConflict(err error) bool {
	return advice.HasCode(err, "ConflictException", "ConcurrentModificationException", "ConcurrentModification", "DeleteConflict", "DeleteConflictException") ||
		advice.Says(err, "in use") || advice.Says(err, "is being used") || advice.Says(err, "associated with")
}
