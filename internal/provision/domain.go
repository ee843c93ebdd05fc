package provision

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/run"
)

// domain gives the pool a token endpoint. It is the pool's child, so any domain of
// the run's pool belongs to the run.
type domain struct{}

func (domain) describe(in Inputs) (Resource, bool) {
	r := Resource{Kind: Domain, Name: "(derived from the pool's ID)", Parent: UserPool, Needs: []string{UserPool},
		About: About{Service: "Cognito", For: "gives the pool a token endpoint", Takes: "up to a minute"}}
	if pool := in.id(UserPool); pool != "" {
		r.Name = in.names().Domain(pool)
		if known := in.Record.Find(Domain); known != nil {
			r.Name = known.Name // perhaps a replacement
		}
		r.Desired = &cognito.CreateUserPoolDomainInput{Domain: aws.String(r.Name), UserPoolId: &pool}
	}
	return r, true
}

func (domain) find(ctx context.Context, s Scope, want Resource) (*Found, error) {
	input, ok := want.Desired.(*cognito.CreateUserPoolDomainInput)
	if !ok {
		return nil, nil
	}
	pool, err := describePool(ctx, s, aws.ToString(input.UserPoolId))
	if err != nil || aws.ToString(pool.Domain) == "" {
		return nil, err
	}
	return foundDomain(*pool.Domain), nil
}

func foundDomain(name string) *Found { return &Found{Kind: Domain, Name: name, ID: name} }

// domainTries is how many prefixes are tried.
const domainTries = 5

// DomainTakenError says that every prefix that was tried belongs to another pool.
type DomainTakenError struct {
	Prefix string
	Others int // number of other prefixes that were tried
}

func (e *DomainTakenError) Error() string {
	return fmt.Sprintf("the domain prefix %s and %d others belong to other user pools", e.Prefix, e.Others)
}

// Remedy is what to do about it.
func (e *DomainTakenError) Remedy(s advice.Situation) string {
	return "Recreate the user pool, whose ID gives other prefixes: " + s.Run("run", "inbound", "--recreate") + "\nThen resume: " + s.Run("walk")
}

// create uses the prefix, or another one if it is taken: a prefix is unique in the
// region, across accounts.
func (domain) create(ctx context.Context, s Scope, want Resource) (*Found, error) {
	input := want.Desired.(*cognito.CreateUserPoolDomainInput)
	for try := 1; ; try++ {
		taken, err := createDomain(ctx, s, input)
		if err != nil {
			return nil, err
		}
		if !taken {
			return foundDomain(*input.Domain), nil
		}
		if try == domainTries {
			return nil, &DomainTakenError{Prefix: *input.Domain, Others: try - 1}
		}
		was := *input.Domain
		input.Domain = aws.String(run.Names{}.Domain(aws.ToString(input.UserPoolId)) + "-" + randomHex(3))
		s.Tell(event.Note{Text: fmt.Sprintf("The domain prefix %s belongs to another user pool, so %s is used instead.", was, *input.Domain)})
	}
}

// createDomain reports whether another pool has the prefix.
func createDomain(ctx context.Context, s Scope, input *cognito.CreateUserPoolDomainInput) (taken bool, err error) {
	if !s.Run.Untouched(Domain) {
		owner, err := domainOwner(ctx, s, *input.Domain)
		if err != nil || owner != "" {
			return owner != *input.UserPoolId && owner != "", err
		}
	}
	if err := s.Run.Intend(run.Resource{Kind: Domain, Name: *input.Domain}); err != nil {
		return false, err
	}
	_, err = s.AWS.Cognito.CreateUserPoolDomain(ctx, input)
	if !advice.Taken(err) {
		return false, err
	}
	// It may be this pool's, from a call whose answer was lost, or another pool's,
	// perhaps in another account. Only this pool's description shows which.
	pool, err := describePool(ctx, s, *input.UserPoolId)
	return err == nil && aws.ToString(pool.Domain) != *input.Domain, err
}

// domainOwner is the pool that has the domain; "" = none. Cognito then answers with an
// empty description.
func domainOwner(ctx context.Context, s Scope, name string) (string, error) {
	out, err := s.AWS.Cognito.DescribeUserPoolDomain(ctx, &cognito.DescribeUserPoolDomainInput{Domain: &name})
	if advice.Gone(err) || err == nil && out.DomainDescription == nil {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return aws.ToString(out.DomainDescription.UserPoolId), nil
}

// correct does nothing: the program changes no settings of a domain.
func (domain) correct(context.Context, Scope, Resource, *Found) (bool, error) { return false, nil }

func (domain) remove(ctx context.Context, s Scope, have *Found) error {
	if err := removeDomain(ctx, s, s.Run.Resource(UserPool).ID, have.Name); err != nil {
		return err
	}
	return s.Run.Gone(Domain)
}

func removeDomain(ctx context.Context, s Scope, pool, name string) error {
	err := s.settled(ctx, "the domain "+name, domainSpan, func(ctx context.Context) (string, error) {
		out, err := s.AWS.Cognito.DescribeUserPoolDomain(ctx, &cognito.DescribeUserPoolDomainInput{Domain: &name})
		if err != nil || out.DomainDescription == nil {
			return "", err
		}
		return string(out.DomainDescription.Status), nil
	})
	if err != nil {
		return err
	}
	return s.whenFree(ctx, "the domain "+name, func(ctx context.Context) error {
		_, err := s.AWS.Cognito.DeleteUserPoolDomain(ctx, &cognito.DeleteUserPoolDomainInput{Domain: &name, UserPoolId: &pool})
		return err
	})
}
