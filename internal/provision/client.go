package provision

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/run"
)

// client is the app client of the client credentials grant, a child of the pool.
// Its ID is what the gateway's authorizer allows.
type client struct{}

func (client) describe(in Inputs) (Resource, bool) {
	n := in.names()
	return Resource{Kind: Client, Name: n.Client(), Parent: UserPool, Needs: []string{UserPool, ResourceServer},
		About: About{Service: "Cognito", For: "lets the caller get a token (client credentials)", Takes: "a second"},
		Desired: &cognito.CreateUserPoolClientInput{
			UserPoolId:                      aws.String(in.id(UserPool)),
			ClientName:                      aws.String(n.Client()),
			GenerateSecret:                  true,
			AllowedOAuthFlows:               []types.OAuthFlowType{types.OAuthFlowTypeClientCredentials},
			AllowedOAuthScopes:              []string{n.FullScope()},
			AllowedOAuthFlowsUserPoolClient: true,
			SupportedIdentityProviders:      []string{"COGNITO"},
			ExplicitAuthFlows:               []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth},
		}}, true
}

// PublicClientError says that the app client with the run's name has no secret, so
// this program did not create it.
type PublicClientError struct{ Name, ID string }

func (e *PublicClientError) Error() string {
	return fmt.Sprintf("the app client without a secret %s (%s) exists, and this run did not create it; it is left alone", e.Name, e.ID)
}

// Remedy is what to do about it.
func (e *PublicClientError) Remedy(s advice.Situation) string {
	return "Start a run with another name: " + s.Another
}

func (client) find(ctx context.Context, s Scope, want Resource) (*Found, error) {
	pool := aws.ToString(want.Desired.(*cognito.CreateUserPoolClientInput).UserPoolId)
	if pool == "" {
		return nil, nil
	}
	c, err := findClient(ctx, s, pool, want.Name)
	if err != nil || c == nil {
		return nil, err
	}
	if aws.ToString(c.ClientSecret) == "" {
		return nil, advice.Problem{Doing: "looking for the app client " + want.Name, Err: &PublicClientError{want.Name, aws.ToString(c.ClientId)}}
	}
	return foundClient(s, c), nil
}

func foundClient(s Scope, c *types.UserPoolClientType) *Found {
	s.Hide(aws.ToString(c.ClientSecret))
	return &Found{Kind: Client, Name: aws.ToString(c.ClientName), ID: aws.ToString(c.ClientId), Detail: c}
}

// findClient returns the recorded client, or the one of the name, or nil.
func findClient(ctx context.Context, s Scope, pool, name string) (*types.UserPoolClientType, error) {
	if known := s.Run.Resource(Client).ID; known != "" {
		if c, err := describeClient(ctx, s, pool, known); c != nil || err != nil {
			return c, err
		}
	}
	id, err := clientID(ctx, s, pool, name)
	if err != nil || id == "" {
		return nil, err
	}
	return describeClient(ctx, s, pool, id)
}

// describeClient returns nil if the client does not exist.
func describeClient(ctx context.Context, s Scope, pool, id string) (*types.UserPoolClientType, error) {
	out, err := s.AWS.Cognito.DescribeUserPoolClient(ctx, &cognito.DescribeUserPoolClientInput{UserPoolId: &pool, ClientId: &id})
	if advice.Gone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return out.UserPoolClient, nil
}

// clientID is the ID of the pool's client of that name; "" = none.
func clientID(ctx context.Context, s Scope, pool, name string) (string, error) {
	pages := paged(cognito.NewListUserPoolClientsPaginator(s.AWS.Cognito, &cognito.ListUserPoolClientsInput{UserPoolId: &pool, MaxResults: aws.Int32(60)}))
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", err
		}
		for _, c := range page.UserPoolClients {
			if aws.ToString(c.ClientName) == name {
				return aws.ToString(c.ClientId), nil
			}
		}
	}
	return "", nil
}

func (client) create(ctx context.Context, s Scope, want Resource) (*Found, error) {
	input := want.Desired.(*cognito.CreateUserPoolClientInput)
	if err := s.Run.Intend(run.Resource{Kind: Client, Name: want.Name}); err != nil {
		return nil, err
	}
	var c *types.UserPoolClientType
	err := s.createOnce(ctx, func(ctx context.Context) error {
		out, err := s.AWS.Cognito.CreateUserPoolClient(ctx, input, unrepeated)
		if err == nil {
			c = out.UserPoolClient
		}
		return err
	}, func(ctx context.Context) (_ bool, err error) {
		c, err = findClient(ctx, s, *input.UserPoolId, want.Name)
		return c != nil, err
	})
	if err != nil {
		return nil, err
	}
	return foundClient(s, c), nil
}

// correct restores the grant and the scope.
func (client) correct(ctx context.Context, s Scope, want Resource, have *Found) (bool, error) {
	c, input := have.Detail.(*types.UserPoolClientType), want.Desired.(*cognito.CreateUserPoolClientInput)
	if slices.Contains(c.AllowedOAuthFlows, input.AllowedOAuthFlows[0]) && slices.Contains(c.AllowedOAuthScopes, input.AllowedOAuthScopes[0]) && aws.ToBool(c.AllowedOAuthFlowsUserPoolClient) {
		return false, nil
	}
	s.Tell(event.Change{Kind: Client, Name: want.Name, ID: have.ID, Found: event.Altered, Part: "grant and scope"})
	_, err := s.AWS.Cognito.UpdateUserPoolClient(ctx, &cognito.UpdateUserPoolClientInput{
		UserPoolId: c.UserPoolId, ClientId: c.ClientId, ClientName: c.ClientName,
		AllowedOAuthFlows:               input.AllowedOAuthFlows,
		AllowedOAuthScopes:              input.AllowedOAuthScopes,
		AllowedOAuthFlowsUserPoolClient: true,
		SupportedIdentityProviders:      input.SupportedIdentityProviders,
		ExplicitAuthFlows:               input.ExplicitAuthFlows,
	})
	return true, err
}

// remove only forgets it: it is deleted with its pool.
func (client) remove(_ context.Context, s Scope, _ *Found) error { return s.Run.Gone(Client) }

// ClientSecret returns the ID and the secret of the run's app client. If there is none,
// the error is a *MissingError.
func ClientSecret(ctx context.Context, s Scope) (id, secret string, err error) {
	pool, id := s.Run.Resource(UserPool).ID, s.Run.Resource(Client).ID
	if pool == "" || id == "" {
		return "", "", &MissingError{errors.New("the user pool or its app client does not exist yet")}
	}
	if f := s.Memory.Of(Client); f != nil {
		return f.ID, aws.ToString(f.Detail.(*types.UserPoolClientType).ClientSecret), nil
	}
	out, err := s.AWS.Cognito.DescribeUserPoolClient(ctx, &cognito.DescribeUserPoolClientInput{UserPoolId: &pool, ClientId: &id})
	if err != nil {
		return "", "", missing(err)
	}
	return id, aws.ToString(foundClient(s, out.UserPoolClient).Detail.(*types.UserPoolClientType).ClientSecret), nil
}
