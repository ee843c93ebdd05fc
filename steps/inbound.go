package steps

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/steps/engine"
)

func inboundStep() Step {
	return Step{ID: Inbound, Title: "Inbound: Cognito", Needs: []engine.ID{Prerequisites},
		Does: "creates the user pool, its domain, the resource server and the app client",
		Makes: func(n Names) []Resource {
			return []Resource{
				{KindUserPool, n.UserPool(), "Cognito", "issues the access tokens for the gateway", "a second"},
				{KindDomain, "(derived from the pool's ID)", "Cognito", "gives the pool a token endpoint", "up to a minute"},
				{KindResourceServer, n.ResourceServer(), "Cognito", "names the scope " + n.Scope(), "a second"},
				{KindClient, n.Client(), "Cognito", "lets the caller get a token (client credentials)", "a second"},
			}
		},
		Run: inbound,
	}
}

func inbound(ctx context.Context, t *Task) error {
	w, err := t.connect(ctx)
	if err != nil {
		return err
	}
	if t.Settings.Recreate && t.Again {
		if err := t.recreateInbound(ctx, w); err != nil {
			return err
		}
	}
	pool, err := t.userPool(ctx, w)
	if err != nil {
		return fail("making the user pool "+t.Names.UserPool(), err)
	}
	if err := t.domain(ctx, w, pool); err != nil {
		return fail("giving the user pool a domain", err)
	}
	if err := t.resourceServer(ctx, w, pool); err != nil {
		return fail("making the resource server "+t.Names.ResourceServer(), err)
	}
	if err := t.machineClient(ctx, w, pool); err != nil {
		return fail("making the machine client "+t.Names.Client(), err)
	}
	return nil
}

// userPool finds the run's pool or makes it. Cognito allows several pools of
// one name, so the tags decide which is ours.
func (t *Task) userPool(ctx context.Context, w *awsenv.Environment) (string, error) {
	name, known := t.Names.UserPool(), t.resource(KindUserPool)
	if known.ID != "" {
		pool, err := describePool(ctx, w, known.ID)
		if err == nil {
			return known.ID, t.verified(w, KindUserPool, name, known.ID, pool.UserPoolTags)
		}
		if !isGone(err) {
			return "", err
		}
		t.say("The user pool %s is gone; creating another one.", known.ID)
		if err := t.gone(KindUserPool, KindDomain, KindResourceServer, KindClient); err != nil {
			return "", err
		}
	}
	found, err := findPools(ctx, w, name)
	if err != nil {
		return "", err
	}
	if pool, err := t.ownPool(w, found); pool != nil {
		return t.havePool(pool)
	} else if err != nil {
		return "", err
	}
	if err := t.intend(run.Resource{Kind: KindUserPool, Name: name}); err != nil {
		return "", err
	}
	var pool *types.UserPoolType
	err = t.createOnce(ctx, func(ctx context.Context) error {
		out, err := w.Cognito.CreateUserPool(ctx, &cognito.CreateUserPoolInput{PoolName: &name, UserPoolTags: t.tags(w)}, unrepeated)
		if err == nil {
			pool = out.UserPool
		}
		return err
	}, func(ctx context.Context) (bool, error) {
		found, err := findPools(ctx, w, name)
		pool, _ = t.ownPool(w, found) // others may have the name
		return pool != nil, err
	})
	if err != nil {
		return "", err
	}
	t.say("User pool %s", aws.ToString(pool.Id))
	return t.havePool(pool)
}

// ownPool returns the one that carries the run's tags. Where there is none it
// returns nil, and an error where the name is taken.
func (t *Task) ownPool(w *awsenv.Environment, found []*types.UserPoolType) (*types.UserPoolType, error) {
	var foreign error
	for _, pool := range found {
		err := t.verified(w, KindUserPool, t.Names.UserPool(), aws.ToString(pool.Id), pool.UserPoolTags)
		if err == nil {
			return pool, nil
		}
		foreign = cmp.Or(foreign, err)
	}
	return nil, foreign
}

func (t *Task) havePool(pool *types.UserPoolType) (string, error) {
	id := aws.ToString(pool.Id)
	return id, t.made(run.Resource{Kind: KindUserPool, Name: t.Names.UserPool(), ID: id, ARN: aws.ToString(pool.Arn)})
}

func describePool(ctx context.Context, w *awsenv.Environment, id string) (*types.UserPoolType, error) {
	out, err := w.Cognito.DescribeUserPool(ctx, &cognito.DescribeUserPoolInput{UserPoolId: &id})
	if err != nil {
		return nil, err
	}
	return out.UserPool, nil
}

func findPools(ctx context.Context, w *awsenv.Environment, name string) ([]*types.UserPoolType, error) {
	var found []*types.UserPoolType
	pages := paged(cognito.NewListUserPoolsPaginator(w.Cognito, &cognito.ListUserPoolsInput{MaxResults: aws.Int32(60)}))
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, p := range page.UserPools {
			if aws.ToString(p.Name) != name {
				continue
			}
			pool, err := describePool(ctx, w, aws.ToString(p.Id))
			if isGone(err) {
				continue
			}
			if err != nil {
				return nil, err
			}
			found = append(found, pool)
		}
	}
	return found, nil
}

