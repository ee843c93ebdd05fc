package provision

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"agentcore-3lo/internal/wait"
)

// createTries is how often the SDK would try.
const createTries = 3

// repeatable reports whether the SDK would retry: after throttling, service errors
// and lost connections.
var repeatable = retry.IsErrorRetryables(retry.DefaultRetryables)

// createOnce creates a resource for which Cognito takes no client token and allows
// duplicate names. The SDK must not retry the call by itself, because the answer may
// have been lost after the resource was created. Before every retry, find looks for
// it.
func (s Scope) createOnce(ctx context.Context, create func(context.Context) error, find func(context.Context) (bool, error)) error {
	for try := 1; ; try++ {
		err := create(ctx)
		if err == nil || repeatable.IsErrorRetryable(err) != aws.TrueTernary {
			return err
		}
		if found, findErr := find(ctx); found || findErr != nil {
			return findErr
		}
		if try == createTries {
			return err
		}
		if err := wait.Sleep(ctx, s.Backoff.First*time.Duration(4*try)); err != nil {
			return err
		}
	}
}

// unrepeated turns off the SDK's retries for a call.
func unrepeated(o *cognito.Options) { o.Retryer = aws.NopRetryer{} }
