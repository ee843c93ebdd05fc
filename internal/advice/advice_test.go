package advice_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"slices"
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

	"MFA session ended":            {awsenv.ErrMFASessionEnded, fmt.Errorf("get identity: %w", awsenv.ErrMFASessionEnded)},
	"AWS configuration file":       {&awsenv.FileError{Path: "config", Line: 3, What: "the section's closing bracket is missing"}},
	"AWS setting":                  {&awsenv.SettingError{Name: "AWS_MAX_ATTEMPTS", What: `is "many"`}},
	"CA bundle":                    {&awsenv.BundleError{Path: "ca.pem", From: "AWS_CA_BUNDLE", What: "does not exist"}},
	"credentials expired":          {answer("ExpiredToken", "The security token included in the request is expired"), answer("ExpiredTokenException", "x")},
	"request refused for its date": {answer("SignatureDoesNotMatch", "Signature expired: 20260101T000000Z is now earlier than"), answer("RequestTimeTooSkewed", "x")},
	"keys refused":                 {answer("InvalidClientTokenId", "The security token included in the request is invalid.")},

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
	for _, cause := range awsenv.Causes() {
		examples[string(cause)] = append(examples[string(cause)], signInFailure(cause))
	}
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

// signInFailure is a failure as a call reports it that needed credentials.
func signInFailure(cause awsenv.Cause) error {
	return &smithy.OperationError{ServiceID: "STS", OperationName: "GetCallerIdentity",
		Err: fmt.Errorf("get identity: %w", &awsenv.SignInError{Cause: cause, Way: awsenv.Way{Provider: awsenv.ProviderKeys, Profile: "base"}, What: "what failed"})}
}

func TestTheAdviceNamesTheProfileInWhichAFailureIsFixed(t *testing.T) {
	elsewhere := []awsenv.Cause{awsenv.NoneConfigured, awsenv.NoInstanceRole, awsenv.Unreachable, awsenv.RegionDisabled, awsenv.ClockWrong, awsenv.LoginDenied,
		awsenv.ContainerHostRefused, awsenv.ContainerToken, awsenv.ContainerRefused, awsenv.WebTokenExpired, awsenv.WebTokenRefused, awsenv.WebRoleDenied}
	for _, cause := range awsenv.Causes() {
		row, ok := advice.For(signInFailure(cause))
		if !ok || row.Name != string(cause) {
			t.Errorf("%s: recognised as %q", cause, row.Name)
			continue
		}
		next := row.Next(advice.Read(signInFailure(cause)), situation())
		if !strings.Contains(next, "base") && !slices.Contains(elsewhere, cause) {
			t.Errorf("%s: the advice does not name the profile: %s", cause, next)
		}
	}
}

func TestTheServiceThatGivesCredentialsIsNamedNotTheCallThatNeededThem(t *testing.T) {
	inner := &smithy.OperationError{ServiceID: "STS", OperationName: "AssumeRole", Err: &smithy.GenericAPIError{Code: "AccessDenied", Message: "not authorized to perform: sts:AssumeRole"}}
	f := advice.Read(&smithy.OperationError{ServiceID: "IAM", OperationName: "GetRole", Err: &awsenv.SignInError{Cause: awsenv.RoleDenied, Err: inner}})
	if f.Service != "STS AssumeRole" || f.Code != "AccessDenied" || f.Message != "not authorized to perform: sts:AssumeRole" {
		t.Errorf("%+v", f)
	}
}

func TestWhatIsUnknownGetsNoAdvice(t *testing.T) {
	if c, ok := advice.For(errors.New("the moon was full")); ok {
		t.Errorf("recognised as %q", c.Name)
	}
}
