package provision

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/run"
)

// resourceServer names the scope that the app client asks for. It is a child of
// the pool.
type resourceServer struct{}

func (resourceServer) describe(in Inputs) (Resource, bool) {
	n := in.names()
	return Resource{Kind: ResourceServer, Name: n.ResourceServer(), Parent: UserPool, Needs: []string{UserPool},
		About: About{Service: "Cognito", For: "names the scope " + n.Scope(), Takes: "a second"},
		Desired: &cognito.CreateResourceServerInput{UserPoolId: aws.String(in.id(UserPool)), Identifier: aws.String(n.ResourceServer()), Name: aws.String(n.ResourceServerName()),
			Scopes: []types.ResourceServerScopeType{{ScopeName: aws.String(n.Scope()), ScopeDescription: aws.String("Full access to all tools in MCP target")}}}}, true
}

func (resourceServer) find(ctx context.Context, s Scope, want Resource) (*Found, error) {
	input := want.Desired.(*cognito.CreateResourceServerInput)
	if *input.UserPoolId == "" {
		return nil, nil
	}
	out, err := s.AWS.Cognito.DescribeResourceServer(ctx, &cognito.DescribeResourceServerInput{UserPoolId: input.UserPoolId, Identifier: input.Identifier})
	if advice.Gone(err) || err == nil && out.ResourceServer == nil {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &Found{Kind: ResourceServer, Name: want.Name, ID: want.Name, Detail: out.ResourceServer}, nil
}

func (resourceServer) create(ctx context.Context, s Scope, want Resource) (*Found, error) {
	if err := s.Run.Intend(run.Resource{Kind: ResourceServer, Name: want.Name, ID: want.Name}); err != nil {
		return nil, err
	}
	_, err := s.AWS.Cognito.CreateResourceServer(ctx, want.Desired.(*cognito.CreateResourceServerInput))
	if err != nil && !advice.Taken(err) {
		return nil, err
	}
	return &Found{Kind: ResourceServer, Name: want.Name, ID: want.Name}, nil
}

// correct restores the scope, and keeps what others have added.
func (resourceServer) correct(ctx context.Context, s Scope, want Resource, have *Found) (bool, error) {
	server, ok := have.Detail.(*types.ResourceServerType)
	if !ok { // just created
		return false, nil
	}
	input := want.Desired.(*cognito.CreateResourceServerInput)
	scope := input.Scopes[0]
	if slices.ContainsFunc(server.Scopes, func(x types.ResourceServerScopeType) bool {
		return aws.ToString(x.ScopeName) == aws.ToString(scope.ScopeName)
	}) {
		return false, nil
	}
	s.Tell(event.Change{Kind: ResourceServer, Name: want.Name, Found: event.Altered, Part: "scope"})
	_, err := s.AWS.Cognito.UpdateResourceServer(ctx, &cognito.UpdateResourceServerInput{UserPoolId: input.UserPoolId, Identifier: input.Identifier, Name: input.Name,
		Scopes: append(server.Scopes, scope)})
	return true, err
}

// remove only forgets it: it is deleted with its pool.
func (resourceServer) remove(_ context.Context, s Scope, _ *Found) error {
	return s.Run.Gone(ResourceServer)
}
