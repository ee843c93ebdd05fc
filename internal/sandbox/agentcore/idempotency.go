package agentcore

import (
	"time"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/state"
)

// findIdempotent returns what an earlier create call with the same client token and
// input created, or "". It fails if the input differs.
func findIdempotent(c *aws.Call, operation, token string, exists func(made string) bool) (made string, err error) {
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

// rememberIdempotent records what a client token created.
func rememberIdempotent(c *aws.Call, operation, token, made string) {
	if token != "" {
		c.Realm.Tokens[operation+" "+token] = &state.IdempotentCall{InputHash: state.Hash(string(c.InputWithout("clientToken"))), Made: made}
	}
}

// checkDeletable fails with ConflictException, as the service models say, while a
// resource is being created or updated.
func checkDeletable(t *state.Transition, now time.Time, operation, what string) error {
	if status := t.Poll(now, ""); status == state.Creating || status == state.Updating {
		return aws.Refuse("ConflictException", "Cannot perform operation %s when %s is in %s status", operation, what, status)
	}
	return nil
}
