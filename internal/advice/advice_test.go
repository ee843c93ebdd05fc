package advice_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"testing"

	"github.com/aws/smithy-go"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/mcp"
	"agentcore-3lo/internal/private"
	"agentcore-3lo/internal/record"
)

// answer is an error as a service of AWS sends it.
func answer(code, message string) error {
	return &smithy.OperationError{ServiceID: "IAM", OperationName: "CreateRole", Err: &smithy.GenericAPIError{Code: code, Message: message}}
}

// examples has at least one error for every cause of the table.
var examples = map[string][]error{
	"record of a newer version":          {&record.NewerError{Version: 99}},
	"damaged record":                     {&record.CorruptError{Err: errors.New("unexpected end of JSON input")}},
	"run has this name in other letters": {&record.CaseError{Run: "Demo", Called: "demo"}},
	"name no file can have":              {&record.NameError{Name: "NUL"}},
	"endpoint without encryption":        {fmt.Errorf("the record x: %w", &record.EndpointError{Name: "AWS_ENDPOINT_URL", Endpoint: "http://10.0.0.7"})},
	"state that is not the user's alone": {&private.Error{Path: "/srv/state", Problem: "belongs to user 7", Advice: "Set AGENTCORE_3LO_HOME to a folder of your own."}},
	"run in use":                         {&record.HeldError{Run: "demo", Holder: "process 7"}},
	"interrupted":                        {fmt.Errorf("waiting: %w", context.Canceled)},

	"credentials expired":     {awsenv.ErrMFASessionEnded, answer("ExpiredToken", "The security token included in the request is expired"), answer("ExpiredTokenException", "x")},
	"aws login session ended": {errors.New("login session has expired, please reauthenticate")},
	"SSO session ended":       {errors.New("refresh cached SSO token failed, cached SSO token is expired")},
	"no credentials":          {errors.New("no EC2 IMDS role found"), errors.New("static credentials are empty")},
	"no such profile":         {errors.New("failed to get shared config profile, corp")},
	"MFA without a person":    {errors.New("assume role with MFA enabled, but AssumeRoleTokenProvider session option not set: AssumeRoleTokenProviderNotSetError")},
	"clock wrong":             {answer("SignatureDoesNotMatch", "Signature expired: 20260101T000000Z is now earlier than")},
	"unknown keys":            {answer("InvalidClientTokenId", "The security token included in the request is invalid.")},

	"scope not granted to the app": {errors.New("unauthorized_scope_error")},
	"client refused by the vendor": {errors.New("invalid_client: Client authentication failed")},
	"callback URL not registered":  {errors.New("the redirect_uri does not match the registered value")},

	"session over":         {answer("AccessDeniedException", "Invalid or expired session")},
	"access token refused": {&mcp.Error{Code: -32001, Message: "Missing Bearer token", Status: 401}},

	"action not allowed": {answer("AccessDenied", "User: arn:aws:iam::111122223333:user/ana is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::111122223333:role/x because no identity-based policy allows the iam:CreateRole action")},
	"access denied":      {answer("AccessDeniedException", "")},

	"quota reached": {answer("LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1000")},
	"throttled":     {answer("ThrottlingException", "Rate exceeded")},

	"name not found":          {&net.DNSError{Name: "sts.nowhere.amazonaws.com", Err: "no such host"}},
	"certificate not trusted": {errors.New("tls: failed to verify certificate: x509: certificate signed by unknown authority")},

	"state folder unusable": {&fs.PathError{Op: "open", Path: "runs", Err: fs.ErrPermission}},
	"still under way":       {fmt.Errorf("waiting: %w", context.DeadlineExceeded)},
}

func situation() advice.Situation {
	return advice.Situation{Step: "inbound", Retry: "‹retry›", Program: "agentcore-3lo", Caller: "arn:aws:iam::111122223333:user/ana", Role: "r", Vendor: "LinkedIn", Product: "p",
		Run: func(words ...string) string { return "‹" + strings.Join(words, " ") + "›" }}
}

func TestEveryCauseIsRecognisedAndSaysWhatToDo(t *testing.T) {
	for _, cause := range advice.Causes() {
		if len(examples[cause.Name]) == 0 {
			t.Errorf("%s: no example", cause.Name)
		}
		for _, err := range examples[cause.Name] {
			got, ok := advice.For(err)
			if !ok || got.Name != cause.Name {
				t.Errorf("%v: recognised as %q, want %q", err, got.Name, cause.Name)
				continue
			}
			if got.Next(advice.Read(err), situation()) == "" || got.Exit == advice.ExitDone {
				t.Errorf("%v: no advice, or the exit code of a success", err)
			}
		}
	}
}

func TestWhatIsUnknownGetsNoAdvice(t *testing.T) {
	if c, ok := advice.For(errors.New("the moon was full")); ok {
		t.Errorf("recognised as %q", c.Name)
	}
}
