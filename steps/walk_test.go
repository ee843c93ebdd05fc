package steps_test

import (
	"slices"
	"testing"

	"agentcore-3lo/internal/provision"
)

func TestTheWholeWayEndsWithTheProfile(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	o := s.MustComplete(s.Walk())
	r := o.Result()
	if r == nil || r.Profile["email"] == nil || r.Tool != "LinkedInAuthCode___getUserInfo" || r.RequestID == "" {
		t.Fatalf("result %+v", r)
	}
	made := []string{"CreateUserPool", "CreateUserPoolDomain", "CreateResourceServer", "CreateUserPoolClient", "CreateRole", "PutRolePolicy",
		"CreateGateway", "CreateOauth2CredentialProvider", "CreateGatewayTarget"}
	changes := s.Changes()
	slices.Sort(changes)
	slices.Sort(made)
	if !slices.Equal(changes, made) {
		t.Errorf("calls that change something: %v", changes)
	}
	if n := s.Count("gateway:tools/call"); n != 2 {
		t.Errorf("%d tools/call, want 2", n)
	}
	kinds := []string{}
	for _, m := range o.Made() {
		kinds = append(kinds, m.Kind)
	}
	want := []string{provision.UserPool, provision.Domain, provision.ResourceServer, provision.Client, provision.Role, provision.Gateway, provision.Provider, provision.Target}
	if !slices.Equal(kinds, want) {
		t.Errorf("made: %v", kinds)
	}
}
