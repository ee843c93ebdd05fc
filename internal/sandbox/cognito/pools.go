package cognito

import (
	"encoding/json"
	"maps"
	"slices"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/state"
)

func poolOperations() map[string]aws.Handler {
	return map[string]aws.Handler{
		"CreateUserPool":         aws.Typed(createPool),
		"DescribeUserPool":       aws.Typed(describePool),
		"UpdateUserPool":         aws.Typed(updatePool),
		"DeleteUserPool":         aws.Typed(deletePool),
		"ListUserPools":          aws.Typed(listPools),
		"CreateUserPoolDomain":   aws.Typed(createDomain),
		"DescribeUserPoolDomain": aws.Typed(describeDomain),
		"UpdateUserPoolDomain":   aws.Typed(updateDomain),
		"DeleteUserPoolDomain":   aws.Typed(deleteDomain),
		"TagResource":            aws.Typed(tagPool),
		"UntagResource":          aws.Typed(untagPool),
		"ListTagsForResource":    aws.Typed(listPoolTags),
	}
}

type poolInput struct {
	UserPoolId, PoolName, Domain, ResourceArn, NextToken string
	UserPoolTags, Tags                                   map[string]string
	TagKeys                                              []string
	MaxResults, ManagedLoginVersion                      int
}

func findPool(c *aws.Call, id string) (*state.UserPool, error) {
	if p := c.Realm.Pools[id]; p != nil {
		return p, nil
	}
	return nil, aws.Refuse("ResourceNotFoundException", "User pool %s does not exist.", id)
}

func readSettings(raw json.RawMessage) aws.Object {
	out := aws.Object{}
	decodeSettings(raw, &out)
	return out
}

// decodeSettings cannot fail: the settings have passed the model's check.
func decodeSettings(raw json.RawMessage, into any) { _ = json.Unmarshal(raw, into) }

func poolObject(p *state.UserPool) aws.Object {
	out := aws.Object{
		"MfaConfiguration": "OFF", "DeletionProtection": "INACTIVE", "UserPoolTier": "ESSENTIALS",
		"AdminCreateUserConfig": aws.Object{"AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 7},
		"Policies": aws.Object{"PasswordPolicy": aws.Object{
			"MinimumLength": 8, "RequireUppercase": true, "RequireLowercase": true,
			"RequireNumbers": true, "RequireSymbols": true, "TemporaryPasswordValidityDays": 7}},
		"LambdaConfig": aws.Object{}, "EstimatedNumberOfUsers": 0,
	}
	maps.Copy(out, readSettings(p.Settings))
	out["Id"], out["Name"], out["Arn"] = p.ID, p.Name, p.ARN()
	out["CreationDate"], out["LastModifiedDate"] = aws.Epoch(p.Created), aws.Epoch(p.Modified)
	out["UserPoolTags"] = aws.Tags(p.Tags)
	if p.Domain != nil {
		out["Domain"] = p.Domain.Name
	}
	return out
}

// createPool accepts a name that exists: the names of Cognito's pools are not
// unique.
func createPool(c *aws.Call, in poolInput) (any, error) {
	p := &state.UserPool{
		ID: c.Region + "_" + state.RandomText(9, state.Mixed), Name: in.PoolName, Account: c.Account, Region: c.Region,
		Settings: c.InputWithout("PoolName", "UserPoolTags", "Schema"), Tags: in.UserPoolTags,
		Servers: map[string]*state.ResourceServer{}, Clients: map[string]*state.PoolClient{}, Created: c.Now, Modified: c.Now,
	}
	c.Realm.Pools[p.ID] = p
	return aws.Object{"UserPool": poolObject(p)}, nil
}

func describePool(c *aws.Call, in poolInput) (any, error) {
	p, err := findPool(c, in.UserPoolId)
	if err != nil {
		return nil, err
	}
	return aws.Object{"UserPool": poolObject(p)}, nil
}

// updatePool replaces every setting; a setting that the request omits gets its
// default.
func updatePool(c *aws.Call, in poolInput) (any, error) {
	p, err := findPool(c, in.UserPoolId)
	if err != nil {
		return nil, err
	}
	p.Settings, p.Modified = c.InputWithout("UserPoolId", "PoolName", "UserPoolTags"), c.Now
	if in.PoolName != "" {
		p.Name = in.PoolName
	}
	if in.UserPoolTags != nil {
		p.Tags = in.UserPoolTags
	}
	return aws.Object{}, nil
}

func deletePool(c *aws.Call, in poolInput) (any, error) {
	p, err := findPool(c, in.UserPoolId)
	if err != nil {
		return nil, err
	}
	if p.Domain != nil {
		return nil, HasDomain()
	}
	if readSettings(p.Settings)["DeletionProtection"] == "ACTIVE" {
		return nil, refuse("The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.")
	}
	delete(c.Realm.Pools, p.ID)
	return nil, nil
}

// HasDomain is the error for deleting a pool that has a domain.
func HasDomain() error {
	return refuse("User pool cannot be deleted. It has a domain configured that should be deleted first.")
}

func listPools(c *aws.Call, in poolInput) (any, error) {
	found, ok := aws.Page(slices.Collect(maps.Values(c.Realm.Pools)), func(p *state.UserPool) string { return p.ID }, "ListUserPools", in.NextToken, in.MaxResults)
	if !ok {
		return nil, refuse("Invalid pagination token")
	}
	list := []aws.Object{}
	for _, p := range found.Items {
		list = append(list, aws.Object{"Id": p.ID, "Name": p.Name, "LambdaConfig": aws.Object{}, "CreationDate": aws.Epoch(p.Created), "LastModifiedDate": aws.Epoch(p.Modified)})
	}
	return aws.WithToken(aws.Object{"UserPools": list}, "NextToken", found.Next), nil
}

func taggedPool(c *aws.Call, arn string) (*state.UserPool, error) {
	for _, p := range c.Realm.Pools {
		if p.ARN() == arn {
			return p, nil
		}
	}
	return nil, aws.Refuse("ResourceNotFoundException", "Resource %s does not exist.", arn)
}

func tagPool(c *aws.Call, in poolInput) (any, error) {
	p, err := taggedPool(c, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	p.Tags = aws.Tags(p.Tags)
	maps.Copy(p.Tags, in.Tags)
	return aws.Object{}, nil
}

func untagPool(c *aws.Call, in poolInput) (any, error) {
	p, err := taggedPool(c, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(p.Tags, func(key, _ string) bool { return slices.Contains(in.TagKeys, key) })
	return aws.Object{}, nil
}

func listPoolTags(c *aws.Call, in poolInput) (any, error) {
	p, err := taggedPool(c, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	return aws.Object{"Tags": aws.Tags(p.Tags)}, nil
}
