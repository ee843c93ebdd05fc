package aws

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go/middleware"
)

const (
	// AnswerLimit bounds one answer of an AWS API, from the request to the last
	// byte. The SDK itself sets no limit, so an answer that never comes would
	// hang a call for ever.
	AnswerLimit = 30 * time.Second
	// callLimits is how many answers a whole call may take, its repeats and the
	// pauses between them included.
	callLimits = 6
)

func (o Options) answerLimit() time.Duration { return cmp.Or(o.AnswerLimit, AnswerLimit) }

// NoAnswerError says that a service did not answer, or did not finish its
// answer, within a limit.
type NoAnswerError struct {
	Host  string        // that was asked; "" = not known
	Limit time.Duration // of one attempt, or of the whole call
}

func (e *NoAnswerError) Error() string {
	if e.Host == "" {
		return fmt.Sprintf("no complete answer came within %s", e.Limit)
	}
	return fmt.Sprintf("no complete answer came from %s within %s", e.Host, e.Limit)
}

// deadline ends a call of the SDK whose attempts together take too long. What
// precedes them does not count: a person may have to type an MFA code.
func (o Options) deadline() func(*middleware.Stack) error {
	limit := callLimits * o.answerLimit()
	return func(stack *middleware.Stack) error {
		return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("Deadline",
			func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
				slow := &NoAnswerError{Limit: limit}
				ctx, cancel := context.WithTimeoutCause(ctx, limit, slow)
				defer cancel()
				out, metadata, err := next.HandleFinalize(ctx, in)
				if err != nil && context.Cause(ctx) == slow {
					err = slow
				}
				return out, metadata, err
			}), (*retry.Attempt)(nil).ID(), middleware.Before)
	}
}

type waitingKey struct{}

// watch is what is done about an answer that does not come.
type watch struct {
	after time.Duration
	tell  func(service, operation string)
}

// WithWaiting returns a context in which the function is told of each exchange
// whose answer has not come after that long. It may be called from another
// goroutine, and has returned when the exchange ends.
func WithWaiting(ctx context.Context, after time.Duration, tell func(service, operation string)) context.Context {
	return context.WithValue(ctx, waitingKey{}, watch{after, tell})
}

// waiting begins to watch an exchange, and returns what ends that.
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
