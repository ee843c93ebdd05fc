package advice_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"testing"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/mcp"
	"agentcore-3lo/internal/run"
)

// An error often wraps another that has a cause, too.
func TestOfTwoCausesInOneErrorTheMoreCertainCounts(t *testing.T) {
	deniedByOrganization := denied("with an explicit deny in a service control policy")
	for _, c := range []struct {
		err  error
		want advice.Cause
	}{
		{&awsenv.SignInError{Cause: awsenv.Unreachable, Err: &awsenv.ProxyError{Proxy: "http://p:3128", Status: 502}}, advice.ProxyFails},
		{&awsenv.SignInError{Cause: awsenv.RoleDenied, Err: deniedByOrganization}, advice.DeniedByOrganization},
		{&awsenv.SignInError{Cause: awsenv.RoleDenied, Err: denied("")}, advice.Cause(awsenv.RoleDenied)},
		{&awsenv.SignInError{Cause: awsenv.KeyUnknown, Err: answer("InvalidClientTokenId", "x")}, advice.Cause(awsenv.KeyUnknown)},
		{&awsenv.SignInError{Cause: awsenv.RoleDenied, Err: context.Canceled}, advice.Interrupted},
		{&mcp.TransportError{Err: &awsenv.ProxyError{Host: "h", Status: 502}}, advice.GatewayErrorOnTheWay},
		{&mcp.TransportError{Err: x509.UnknownAuthorityError{}}, advice.CertificateNotTrusted},
		{&mcp.TransportError{Err: errors.New("x509: certificate has expired")}, advice.CertificateNotTrusted},
		{&mcp.TransportError{Err: fmt.Errorf("x: %w", context.DeadlineExceeded)}, advice.GatewayConnectionLost},
		{&net.OpError{Op: "dial", Err: &net.DNSError{Name: "n"}}, advice.NameNotFound},
		{&net.OpError{Op: "dial", Err: errors.New("x509: unknown")}, advice.CertificateNotTrusted},
		{elsewhere(answer("ThrottlingException", "x")), advice.Throttled},
		{elsewhere(&awsenv.ProxyError{Host: "h", Status: 407}), advice.ProxyPassword},
		{errors.Join(errors.New("x"), &run.HeldError{}), advice.RunInUse},
		{advice.Problem{Doing: "x", Err: deniedByOrganization}, advice.DeniedByOrganization},

		{exchanged("Failed to exchange the authorization code: invalid_client"), advice.ClientRefused},
		{exchanged("invalid_grant: the redirect_uri does not match"), advice.CodeRefused},
		{exchanged("User: x is not authorized to perform: secretsmanager:GetSecretValue"), advice.ActionNotAllowed},
		{&mcp.Error{Code: -32603, Message: "User: x is not authorized to perform: sts:AssumeRole because no role trust policy allows the sts:AssumeRole action"}, advice.GatewayRoleDenied},
		{&mcp.Error{Status: 403, Message: deniedByOrganization.Error()}, advice.DeniedByOrganization},
		{answer("InternalServerException", "An internal error occurred. Please retry later."), advice.InternalError},
	} {
		if a, _ := advice.For(c.err, linkedin); a.Cause != c.want {
			t.Errorf("%v: recognised as %q, want %q", c.err, a.Cause, c.want)
		}
	}
}
