package advice_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
)

// What kept a request from its service is told without the SDK's words around it.
func TestWhatHappensOnTheWayIsToldInItsOwnWords(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"dial tcp 127.0.0.1:1: connect: connection refused":                                 &url.Error{Op: "Post", URL: "http://127.0.0.1:1/", Err: errors.New("dial tcp 127.0.0.1:1: connect: connection refused")},
		"the proxy http://proxy:3128 (HTTPS_PROXY) answered in place of sts.test: HTTP 502": &awsenv.ProxyError{Variable: "HTTPS_PROXY", Proxy: "http://proxy:3128", Host: "sts.test", Status: 502},
		"the proxy http://proxy:3128 could not be reached on the way to iam.test":           &awsenv.ProxyError{Proxy: "http://proxy:3128", Host: "iam.test", Err: errors.New("no such host")},
		"no complete answer came from iam.test within 30s":                                  &awsenv.NoAnswerError{Host: "iam.test", Limit: 30 * time.Second},
	} {
		wrapped := &smithy.OperationError{ServiceID: "IAM", OperationName: "ListRoles", Err: &awshttp.ResponseError{ResponseError: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{}}, Err: &smithyhttp.RequestSendError{Err: err}}}}
		f := advice.Read(fmt.Errorf("looking: %w", wrapped))
		if !strings.Contains(f.Message, want) || strings.Contains(f.Message, "StatusCode") || strings.Contains(f.Message, "request send failed") || f.Service != "IAM ListRoles" {
			t.Errorf("%s: %q", f.Service, f.Message)
		}
	}
}
