package cognito

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/state"
)

func clientOperations() map[string]aws.Handler {
	return map[string]aws.Handler{
		"CreateUserPoolClient":   aws.Typed(createClient),
		"DescribeUserPoolClient": aws.Typed(describeClient),
		"UpdateUserPoolClient":   aws.Typed(updateClient),
		"DeleteUserPoolClient":   aws.Typed(deleteClient),
		"ListUserPoolClients":    aws.Typed(listClients),
	}
}

// clientSettings are the settings of a client that affect the sandbox.
type clientSettings struct {
	ClientName                      string
	AllowedOAuthFlows               []string
	AllowedOAuthScopes              []string
	AllowedOAuthFlowsUserPoolClient bool
	SupportedIdentityProviders      []string
	AccessTokenValidity             int
	TokenValidityUnits              struct{ AccessToken string }
}

type clientInput struct {
	clientSettings
	UserPoolId, ClientId, ClientSecret, NextToken string
	GenerateSecret                                bool
	MaxResults                                    int
}

func settingsOf(cl *state.PoolClient) clientSettings {
	var out clientSettings
	decodeSettings(cl.Settings, &out)
	return out
}

// tokenLifetime defaults to one hour. A number without a unit counts hours.
func (cs clientSettings) tokenLifetime() time.Duration {
	units := map[string]time.Duration{"seconds": time.Second, "minutes": time.Minute, "hours": time.Hour, "days": 24 * time.Hour, "": time.Hour}
	return time.Duration(cmp.Or(cs.AccessTokenValidity, 1)) * units[cs.TokenValidityUnits.AccessToken]
}

func findClient(c *aws.Call, in clientInput) (*state.UserPool, *state.PoolClient, error) {
	p, err := findPool(c, in.UserPoolId)
	if err != nil {
		return nil, nil, err
	}
	if cl := p.Clients[in.ClientId]; cl != nil {
		return p, cl, nil
	}
	return nil, nil, aws.Refuse("ResourceNotFoundException", "User pool client %s does not exist.", in.ClientId)
}

func clientSecret(secrets *state.Secrets, clientID string) string {
	return secrets.Derive("cognito client secret", clientID, 52, state.Lower)
}

func clientObject(c *aws.Call, p *state.UserPool, cl *state.PoolClient) aws.Object {
	out := aws.Object{
		"RefreshTokenValidity": 30, "TokenValidityUnits": aws.Object{}, "EnableTokenRevocation": true,
		"EnablePropagateAdditionalUserContextData": false, "AuthSessionValidity": 3, "AllowedOAuthFlowsUserPoolClient": false,
	}
	maps.Copy(out, readSettings(cl.Settings))
	out["UserPoolId"], out["ClientId"] = p.ID, cl.ID
	out["CreationDate"], out["LastModifiedDate"] = aws.Epoch(cl.Created), aws.Epoch(cl.Modified)
	if cl.Secret {
		out["ClientSecret"] = clientSecret(c.Secrets, cl.ID)
	}
	return out
}

// checkClient rejects settings that contradict each other or refer to something
// that does not exist.
func checkClient(p *state.UserPool, in clientSettings, hasSecret bool) error {
	flows := in.AllowedOAuthFlows
	machine := slices.Contains(flows, "client_credentials")
	switch {
	case in.AllowedOAuthFlowsUserPoolClient && (len(flows) == 0 || len(in.AllowedOAuthScopes) == 0):
		return aws.Refuse("InvalidOAuthFlowException", "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.")
	case machine && len(flows) > 1:
		return aws.Refuse("InvalidOAuthFlowException", "client_credentials flow can not be selected along with code flow or implicit flow.")
	case machine && !hasSecret:
		return aws.Refuse("InvalidOAuthFlowException", "client_credentials flow can not be selected if client does not have a client secret.")
	}
	for _, name := range in.SupportedIdentityProviders {
		if name != "COGNITO" {
			return refuse("The provider %s does not exist for User Pool %s.", name, p.ID)
		}
	}
	standard := []string{"openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"}
	for _, scope := range in.AllowedOAuthScopes {
		if slices.Contains(standard, scope) {
			if machine {
				return aws.Refuse("InvalidOAuthFlowException", "%s is not supported with client_credentials flow.", scope)
			}
			continue
		}
		if !hasScope(p, scope) {
			return aws.Refuse("ScopeDoesNotExistException", "One or more requested scopes do not exist: %s", scope)
		}
	}
	return nil
}

// hasScope reports whether a pool has a custom scope, written "<resource
// server>/<scope>".
func hasScope(p *state.UserPool, scope string) bool {
	at := strings.LastIndex(scope, "/")
	if at < 0 {
		return false
	}
	rs := p.Servers[scope[:at]]
	return rs != nil && slices.ContainsFunc(rs.Scopes, func(s state.Scope) bool { return s.ScopeName == scope[at+1:] })
}

func createClient(c *aws.Call, in clientInput) (any, error) {
	p, err := findPool(c, in.UserPoolId)
	if err != nil {
		return nil, err
	}
	if in.ClientSecret != "" {
		return nil, refuse("The sandbox keeps no secrets and so takes none: use GenerateSecret.")
	}
	if err := checkClient(p, in.clientSettings, in.GenerateSecret); err != nil {
		return nil, err
	}
	cl := &state.PoolClient{
		ID: state.RandomText(26, state.Lower), Secret: in.GenerateSecret,
		Settings: c.InputWithout("UserPoolId", "GenerateSecret"), Created: c.Now, Modified: c.Now,
	}
	p.Clients[cl.ID] = cl
	return aws.Object{"UserPoolClient": clientObject(c, p, cl)}, nil
}

func describeClient(c *aws.Call, in clientInput) (any, error) {
	p, cl, err := findClient(c, in)
	if err != nil {
		return nil, err
	}
	return aws.Object{"UserPoolClient": clientObject(c, p, cl)}, nil
}

// updateClient replaces every setting except the name, which is kept if omitted.
func updateClient(c *aws.Call, in clientInput) (any, error) {
	p, cl, err := findClient(c, in)
	if err != nil {
		return nil, err
	}
	if err := checkClient(p, in.clientSettings, cl.Secret); err != nil {
		return nil, err
	}
	if in.ClientName == "" {
		c.Input["ClientName"] = settingsOf(cl).ClientName
	}
	cl.Settings, cl.Modified = c.InputWithout("UserPoolId", "ClientId"), c.Now
	return aws.Object{"UserPoolClient": clientObject(c, p, cl)}, nil
}

func deleteClient(c *aws.Call, in clientInput) (any, error) {
	p, cl, err := findClient(c, in)
	if err != nil {
		return nil, err
	}
	delete(p.Clients, cl.ID)
	return nil, nil
}

func listClients(c *aws.Call, in clientInput) (any, error) {
	p, err := findPool(c, in.UserPoolId)
	if err != nil {
		return nil, err
	}
	key := func(cl *state.PoolClient) string { return cl.ID }
	found, ok := aws.Page(slices.Collect(maps.Values(p.Clients)), key, "ListUserPoolClients "+p.ID, in.NextToken, cmp.Or(in.MaxResults, 60))
	if !ok {
		return nil, refuse("Invalid pagination token")
	}
	list := []aws.Object{}
	for _, cl := range found.Items {
		list = append(list, aws.Object{"ClientId": cl.ID, "UserPoolId": p.ID, "ClientName": settingsOf(cl).ClientName})
	}
	return aws.WithToken(aws.Object{"UserPoolClients": list}, "NextToken", found.Next), nil
}
