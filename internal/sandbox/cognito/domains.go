package cognito

import (
	"cmp"
	"strings"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/state"
)

// reservedWord returns the reserved word that a domain prefix contains, or "".
func reservedWord(name string) string {
	for _, word := range []string{"aws", "amazon", "cognito"} {
		if strings.Contains(name, word) {
			return word
		}
	}
	return ""
}

func createDomain(c *aws.Call, in poolInput) (any, error) {
	p, err := findPool(c, in.UserPoolId)
	if err != nil {
		return nil, err
	}
	if word := reservedWord(in.Domain); word != "" {
		return nil, refuse("Domain cannot contain reserved word: %s", word)
	}
	if owner := domainOwner(c, in.Domain); owner != nil {
		return nil, DomainTaken()
	}
	if p.Domain != nil {
		return nil, refuse("User pool already has a domain configured.")
	}
	p.Domain = &state.PoolDomain{Name: in.Domain, Version: cmp.Or(in.ManagedLoginVersion, 1), Transition: c.Latency.Begin(state.Creating, c.Now, c.Latency.Domain)}
	return aws.Object{"ManagedLoginVersion": p.Domain.Version}, nil
}

// DomainTaken is the error for a domain prefix of another pool.
func DomainTaken() error {
	return refuse("Domain already associated with another user pool")
}

// domainOwner searches all accounts of the region, because a prefix is a name in
// DNS.
func domainOwner(c *aws.Call, domain string) *state.UserPool {
	for key, r := range c.World.Realms {
		if !strings.HasSuffix(key, "/"+c.Region) {
			continue
		}
		for _, p := range r.Pools {
			if p.Domain != nil && p.Domain.Name == domain {
				return p
			}
		}
	}
	return nil
}

func describeDomain(c *aws.Call, in poolInput) (any, error) {
	p := domainOwner(c, in.Domain)
	if p == nil || p.Account != c.Account {
		return aws.Object{"DomainDescription": aws.Object{}}, nil
	}
	return aws.Object{"DomainDescription": aws.Object{
		"UserPoolId": p.ID, "AWSAccountId": p.Account, "Domain": p.Domain.Name, "Version": "1",
		"ManagedLoginVersion": p.Domain.Version, "Status": p.Domain.Transition.Poll(c.Now, "ACTIVE"),
	}}, nil
}

func ownDomain(c *aws.Call, in poolInput) (*state.UserPool, error) {
	p := c.Realm.Pools[in.UserPoolId]
	if p == nil || p.Domain == nil || p.Domain.Name != in.Domain {
		return nil, refuse("No such domain or user pool exists.")
	}
	return p, nil
}

func updateDomain(c *aws.Call, in poolInput) (any, error) {
	p, err := ownDomain(c, in)
	if err != nil {
		return nil, err
	}
	p.Domain.Version = cmp.Or(in.ManagedLoginVersion, p.Domain.Version)
	return aws.Object{"ManagedLoginVersion": p.Domain.Version}, nil
}

func deleteDomain(c *aws.Call, in poolInput) (any, error) {
	p, err := ownDomain(c, in)
	if err != nil {
		return nil, err
	}
	p.Domain = nil
	return aws.Object{}, nil
}
