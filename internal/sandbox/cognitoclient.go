package sandbox

import (
	"maps"
	"slices"
	"strings"
	"time"
)

func cognitoClientHandlers() map[string]handler {
	return map[string]handler{
		"cognito-idp:CreateResourceServer":   on(createResourceServer),
		"cognito-idp:DescribeResourceServer": on(describeResourceServer),
		"cognito-idp:UpdateResourceServer":   on(updateResourceServer),
		"cognito-idp:DeleteResourceServer":   on(deleteResourceServer),
		"cognito-idp:ListResourceServers":    on(listResourceServers),
		"cognito-idp:CreateUserPoolClient":   on(createClient),
		"cognito-idp:DescribeUserPoolClient": on(describeClient),
		"cognito-idp:UpdateUserPoolClient":   on(updateClient),
		"cognito-idp:DeleteUserPoolClient":   on(deleteClient),
		"cognito-idp:ListUserPoolClients":    on(listClients),
	}
}

type serverInput struct {
	UserPoolId, Identifier, Name, NextToken string
	Scopes                                  []poolScope
	MaxResults                              int
}

func (s *resourceServer) describe(pool string) object {
	return object{"UserPoolId": pool, "Identifier": s.Identifier, "Name": s.Name, "Scopes": append([]poolScope{}, s.Scopes...)}
}

func (c *call) resourceServer(in serverInput) (*userPool, *resourceServer, error) {
	p, err := c.pool(in.UserPoolId)
	if err != nil {
		return nil, nil, err
	}
	if rs := p.Servers[in.Identifier]; rs != nil {
		return p, rs, nil
	}
	return nil, nil, refuse("ResourceNotFoundException", "Resource server does not exist.")
}

func createResourceServer(c *call, in serverInput) (any, error) {
	p, err := c.pool(in.UserPoolId)
	if err != nil {
		return nil, err
	}
	if p.Servers[in.Identifier] != nil {
		return nil, cognitoRefuse("%s already exists in user pool %s.", in.Identifier, p.ID)
	}
	rs := &resourceServer{in.Identifier, in.Name, in.Scopes}
	p.Servers[in.Identifier] = rs
	return object{"ResourceServer": rs.describe(p.ID)}, nil
}

func describeResourceServer(c *call, in serverInput) (any, error) {
	p, rs, err := c.resourceServer(in)
	if err != nil {
		return nil, err
	}
	return object{"ResourceServer": rs.describe(p.ID)}, nil
}

func updateResourceServer(c *call, in serverInput) (any, error) {
	p, rs, err := c.resourceServer(in)
	if err != nil {
		return nil, err
	}
	rs.Name, rs.Scopes = in.Name, in.Scopes
	return object{"ResourceServer": rs.describe(p.ID)}, nil
}

func deleteResourceServer(c *call, in serverInput) (any, error) {
	p, rs, err := c.resourceServer(in)
	if err != nil {
		return nil, err
	}
	delete(p.Servers, rs.Identifier)
	return nil, nil
}

func listResourceServers(c *call, in serverInput) (any, error) {
	p, err := c.pool(in.UserPoolId)
	if err != nil {
		return nil, err
	}
	key := func(rs *resourceServer) string { return rs.Identifier }
	found, ok := paged(values(p.Servers), key, "ListResourceServers "+p.ID, in.NextToken, orElse(in.MaxResults, 50))
	if !ok {
		return nil, cognitoRefuse("Invalid pagination token")
	}
	list := []object{}
	for _, rs := range found.items {
		list = append(list, rs.describe(p.ID))
	}
	return withToken(object{"ResourceServers": list}, "NextToken", found.next), nil
}

// clientSettings are the members of a client that the sandbox acts on.
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

func (cl *poolClient) settings() clientSettings {
	var out clientSettings
	decodeSettings(cl.Settings, &out)
	return out
}

// tokenLifetime is an hour unless the client says otherwise; a bare number counts hours.
func (cs clientSettings) tokenLifetime() time.Duration {
	units := map[string]time.Duration{"seconds": time.Second, "minutes": time.Minute, "hours": time.Hour, "days": 24 * time.Hour, "": time.Hour}
	return time.Duration(orElse(cs.AccessTokenValidity, 1)) * units[cs.TokenValidityUnits.AccessToken]
}

func (c *call) client(in clientInput) (*userPool, *poolClient, error) {
	p, err := c.pool(in.UserPoolId)
	if err != nil {
		return nil, nil, err
	}
	if cl := p.Clients[in.ClientId]; cl != nil {
		return p, cl, nil
	}
	return nil, nil, refuse("ResourceNotFoundException", "User pool client %s does not exist.", in.ClientId)
}

func (s *Server) clientSecret(clientID string) string {
	return mapTo(s.mac("cognito client secret", clientID), 52, lowerAlphabet)
}

