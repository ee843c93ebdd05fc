package sandbox

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

type object = map[string]any

func cognitoPoolHandlers() map[string]handler {
	return map[string]handler{
		"cognito-idp:CreateUserPool":         on(createPool),
		"cognito-idp:DescribeUserPool":       on(describePool),
		"cognito-idp:UpdateUserPool":         on(updatePool),
		"cognito-idp:DeleteUserPool":         on(deletePool),
		"cognito-idp:ListUserPools":          on(listPools),
		"cognito-idp:CreateUserPoolDomain":   on(createDomain),
		"cognito-idp:DescribeUserPoolDomain": on(describeDomain),
		"cognito-idp:UpdateUserPoolDomain":   on(updateDomain),
		"cognito-idp:DeleteUserPoolDomain":   on(deleteDomain),
		"cognito-idp:TagResource":            on(tagPool),
		"cognito-idp:UntagResource":          on(untagPool),
		"cognito-idp:ListTagsForResource":    on(listPoolTags),
	}
}

type poolInput struct {
	UserPoolId, PoolName, Domain, ResourceArn, NextToken string
	UserPoolTags, Tags                                   tags
	TagKeys                                              []string
	MaxResults, ManagedLoginVersion                      int
}

func cognitoRefuse(format string, args ...any) error {
	return refuse("InvalidParameterException", format, args...)
}

func (c *call) pool(id string) (*userPool, error) {
	if p := c.realm.Pools[id]; p != nil {
		return p, nil
	}
	return nil, refuse("ResourceNotFoundException", "User pool %s does not exist.", id)
}

func (p *userPool) arn() string {
	return "arn:aws:cognito-idp:" + p.Region + ":" + p.Account + ":userpool/" + p.ID
}

// settings keeps a request's members for the answers, without those that have a place of their own.
func (c *call) settings(without ...string) json.RawMessage {
	kept := maps.Clone(c.input)
	for _, name := range without {
		delete(kept, name)
	}
	raw, _ := json.Marshal(kept) // it came from JSON
	return raw
}

func readSettings(raw json.RawMessage) object {
	out := object{}
	decodeSettings(raw, &out)
	return out
}

// decodeSettings cannot fail: settings wrote them, after the model's check.
func decodeSettings(raw json.RawMessage, into any) { _ = json.Unmarshal(raw, into) }

