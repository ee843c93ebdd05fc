package provision

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"agentcore-3lo/internal/wait"
)

// createTries is how often the SDK itself would try.
const createTries = 3

// repeatable is what the SDK holds worth a repeat: throttling, errors of the
// service, connections that broke.
var repeatable = retry.IsErrorRetryables(retry.DefaultRetryables)

// createOnce creates what Cognito would create a second time when asked again:
// it takes no client token, and the name may repeat. So the SDK must not repeat
// the call by itself: its answer may have been lost after the work was done.
// Before every repeat, find looks whether it was.
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

// unrepeated keeps the SDK from repeating a call.
func unrepeated(o *cognito.Options) { o.Retryer = aws.NopRetryer{} }
