package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go/middleware"
)

const (
	// AnswerLimit is the time limit for one answer of an AWS API, from the request
	// to the last byte. The SDK has no limit, so a call could hang forever.
	AnswerLimit = 30 * time.Second
	// callLimits is the time limit for a whole call with its retries and pauses, as
	// a multiple of AnswerLimit.
	callLimits = 6
)

func (o Options) answerLimit() time.Duration { return cmp.Or(o.AnswerLimit, AnswerLimit) }

// NoAnswerError says that a service did not send a complete answer in time.
type NoAnswerError struct {
	Host  string        // "" = not known
	Limit time.Duration // of one attempt, or of the whole call
}

func (e *NoAnswerError) Error() string {
	if e.Host == "" {
		return fmt.Sprintf("no complete answer came within %s", e.Limit)
	}
	return fmt.Sprintf("no complete answer came from %s within %s", e.Host, e.Limit)
}

// deadline ends an SDK call whose attempts together take too long. The time before
// the first attempt does not count: a user may have to type an MFA code.
func (o Options) deadline() func(*middleware.Stack) error {
	limit := callLimits * o.answerLimit()
	return func(stack *middleware.Stack) error {
		return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("Deadline",
			func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
				slow := &NoAnswerError{Limit: limit}
				ctx, cancel := context.WithTimeoutCause(ctx, limit, slow)
				defer cancel()
				out, metadata, err := next.HandleFinalize(ctx, in)
				if err != nil && errors.Is(context.Cause(ctx), slow) {
					err = slow
				}
				return out, metadata, err
			}), (*retry.Attempt)(nil).ID(), middleware.Before)
	}
}

type waitingKey struct{}

// watch reports an answer that is late.
type watch struct {
	after time.Duration
	tell  func(service, operation string)
}

// WithWaiting returns a context in which the function is called for each exchange
// without an answer after that time. It may be called from another goroutine, and
// returns before the exchange ends.
func WithWaiting(ctx context.Context, after time.Duration, tell func(service, operation string)) context.Context {
	return context.WithValue(ctx, waitingKey{}, watch{after, tell})
}

// waiting starts to watch an exchange, and returns a function that stops.
func waiting(ctx context.Context, service, operation string) (end func()) {
	w, _ := ctx.Value(waitingKey{}).(watch)
	if w.tell == nil {
		return func() {}
	}
	told := make(chan struct{})
	timer := time.AfterFunc(w.after, func() {
		defer close(told)
		w.tell(service, operation)
	})
	return func() {
		if !timer.Stop() {
			<-told
		}
	}
}
