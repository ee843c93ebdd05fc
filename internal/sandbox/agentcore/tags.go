package agentcore

import (
	"maps"
	"slices"
	"strings"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/state"
)

func tagOperations() map[string]aws.Handler {
	return map[string]aws.Handler{
		"TagResource":         aws.Typed(tagResource),
		"UntagResource":       aws.Typed(untagResource),
		"ListTagsForResource": aws.Typed(listTags),
	}
}

type tagInput struct {
	ARN  string            `json:"resourceArn"`
	Tags map[string]string `json:"tags"`
	Keys []string          `json:"tagKeys"`
}

// findTags returns the tags of the resource with an ARN. Targets have none.
func findTags(c *aws.Call, arn string) (map[string]string, error) {
	for _, g := range c.Realm.Gateways {
		if g.ARN() == arn {
			return g.Tags, nil
		}
	}
	if p := c.Realm.ProviderByARN(c.Account, c.Region, arn); p != nil {
		return p.Tags, nil
	}
	if name, found := strings.CutPrefix(arn, state.WorkloadARN(c.Region, c.Account, "")); found && c.Realm.Identities[name] != nil {
		return c.Realm.Identities[name].Tags, nil
	}
	return nil, aws.Refuse("ResourceNotFoundException", "Resource with ARN %s not found", arn)
}

func tagResource(c *aws.Call, in tagInput) (any, error) {
	t, err := findTags(c, in.ARN)
	if err != nil {
		return nil, err
	}
	merged := maps.Clone(t)
	maps.Copy(merged, in.Tags)
	if len(merged) > 50 {
		return nil, aws.Refuse("ServiceQuotaExceededException", "A resource can have at most 50 tags")
	}
	maps.Copy(t, in.Tags)
	return nil, nil
}

func untagResource(c *aws.Call, in tagInput) (any, error) {
	t, err := findTags(c, in.ARN)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(t, func(key, _ string) bool { return slices.Contains(in.Keys, key) })
	return nil, nil
}

func listTags(c *aws.Call, in tagInput) (any, error) {
	t, err := findTags(c, in.ARN)
	if err != nil {
		return nil, err
	}
	return aws.Object{"tags": t}, nil
}
