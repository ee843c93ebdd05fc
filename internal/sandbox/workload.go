package sandbox

import (
	"maps"
	"slices"
	"strings"
)

func workloadHandlers() map[string]handler {
	const service = "bedrock-agentcore-control:"
	return map[string]handler{
		service + "CreateWorkloadIdentity": on(createWorkload),
		service + "GetWorkloadIdentity":    on(getWorkload),
		service + "UpdateWorkloadIdentity": on(updateWorkload),
		service + "DeleteWorkloadIdentity": on(deleteWorkload),
		service + "ListWorkloadIdentities": on(listWorkloads),
	}
}

type workloadInput struct {
	Name       string   `json:"name"`
	ReturnURLs []string `json:"allowedResourceOauth2ReturnUrls"`
	Tags       tags     `json:"tags"`
}

func (c *call) workload(name string) (*workload, error) {
	if wl := c.realm.Identities[name]; wl != nil {
		return wl, nil
	}
	return nil, refuse("ResourceNotFoundException", "WorkloadIdentity with name: %s not found", name)
}

func (c *call) describeWorkload(wl *workload) object {
	return object{
		"name": wl.Name, "workloadIdentityArn": workloadARN(c.region, c.account, wl.Name),
		"allowedResourceOauth2ReturnUrls": append([]string{}, wl.ReturnURLs...),
		"createdTime":                     epoch(wl.Created), "lastUpdatedTime": epoch(wl.Updated),
	}
}

func createWorkload(c *call, in workloadInput) (any, error) {
	if c.realm.Identities[in.Name] != nil {
		return nil, invalid("name", "WorkloadIdentity with name: %s already exists", in.Name)
	}
	wl := &workload{Name: in.Name, ReturnURLs: in.ReturnURLs, Tags: orEmpty(in.Tags), Created: c.now, Updated: c.now}
	c.realm.Identities[in.Name] = wl
	out := c.describeWorkload(wl)
	delete(out, "createdTime")
	delete(out, "lastUpdatedTime")
	return out, nil
}

func getWorkload(c *call, in workloadInput) (any, error) {
	wl, err := c.workload(in.Name)
	if err != nil {
		return nil, err
	}
	return c.describeWorkload(wl), nil
}

// updateWorkload replaces the list of return URLs.
func updateWorkload(c *call, in workloadInput) (any, error) {
	wl, err := c.workload(in.Name)
	if err != nil {
		return nil, err
	}
	wl.ReturnURLs, wl.Updated = in.ReturnURLs, c.now
	return c.describeWorkload(wl), nil
}

func deleteWorkload(c *call, in workloadInput) (any, error) {
	if _, err := c.workload(in.Name); err != nil {
		return nil, err
	}
	delete(c.realm.Identities, in.Name)
	c.realm.forgetTokens(func(identity, _, _ string) bool { return identity == in.Name })
	return nil, nil
}

func listWorkloads(c *call, in listInput) (any, error) {
	found, ok := paged(values(c.realm.Identities), func(wl *workload) string { return wl.Name }, "ListWorkloadIdentities", in.NextToken, orElse(in.MaxResults, 20))
	if !ok {
		return nil, badToken()
	}
	list := []object{}
	for _, wl := range found.items {
		list = append(list, object{"name": wl.Name, "workloadIdentityArn": workloadARN(c.region, c.account, wl.Name)})
	}
	return withToken(object{"workloadIdentities": list}, "nextToken", found.next), nil
}

func tagHandlers() map[string]handler {
	const service = "bedrock-agentcore-control:"
	return map[string]handler{
		service + "TagResource":         on(tagResource),
		service + "UntagResource":       on(untagResource),
		service + "ListTagsForResource": on(listTags),
	}
}

type tagInput struct {
	ARN  string   `json:"resourceArn"`
	Tags tags     `json:"tags"`
	Keys []string `json:"tagKeys"`
}

// tagged finds the tags of what an ARN names. Targets have none.
func (c *call) tagged(arn string) (tags, error) {
	for _, g := range c.realm.Gateways {
		if g.arn() == arn {
			return g.Tags, nil
		}
	}
	if p := c.realm.providerByARN(c.account, c.region, arn); p != nil {
		return p.Tags, nil
	}
	if name, found := strings.CutPrefix(arn, workloadARN(c.region, c.account, "")); found && c.realm.Identities[name] != nil {
		return c.realm.Identities[name].Tags, nil
	}
	return nil, refuse("ResourceNotFoundException", "Resource with ARN %s not found", arn)
}

func tagResource(c *call, in tagInput) (any, error) {
	t, err := c.tagged(in.ARN)
	if err != nil {
		return nil, err
	}
	merged := maps.Clone(t)
	maps.Copy(merged, in.Tags)
	if len(merged) > 50 {
		return nil, refuse("ServiceQuotaExceededException", "A resource can have at most 50 tags")
	}
	maps.Copy(t, in.Tags)
	return nil, nil
}

func untagResource(c *call, in tagInput) (any, error) {
	t, err := c.tagged(in.ARN)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(t, func(key, _ string) bool { return slices.Contains(in.Keys, key) })
	return nil, nil
}

func listTags(c *call, in tagInput) (any, error) {
	t, err := c.tagged(in.ARN)
	if err != nil {
		return nil, err
	}
	return object{"tags": t}, nil
}