// domainTries is how many prefixes are tried before the person is asked to look.
const domainTries = 5

// domain makes sure that the pool has a token endpoint. Whatever domain our
// pool has is ours: it is the pool's child. A prefix is one name for all
// accounts of the region, so one that somebody has is replaced by another.
func (t *Task) domain(ctx context.Context, w *awsenv.Environment, pool string) error {
	domain := t.Names.Domain(pool)
	if known := t.resource(KindDomain); known.Name != "" {
		domain = known.Name // perhaps a replacement
	}
	for try := 1; ; try++ {
		described, err := describePool(ctx, w, pool)
		if err != nil {
			return err
		}
		if present := aws.ToString(described.Domain); present != "" {
			return t.made(run.Resource{Kind: KindDomain, Name: present, ID: present})
		}
		taken, err := t.createDomain(ctx, w, pool, domain)
		if !taken || err != nil {
			return err
		}
		if try == domainTries {
			return Problem{Doing: "giving the user pool a domain", Err: fmt.Errorf("the domain prefix %s and %d others belong to other user pools", domain, try-1),
				Next: "Recreate the user pool, whose id gives other prefixes: " + t.Command("run", "inbound", "--recreate") + "\nThen resume: " + t.Command("walk")}
		}
		was := domain
		domain = t.Names.Domain(pool) + "-" + randomHex(3)
		t.say("The domain prefix %s belongs to another user pool, so %s is used instead.", was, domain)
	}
}

// createDomain says whether another pool has the prefix.
func (t *Task) createDomain(ctx context.Context, w *awsenv.Environment, pool, domain string) (taken bool, err error) {
	owner, err := domainOwner(ctx, w, domain)
	if err != nil || owner != "" && owner != pool {
		return owner != "", err
	}
	have := run.Resource{Kind: KindDomain, Name: domain, ID: domain}
	if owner == "" {
		if !t.resource(KindDomain).Made.IsZero() {
			t.say("The domain %s is gone; making it again.", domain)
		}
		if err := t.intend(run.Resource{Kind: KindDomain, Name: domain}); err != nil {
			return false, err
		}
		_, err = w.Cognito.CreateUserPoolDomain(ctx, &cognito.CreateUserPoolDomainInput{Domain: &domain, UserPoolId: &pool})
		if isTaken(err) {
			// Ours from a call whose answer was lost, or another pool's, perhaps in
			// an account whose domains cannot be described: only our pool can tell.
			described, err := describePool(ctx, w, pool)
			if err != nil || aws.ToString(described.Domain) != domain {
				return true, err
			}
		} else if err != nil {
			return false, err
		}
		t.say("Domain %s", domain)
	}
	return false, t.made(have)
}

