package agentcore

import (
	"time"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/state"
)

// repeated makes create safe to repeat: the same client token with the same input
// finds what it created before, with another input it is refused.
func repeated(c *aws.Call, operation, token string, exists func(made string) bool) (made string, err error) {
	if token == "" {
		return "", nil
	}
	before := c.Realm.Tokens[operation+" "+token]
	if before == nil || !exists(before.Made) {
		return "", nil
	}
	if before.InputHash != state.Hash(string(c.InputWithout("clientToken"))) {
		return "", &aws.Error{Code: "ValidationException", Reason: "IdempotentParameterMismatchException",
			Message: "The client token was used before with different parameters"}
	}
	return before.Made, nil
}

// remember keeps what a client token created.
func remember(c *aws.Call, operation, token, made string) {
	if token != "" {
		c.Realm.Tokens[operation+" "+token] = &state.IdempotentCall{InputHash: state.Hash(string(c.InputWithout("clientToken"))), Made: made}
	}
}

// mayBeDeleted refuses to delete what is still being created or updated, with the
// code that the service models give for it.
func mayBeDeleted(t *state.Transition, now time.Time, operation, what string) error {
	if status := t.Look(now, ""); status == state.Creating || status == state.Updating {
		return aws.Refuse("ConflictException", "Cannot perform operation %s when %s is in %s status", operation, what, status)
	}
	return nil
}
