package advice_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/smithy-go"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/mcp"
	vendor "agentcore-3lo/internal/vendors/linkedin"
)

// linkedin is the vendor of these tests.
var linkedin = vendor.Vendor().Errors

// What an API or a consent page says must not be mistaken for what another
// service says in the same words.
func TestVendorWordingsOfOthersAreNotTheVendors(t *testing.T) {
	for _, err := range []error{errors.New("the token endpoint answered HTTP 400 invalid_client"), errors.New("unauthorized_client"), errors.New("invalid_scope"), answer("InvalidParameterException", "redirect_uri")} {
		if c, _ := advice.For(err, linkedin); c.Fix == "linkedin" || c.Fix == "register" {
			t.Errorf("%v: %s", err, c.Cause)
		}
	}
}

func situation() advice.Situation {
	return advice.Situation{Step: "inbound", Retry: "‹retry›", Program: "agentcore-3lo", Caller: "arn:aws:iam::111122223333:user/ana", Role: "r",
		Run: func(words ...string) string { return "‹" + strings.Join(words, " ") + "›" }}
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
		row, ok := advice.For(signInFailure(cause), linkedin)
		if !ok || row.Cause != advice.Cause(cause) {
			t.Errorf("%s: recognised as %q", cause, row.Cause)
			continue
		}
		next := row.Next(situation())
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
	if c, ok := advice.For(errors.New("the moon was full"), linkedin); ok {
		t.Errorf("recognised as %q", c.Cause)
	}
}

// What no Allow cures must not be answered with one, and says whom to ask.
func TestADenialThatAnAllowCannotCureNamesWhoCan(t *testing.T) {
	whom := map[advice.Cause]string{advice.DeniedByOrganization: "administrator of the organization", advice.DeniedBySession: "whoever issues them",
		advice.DeniedByBoundary: "administrator", advice.DeniedByVPCEndpoint: "whoever runs the network", advice.DeniedByTrustPolicy: "owner of the role", advice.ExplicitDeny: "administrator"}
	for name, who := range whom {
		for _, err := range examples[name] {
			cause, _ := advice.For(err, linkedin)
			next := cause.Next(situation())
			if strings.Contains(next, `"Effect": "Allow"`) || !strings.Contains(next, who) {
				t.Errorf("%v: %s", err, next)
			}
			if !strings.Contains(next, "--role-arn") || !strings.Contains(next, "--permissions-boundary") {
				t.Errorf("%v: no way around a role that cannot be created: %s", err, next)
			}
		}
	}
	for _, err := range examples[advice.ActionNotAllowed] {
		cause, _ := advice.For(err, linkedin)
		if next := cause.Next(situation()); !strings.Contains(next, `"Action": "iam:CreateRole"`) {
			t.Errorf("%v: %s", err, next)
		}
	}
}

func TestADenialNamesThePolicyThatAWSNames(t *testing.T) {
	err := denied("with an explicit deny in a service control policy: arn:aws:organizations::987654321098:policy/o-1/service_control_policy/p-2")
	cause, _ := advice.For(err, linkedin)
	if next := cause.Next(situation()); !strings.Contains(next, "arn:aws:organizations::987654321098:policy/o-1/service_control_policy/p-2)") {
		t.Error(next)
	}
}

// The gateway calls with its role: the role is what must be allowed.
func TestADenialOfTheGatewaysRoleNamesTheRole(t *testing.T) {
	for _, why := range []string{"because no identity-based policy allows the secretsmanager:GetSecretValue action", "with an explicit deny in a service control policy", "with an explicit deny in a permissions boundary"} {
		err := &mcp.Error{Status: 200, Message: "User: arn:aws:sts::111122223333:assumed-role/r/gateway-session is not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:us-east-1:111122223333:secret:x " + why}
		cause, ok := advice.For(err, linkedin)
		if !ok || !strings.Contains(cause.Next(situation()), "the gateway's role r") {
			t.Errorf("%s: %v", why, cause.Cause)
		}
	}
}

// A statement must be one that IAM takes: an old answer names no ARN.
func TestAMissingStatementIsOneThatIAMTakes(t *testing.T) {
	for message, resource := range map[string]string{
		"User: a is not authorized to perform: iam:GetRole on resource: role r":                            "*",
		"User: a is not authorized to perform: iam:GetRole on resource: \"arn:aws:iam::1:role/r\" because": "arn:aws:iam::1:role/r",
		"User: a is not authorized to perform: iam:GetRole":                                                "*",
	} {
		err := answer("AccessDenied", message)
		cause, _ := advice.For(err, linkedin)
		if next := cause.Next(situation()); !strings.Contains(next, `"Resource": "`+resource+`"`) {
			t.Errorf("%s: %s", message, next)
		}
	}
}

// Cognito's token endpoint uses the codes of every OAuth server.
func TestCognitosErrorsAreNotTheVendors(t *testing.T) {
	for _, code := range []string{"invalid_client", "invalid_scope", "unauthorized_client", "invalid_grant", "invalid_request", ""} {
		err := fmt.Errorf("getting an access token: %w", &awsenv.TokenError{Status: 400, Code: code})
		cause, _ := advice.For(err, linkedin)
		next := cause.Next(situation())
		if strings.Contains(next, "LinkedIn") || strings.Contains(next, "Products") || !strings.Contains(next, "Cognito") {
			t.Errorf("%s: %s", code, next)
		}
	}
}

// A printed command must not lead to another environment.
func TestAnotherRegionIsInTheSameEnvironment(t *testing.T) {
	for flags, want := range map[string]string{
		"": "walk --new --region us-east-1\n",
		" --aws --profile dev --region af-south-1": "walk --new --aws --profile dev --region us-east-1\n",
		" --aws --region af-south-1 --imds":        "walk --new --aws --imds --region us-east-1\n",
		" --sandbox-url http://127.0.0.1:9600":     "walk --new --sandbox-url http://127.0.0.1:9600\n",
		" --sandbox":                               "walk --new --sandbox\n",
	} {
		for _, err := range slices.Concat(examples[advice.RegionNotEnabled], examples[advice.ServiceNotInRegion]) {
			cause, _ := advice.For(err, linkedin)
			s := situation()
			s.Flags = flags
			if next := cause.Next(s); !strings.Contains(next, want) {
				t.Errorf("%q: %s", flags, next)
			}
		}
	}
}
