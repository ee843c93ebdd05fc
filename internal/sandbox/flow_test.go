package sandbox_test

import (
	"encoding/json"
	"net/url"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	ac "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"agentcore-3lo/internal/sandbox"
)

func TestCompleteFlow(t *testing.T) {
	s := start(t, sandbox.Options{})
	w := newWalk(t, s)

	// A strict app, created in the portal.
	person := sandbox.Person{}
	clientID, secret, err := person.CreateApp(ctx(), s.PortalURL())
	if err != nil {
		t.Fatal(err)
	}
	w.inbound()
	w.makeRole(adminPolicy)
	w.makeGateway(nil)
	w.makeProvider(clientID, secret)
	if err := person.RegisterRedirect(ctx(), s.PortalURL(), clientID, w.callback); err != nil {
		t.Fatal(err)
	}
	w.makeTarget("http://localhost:3021")
	w.bearer = w.token()

	if tools := w.rpc("tools/list", nil).Result.Tools; len(tools) != 2 {
		t.Errorf("tools/list: %v", tools)
	}

	l := newListener(t)
	link := w.call(l.URL, true).link(t)
	if err := person.Allow(ctx(), link); err != nil {
		t.Fatal(err)
	}
	asked, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	session := l.last(t).Get("session_id")
	if session != asked.Query().Get("request_uri") {
		t.Errorf("session_id %q is not the request_uri of %q", session, link)
	}
	if err := w.complete(session, w.bearer); err != nil {
		t.Fatal(err)
	}

	answer := w.call(l.URL, false)
	var profile map[string]any
	if err := json.Unmarshal([]byte(answer.text()), &profile); err != nil || answer.Result.IsError {
		t.Fatalf("second call: %s", answer.Raw)
	}
	if profile["name"] != "Ana Example" || profile["email_verified"] != true {
		t.Errorf("profile: %v", profile)
	}
	w.cleanup()
}

// cleanup deletes everything in the order that the services require.
func (w *walk) cleanup() {
	t := w.t
	t.Helper()
	must(w.c.control.DeleteGatewayTarget(ctx(), &ac.DeleteGatewayTargetInput{GatewayIdentifier: &w.gatewayID, TargetId: &w.targetID}))(t)
	for range 3 {
		if _, err := w.c.control.DeleteGateway(ctx(), &ac.DeleteGatewayInput{GatewayIdentifier: &w.gatewayID}); err == nil {
			break
		}
	}
	must(w.c.control.GetOauth2CredentialProvider(ctx(), &ac.GetOauth2CredentialProviderInput{Name: &w.provider}))(t) // polling ends CREATING
	must(w.c.control.DeleteOauth2CredentialProvider(ctx(), &ac.DeleteOauth2CredentialProviderInput{Name: &w.provider}))(t)
	pool := must(w.c.cognito.DescribeUserPool(ctx(), &cip.DescribeUserPoolInput{UserPoolId: &w.poolID}))(t)
	must(w.c.cognito.DeleteUserPoolDomain(ctx(), &cip.DeleteUserPoolDomainInput{UserPoolId: &w.poolID, Domain: pool.UserPool.Domain}))(t)
	must(w.c.cognito.DeleteUserPool(ctx(), &cip.DeleteUserPoolInput{UserPoolId: &w.poolID}))(t)
	must(w.c.iam.DetachRolePolicy(ctx(), &iam.DetachRolePolicyInput{RoleName: &w.roleName, PolicyArn: aws.String(adminPolicy)}))(t)
	must(w.c.iam.DeleteRole(ctx(), &iam.DeleteRoleInput{RoleName: &w.roleName}))(t)
	for range 3 {
		if _, err := w.c.control.GetGateway(ctx(), &ac.GetGatewayInput{GatewayIdentifier: &w.gatewayID}); err != nil {
			return
		}
	}
	t.Error("the gateway still exists")
}