// epoch is how Cognito and AgentCore Identity write times.
func epoch(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func (p *userPool) describe() object {
	out := object{
		"MfaConfiguration": "OFF", "DeletionProtection": "INACTIVE", "UserPoolTier": "ESSENTIALS",
		"AdminCreateUserConfig": object{"AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 7},
		"Policies": object{"PasswordPolicy": object{
			"MinimumLength": 8, "RequireUppercase": true, "RequireLowercase": true,
			"RequireNumbers": true, "RequireSymbols": true, "TemporaryPasswordValidityDays": 7}},
		"LambdaConfig": object{}, "EstimatedNumberOfUsers": 0,
	}
	maps.Copy(out, readSettings(p.Settings))
	out["Id"], out["Name"], out["Arn"] = p.ID, p.Name, p.arn()
	out["CreationDate"], out["LastModifiedDate"] = epoch(p.Created), epoch(p.Modified)
	out["UserPoolTags"] = orEmpty(p.Tags)
	if p.Domain != nil {
		out["Domain"] = p.Domain.Name
	}
	return out
}

func orEmpty(t tags) tags {
	if t == nil {
		return tags{}
	}
	return t
}

// createPool does not mind a name that is taken: Cognito's are not unique.
func createPool(c *call, in poolInput) (any, error) {
	p := &userPool{
		ID: c.region + "_" + randomText(9, mixedAlphabet), Name: in.PoolName, Account: c.account, Region: c.region,
		Settings: c.settings("PoolName", "UserPoolTags", "Schema"), Tags: in.UserPoolTags,
		Servers: map[string]*resourceServer{}, Clients: map[string]*poolClient{}, Created: c.now, Modified: c.now,
	}
	c.realm.Pools[p.ID] = p
	return object{"UserPool": p.describe()}, nil
}

func describePool(c *call, in poolInput) (any, error) {
	p, err := c.pool(in.UserPoolId)
	if err != nil {
		return nil, err
	}
	return object{"UserPool": p.describe()}, nil
}

// updatePool replaces every setting: what the request leaves out falls back to its default.
func updatePool(c *call, in poolInput) (any, error) {
	p, err := c.pool(in.UserPoolId)
	if err != nil {
		return nil, err
	}
	p.Settings, p.Modified = c.settings("UserPoolId", "PoolName", "UserPoolTags"), c.now
	if in.PoolName != "" {
		p.Name = in.PoolName
	}
	if in.UserPoolTags != nil {
		p.Tags = in.UserPoolTags
	}
	return object{}, nil
}

func deletePool(c *call, in poolInput) (any, error) {
	p, err := c.pool(in.UserPoolId)
	if err != nil {
		return nil, err
	}
	if p.Domain != nil {
		return nil, hasDomain()
	}
	if readSettings(p.Settings)["DeletionProtection"] == "ACTIVE" {
		return nil, cognitoRefuse("The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.")
	}
	delete(c.realm.Pools, p.ID)
	return nil, nil
}

func hasDomain() error {
	return cognitoRefuse("User pool cannot be deleted. It has a domain configured that should be deleted first.")
}

func listPools(c *call, in poolInput) (any, error) {
	found, ok := paged(values(c.realm.Pools), func(p *userPool) string { return p.ID }, "ListUserPools", in.NextToken, in.MaxResults)
	if !ok {
		return nil, cognitoRefuse("Invalid pagination token")
	}
	list := []object{}
	for _, p := range found.items {
		list = append(list, object{"Id": p.ID, "Name": p.Name, "LambdaConfig": object{}, "CreationDate": epoch(p.Created), "LastModifiedDate": epoch(p.Modified)})
	}
	return withToken(object{"UserPools": list}, "NextToken", found.next), nil
}

func withToken(out object, name, next string) object {
	if next != "" {
		out[name] = next
	}
	return out
}

// reservedWord is a word in a name that may not stand in the prefix of a Cognito
// domain; "" when there is none.
func reservedWord(name string) string {
	for _, word := range []string{"aws", "amazon", "cognito"} {
		if strings.Contains(name, word) {
			return word
		}
	}
	return ""
}

func createDomain(c *call, in poolInput) (any, error) {
	p, err := c.pool(in.UserPoolId)
	if err != nil {
		return nil, err
	}
	if word := reservedWord(in.Domain); word != "" {
		return nil, cognitoRefuse("Domain cannot contain reserved word: %s", word)
	}
	if owner := c.domainOwner(in.Domain); owner != nil {
		return nil, domainTaken()
	}
	if p.Domain != nil {
		return nil, cognitoRefuse("User pool already has a domain configured.")
	}
	p.Domain = &poolDomain{Name: in.Domain, Version: orElse(in.ManagedLoginVersion, 1), Life: begin(creating, c.now, c.pace.domain, c.pace.looks)}
	return object{"ManagedLoginVersion": p.Domain.Version}, nil
}

func domainTaken() error {
	return cognitoRefuse("Domain already associated with another user pool")
}

// domainOwner looks in every account of the region: a prefix is one name in DNS.
func (c *call) domainOwner(domain string) *userPool {
	for key, r := range c.world.Realms {
		if !strings.HasSuffix(key, "/"+c.region) {
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

func describeDomain(c *call, in poolInput) (any, error) {
	p := c.domainOwner(in.Domain)
	if p == nil || p.Account != c.account {
		return object{"DomainDescription": object{}}, nil
	}
	return object{"DomainDescription": object{
		"UserPoolId": p.ID, "AWSAccountId": p.Account, "Domain": p.Domain.Name, "Version": "1",
		"ManagedLoginVersion": p.Domain.Version, "Status": p.Domain.Life.look(c.now, "ACTIVE"),
	}}, nil
}

func (c *call) ownDomain(in poolInput) (*userPool, error) {
	p := c.realm.Pools[in.UserPoolId]
	if p == nil || p.Domain == nil || p.Domain.Name != in.Domain {
		return nil, cognitoRefuse("No such domain or user pool exists.")
	}
	return p, nil
}

func updateDomain(c *call, in poolInput) (any, error) {
	p, err := c.ownDomain(in)
	if err != nil {
		return nil, err
	}
	p.Domain.Version = orElse(in.ManagedLoginVersion, p.Domain.Version)
	return object{"ManagedLoginVersion": p.Domain.Version}, nil
}

func deleteDomain(c *call, in poolInput) (any, error) {
	p, err := c.ownDomain(in)
	if err != nil {
		return nil, err
	}
	p.Domain = nil
	return object{}, nil
}

func (c *call) taggedPool(arn string) (*userPool, error) {
	for _, p := range c.realm.Pools {
		if p.arn() == arn {
			return p, nil
		}
	}
	return nil, refuse("ResourceNotFoundException", "Resource %s does not exist.", arn)
}

func tagPool(c *call, in poolInput) (any, error) {
	p, err := c.taggedPool(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	p.Tags = orEmpty(p.Tags)
	maps.Copy(p.Tags, in.Tags)
	return object{}, nil
}

func untagPool(c *call, in poolInput) (any, error) {
	p, err := c.taggedPool(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(p.Tags, func(key, _ string) bool { return slices.Contains(in.TagKeys, key) })
	return object{}, nil
}

func listPoolTags(c *call, in poolInput) (any, error) {
	p, err := c.taggedPool(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	return object{"Tags": orEmpty(p.Tags)}, nil
}