// domainOwner is the pool that has the domain; "" when nobody has. Cognito
// answers with an empty description then.
func domainOwner(ctx context.Context, w *awsenv.Environment, domain string) (string, error) {
	out, err := w.Cognito.DescribeUserPoolDomain(ctx, &cognito.DescribeUserPoolDomainInput{Domain: &domain})
	if isGone(err) || err == nil && out.DomainDescription == nil {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return aws.ToString(out.DomainDescription.UserPoolId), nil
}

// resourceServer names the scope that the machine client asks for.
func (t *Task) resourceServer(ctx context.Context, w *awsenv.Environment, pool string) error {
	id, name := t.Names.ResourceServer(), t.Names.ResourceServerName()
	scope := types.ResourceServerScopeType{ScopeName: aws.String(t.Names.Scope()), ScopeDescription: aws.String("Full access to all tools in MCP target")}
	have := run.Resource{Kind: KindResourceServer, Name: id, ID: id}
	out, err := w.Cognito.DescribeResourceServer(ctx, &cognito.DescribeResourceServerInput{UserPoolId: &pool, Identifier: &id})
	switch {
	case err == nil && out.ResourceServer != nil:
		named := func(s types.ResourceServerScopeType) bool { return aws.ToString(s.ScopeName) == t.Names.Scope() }
		if !slices.ContainsFunc(out.ResourceServer.Scopes, named) {
			t.say("The resource server had lost its scope; putting it back.")
			if _, err := w.Cognito.UpdateResourceServer(ctx, &cognito.UpdateResourceServerInput{UserPoolId: &pool, Identifier: &id, Name: &name,
				Scopes: append(out.ResourceServer.Scopes, scope)}); err != nil {
				return err
			}
		}
		return t.made(have)
	case err != nil && !isGone(err):
		return err
	}
	if !t.resource(KindResourceServer).Made.IsZero() {
		t.say("The resource server is gone; making it again.")
	}
	if err := t.intend(have); err != nil {
		return err
	}
	_, err = w.Cognito.CreateResourceServer(ctx, &cognito.CreateResourceServerInput{UserPoolId: &pool, Identifier: &id, Name: &name,
		Scopes: []types.ResourceServerScopeType{scope}})
	if err != nil && !isTaken(err) {
		return err
	}
	t.say("Resource server %s, scope %s", id, t.Names.Scope())
	return t.made(have)
}

// machineClient is the app client of the client credentials grant. Its id is
// what the gateway's authorizer allows.
func (t *Task) machineClient(ctx context.Context, w *awsenv.Environment, pool string) error {
	name := t.Names.Client()
	client, err := t.findMachineClient(ctx, w, pool)
	if err != nil {
		return err
	}
	if client != nil {
		if aws.ToString(client.ClientSecret) == "" {
			return t.notOurs("app client without a secret", name, aws.ToString(client.ClientId))
		}
		if err := t.mendClient(ctx, w, client); err != nil {
			return err
		}
		t.Redactor.Add(aws.ToString(client.ClientSecret))
		return t.made(run.Resource{Kind: KindClient, Name: name, ID: aws.ToString(client.ClientId)})
	}
	if err := t.intend(run.Resource{Kind: KindClient, Name: name}); err != nil {
		return err
	}
	err = t.createOnce(ctx, func(ctx context.Context) error {
		out, err := w.Cognito.CreateUserPoolClient(ctx, &cognito.CreateUserPoolClientInput{
			UserPoolId:                      &pool,
			ClientName:                      &name,
			GenerateSecret:                  true,
			AllowedOAuthFlows:               []types.OAuthFlowType{types.OAuthFlowTypeClientCredentials},
			AllowedOAuthScopes:              []string{t.Names.FullScope()},
			AllowedOAuthFlowsUserPoolClient: true,
			SupportedIdentityProviders:      []string{"COGNITO"},
			ExplicitAuthFlows:               []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth},
		}, unrepeated)
		if err == nil {
			client = out.UserPoolClient
		}
		return err
	}, func(ctx context.Context) (bool, error) {
		var err error
		client, err = t.findMachineClient(ctx, w, pool)
		return client != nil, err
	})
	if err != nil {
		return err
	}
	t.Redactor.Add(aws.ToString(client.ClientSecret))
	t.say("Machine client %s", aws.ToString(client.ClientId))
	return t.made(run.Resource{Kind: KindClient, Name: name, ID: aws.ToString(client.ClientId)})
}

// findMachineClient returns the recorded client, or the one of our name in our
// pool, or nil.
func (t *Task) findMachineClient(ctx context.Context, w *awsenv.Environment, pool string) (*types.UserPoolClientType, error) {
	known := t.resource(KindClient).ID
	if known != "" {
		client, err := describeClient(ctx, w, pool, known)
		if client != nil || err != nil {
			return client, err
		}
	}
	id, err := findClient(ctx, w, pool, t.Names.Client())
	if err != nil {
		return nil, err
	}
	if id == "" {
		if known != "" {
			t.say("The machine client %s is gone; creating another one.", known)
		}
		return nil, nil
	}
	return describeClient(ctx, w, pool, id)
}

// describeClient returns nil for a client that is gone.
func describeClient(ctx context.Context, w *awsenv.Environment, pool, id string) (*types.UserPoolClientType, error) {
	out, err := w.Cognito.DescribeUserPoolClient(ctx, &cognito.DescribeUserPoolClientInput{UserPoolId: &pool, ClientId: &id})
	if isGone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return out.UserPoolClient, nil
}

// mendClient puts back the grant and the scope where somebody took them out.
func (t *Task) mendClient(ctx context.Context, w *awsenv.Environment, c *types.UserPoolClientType) error {
	if slices.Contains(c.AllowedOAuthFlows, types.OAuthFlowTypeClientCredentials) &&
		slices.Contains(c.AllowedOAuthScopes, t.Names.FullScope()) && aws.ToBool(c.AllowedOAuthFlowsUserPoolClient) {
		return nil
	}
	t.say("The machine client was altered; putting its grant and scope back.")
	_, err := w.Cognito.UpdateUserPoolClient(ctx, &cognito.UpdateUserPoolClientInput{
		UserPoolId: c.UserPoolId, ClientId: c.ClientId, ClientName: c.ClientName,
		AllowedOAuthFlows:               []types.OAuthFlowType{types.OAuthFlowTypeClientCredentials},
		AllowedOAuthScopes:              []string{t.Names.FullScope()},
		AllowedOAuthFlowsUserPoolClient: true,
		SupportedIdentityProviders:      []string{"COGNITO"},
		ExplicitAuthFlows:               []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth},
	})
	return err
}

func findClient(ctx context.Context, w *awsenv.Environment, pool, name string) (string, error) {
	pages := paged(cognito.NewListUserPoolClientsPaginator(w.Cognito, &cognito.ListUserPoolClientsInput{UserPoolId: &pool, MaxResults: aws.Int32(60)}))
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