func (c *call) describeClient(p *userPool, cl *poolClient) object {
	out := object{
		"RefreshTokenValidity": 30, "TokenValidityUnits": object{}, "EnableTokenRevocation": true,
		"EnablePropagateAdditionalUserContextData": false, "AuthSessionValidity": 3, "AllowedOAuthFlowsUserPoolClient": false,
	}
	maps.Copy(out, readSettings(cl.Settings))
	out["UserPoolId"], out["ClientId"] = p.ID, cl.ID
	out["CreationDate"], out["LastModifiedDate"] = epoch(cl.Created), epoch(cl.Modified)
	if cl.Secret {
		out["ClientSecret"] = c.clientSecret(cl.ID)
	}
	return out
}

// checkClient refuses settings that contradict each other or name what is not there.
func (p *userPool) checkClient(in clientSettings, hasSecret bool) error {
	flows := in.AllowedOAuthFlows
	machine := slices.Contains(flows, "client_credentials")
	switch {
	case in.AllowedOAuthFlowsUserPoolClient && (len(flows) == 0 || len(in.AllowedOAuthScopes) == 0):
		return refuse("InvalidOAuthFlowException", "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.")
	case machine && len(flows) > 1:
		return refuse("InvalidOAuthFlowException", "client_credentials flow can not be selected along with code flow or implicit flow.")
	case machine && !hasSecret:
		return refuse("InvalidOAuthFlowException", "client_credentials flow can not be selected if client does not have a client secret.")
	}
	for _, name := range in.SupportedIdentityProviders {
		if name != "COGNITO" {
			return cognitoRefuse("The provider %s does not exist for User Pool %s.", name, p.ID)
		}
	}
	standard := []string{"openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"}
	for _, scope := range in.AllowedOAuthScopes {
		if slices.Contains(standard, scope) {
			if machine {
				return refuse("InvalidOAuthFlowException", "%s is not supported with client_credentials flow.", scope)
			}
			continue
		}
		if !p.hasScope(scope) {
			return refuse("ScopeDoesNotExistException", "One or more requested scopes do not exist: %s", scope)
		}
	}
	return nil
}

// hasScope knows a custom scope as "<resource server>/<scope>".
func (p *userPool) hasScope(scope string) bool {
	at := strings.LastIndex(scope, "/")
	if at < 0 {
		return false
	}
	rs := p.Servers[scope[:at]]
	return rs != nil && slices.ContainsFunc(rs.Scopes, func(s poolScope) bool { return s.ScopeName == scope[at+1:] })
}

func createClient(c *call, in clientInput) (any, error) {
	p, err := c.pool(in.UserPoolId)
	if err != nil {
		return nil, err
	}
	if in.ClientSecret != "" {
		return nil, cognitoRefuse("The sandbox keeps no secrets and so takes none: use GenerateSecret.")
	}
	if err := p.checkClient(in.clientSettings, in.GenerateSecret); err != nil {
		return nil, err
	}
	cl := &poolClient{
		ID: randomText(26, lowerAlphabet), Secret: in.GenerateSecret,
		Settings: c.settings("UserPoolId", "GenerateSecret"), Created: c.now, Modified: c.now,
	}
	p.Clients[cl.ID] = cl
	return object{"UserPoolClient": c.describeClient(p, cl)}, nil
}

func describeClient(c *call, in clientInput) (any, error) {
	p, cl, err := c.client(in)
	if err != nil {
		return nil, err
	}
	return object{"UserPoolClient": c.describeClient(p, cl)}, nil
}

// updateClient replaces every setting but the name, which stays when left out.
func updateClient(c *call, in clientInput) (any, error) {
	p, cl, err := c.client(in)
	if err != nil {
		return nil, err
	}
	if err := p.checkClient(in.clientSettings, cl.Secret); err != nil {
		return nil, err
	}
	if in.ClientName == "" {
		c.input["ClientName"] = cl.settings().ClientName
	}
	cl.Settings, cl.Modified = c.settings("UserPoolId", "ClientId"), c.now
	return object{"UserPoolClient": c.describeClient(p, cl)}, nil
}

func deleteClient(c *call, in clientInput) (any, error) {
	p, cl, err := c.client(in)
	if err != nil {
		return nil, err
	}
	delete(p.Clients, cl.ID)
	return nil, nil
}

func listClients(c *call, in clientInput) (any, error) {
	p, err := c.pool(in.UserPoolId)
	if err != nil {
		return nil, err
	}
	key := func(cl *poolClient) string { return cl.ID }
	found, ok := paged(values(p.Clients), key, "ListUserPoolClients "+p.ID, in.NextToken, orElse(in.MaxResults, 60))
	if !ok {
		return nil, cognitoRefuse("Invalid pagination token")
	}
	list := []object{}
	for _, cl := range found.items {
		list = append(list, object{"ClientId": cl.ID, "UserPoolId": p.ID, "ClientName": cl.settings().ClientName})
	}
	return withToken(object{"UserPoolClients": list}, "NextToken", found.next), nil
}
