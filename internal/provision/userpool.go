package provision

import (
	"cmp"
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/run"
)

// userPool issues the access tokens for the gateway.
type userPool struct{}

func (userPool) describe(in Inputs) (Resource, bool) {
	name := in.names().UserPool()
	return Resource{Kind: UserPool, Name: name,
		About:   About{Service: "Cognito", For: "issues the access tokens for the gateway", Takes: "a second"},
		Desired: &cognito.CreateUserPoolInput{PoolName: &name, UserPoolTags: in.Tags}}, true
}

// find looks for the recorded pool, and then by name. Cognito allows several
// pools of one name, so the tags decide which is the run's.
func (userPool) find(ctx context.Context, s Scope, want Resource) (*Found, error) {
	if id := s.Run.Resource(UserPool).ID; id != "" {
		pool, err := describePool(ctx, s, id)
		if err == nil {
			return foundPool(pool), s.verified(UserPool, want.Name, id, pool.UserPoolTags)
		}
		if !advice.Gone(err) {
			return nil, err
		}
	}
	all, err := poolsNamed(ctx, s, want.Name)
	if err != nil {
		return nil, err
	}
	return ownPool(s, want.Name, all)
}

// ownPool returns the pool with the run's tags. If there is none it returns nil, and an
// error if another pool has the name.
func ownPool(s Scope, name string, all []*types.UserPoolType) (*Found, error) {
	var foreign error
	for _, pool := range all {
		err := s.verified(UserPool, name, aws.ToString(pool.Id), pool.UserPoolTags)
		if err == nil {
			return foundPool(pool), nil
		}
		foreign = cmp.Or(foreign, err)
	}
	return nil, foreign
}

func foundPool(pool *types.UserPoolType) *Found {
	return &Found{Kind: UserPool, Name: aws.ToString(pool.Name), ID: aws.ToString(pool.Id), ARN: aws.ToString(pool.Arn), Detail: pool, read: time.Now()}
}

func (userPool) create(ctx context.Context, s Scope, want Resource) (*Found, error) {
	if err := s.Run.Intend(run.Resource{Kind: UserPool, Name: want.Name}); err != nil {
		return nil, err
	}
	var have *Found
	err := s.createOnce(ctx, func(ctx context.Context) error {
		out, err := s.AWS.Cognito.CreateUserPool(ctx, want.Desired.(*cognito.CreateUserPoolInput), unrepeated)
		if err == nil {
			have = foundPool(out.UserPool)
		}
		return err
	}, func(ctx context.Context) (bool, error) {
		all, err := poolsNamed(ctx, s, want.Name)
		have, _ = ownPool(s, want.Name, all) // others may have the name
		return have != nil, err
	})
	return have, err
}

// correct does nothing: the run does not depend on the pool's settings.
func (userPool) correct(context.Context, Scope, Resource, *Found) (bool, error) { return false, nil }

// remove deletes the domains and then the pool: Cognito refuses to delete a pool with a
// domain. The pool is verified again unless that was done just now: its ID may come from
// a record.
func (userPool) remove(ctx context.Context, s Scope, have *Found) (err error) {
	pool, _ := have.Detail.(*types.UserPoolType)
	if !have.current() {
		pool, err = describePool(ctx, s, have.ID)
		if advice.Gone(err) {
			return s.Run.Gone(withChildren(UserPool)...)
		}
		if err == nil {
			err = s.verified(UserPool, s.names().UserPool(), have.ID, pool.UserPoolTags)
		}
		if err != nil {
			return err
		}
	}
	for _, d := range []string{aws.ToString(pool.Domain), aws.ToString(pool.CustomDomain)} {
		if d == "" {
			continue
		}
		if err := removeDomain(ctx, s, have.ID, d); err != nil {
			return err
		}
	}
	err = s.whenFree(ctx, "the user pool "+have.ID, func(ctx context.Context) error {
		_, err := s.AWS.Cognito.DeleteUserPool(ctx, &cognito.DeleteUserPoolInput{UserPoolId: &have.ID})
		return err
	})
	if err != nil {
		return err
	}
	return s.Run.Gone(withChildren(UserPool)...)
}

func describePool(ctx context.Context, s Scope, id string) (*types.UserPoolType, error) {
	out, err := s.AWS.Cognito.DescribeUserPool(ctx, &cognito.DescribeUserPoolInput{UserPoolId: &id})
	if err != nil {
		return nil, err
	}
	return out.UserPool, nil
}

func poolsNamed(ctx context.Context, s Scope, name string) ([]*types.UserPoolType, error) {
	var found []*types.UserPoolType
	err := eachPool(ctx, s, func(n, id string) error {
		if n != name {
			return nil
		}
		pool, err := describePool(ctx, s, id)
		if advice.Gone(err) {
			return nil
		}
		if err == nil {
			found = append(found, pool)
		}
		return err
	})
	return found, err
}

// eachPool lists the pools of the region by name and ID.
func eachPool(ctx context.Context, s Scope, do func(name, id string) error) error {
	pages := paged(cognito.NewListUserPoolsPaginator(s.AWS.Cognito, &cognito.ListUserPoolsInput{MaxResults: aws.Int32(60)}))
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, p := range page.UserPools {
			if err := do(aws.ToString(p.Name), aws.ToString(p.Id)); err != nil {
				return err
			}
		}
	}
	return nil
}
