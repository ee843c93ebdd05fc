package provision

import (
	"context"
	"strings"
	"time"

	"agentcore-3lo/internal/advice"
)

// settled waits until a resource is no longer being created or updated: no
// service deletes one before. what names it.
func (s Scope) settled(ctx context.Context, what string, limit time.Duration, status func(context.Context) (string, error)) error {
	return s.poll(ctx, "waiting to delete "+what, limit, func(ctx context.Context) (string, bool, error) {
		state, err := status(ctx)
		if advice.Gone(err) {
			return "", true, nil
		}
		return state, !strings.HasSuffix(state, "ING") || state == "DELETING", err
	})
}

// whenFree repeats a deletion that is refused because of something that passes:
// the resource, or what it belongs to, is being changed, although one look
// showed it ready (which is why terraform-provider-aws waits until a gateway was
// READY twice); or what uses it is not forgotten yet. Conflicts without such
// words get a minute.
func (s Scope) whenFree(ctx context.Context, what string, remove func(context.Context) error) error {
	until := time.Now().Add(s.Backoff.Scaled(inUseLimit))
	passes := func(err error) bool { return isBusy(err) || isConflict(err) && time.Now().Before(until) }
	return s.retry(ctx, "waiting to delete "+what, deletionLimit, passes, func(ctx context.Context) error {
		err := remove(ctx)
		if advice.Gone(err) || isDeleting(err) {
			return nil
		}
		return err
	})
}

// isDeleting recognises "that is under way already". The state is in capitals;
// the refusal of a gateway with targets says "before deleting the gateway".
func isDeleting(err error) bool {
	return advice.HasCode(err, "ConflictException", "ValidationException") && (strings.Contains(err.Error(), "DELETING") || advice.Says(err, "being deleted"))
}

// isBusy recognises a refusal that names a passing state, or what is being
// deleted as well.
func isBusy(err error) bool {
	return advice.StillChanging(err) || advice.Says(err, "has targets") || advice.Says(err, "targets associated") || advice.Says(err, "has a domain configured")
}

// isConflict recognises what the services call a conflict with the present
// state (their models, and the IAM API reference for DeleteRole).
func isConflict(err error) bool {
	return advice.HasCode(err, "ConflictException", "ConcurrentModificationException", "ConcurrentModification", "DeleteConflict", "DeleteConflictException") ||
		advice.Says(err, "in use") || advice.Says(err, "is being used") || advice.Says(err, "associated with")
}
