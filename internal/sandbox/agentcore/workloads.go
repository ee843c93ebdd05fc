package agentcore

import (
	"cmp"
	"maps"
	"slices"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/state"
)

func workloadOperations() map[string]aws.Handler {
	return map[string]aws.Handler{
		"CreateWorkloadIdentity": aws.Typed(createWorkload),
		"GetWorkloadIdentity":    aws.Typed(getWorkload),
		"UpdateWorkloadIdentity": aws.Typed(updateWorkload),
		"DeleteWorkloadIdentity": aws.Typed(deleteWorkload),
		"ListWorkloadIdentities": aws.Typed(listWorkloads),
	}
}

type workloadInput struct {
	Name       string            `json:"name"`
	ReturnURLs []string          `json:"allowedResourceOauth2ReturnUrls"`
	Tags       map[string]string `json:"tags"`
}

func findWorkload(c *aws.Call, name string) (*state.Workload, error) {
	if wl := c.Realm.Identities[name]; wl != nil {
		return wl, nil
	}
	return nil, aws.Refuse("ResourceNotFoundException", "WorkloadIdentity with name: %s not found", name)
}

func workloadObject(c *aws.Call, wl *state.Workload) aws.Object {
	return aws.Object{
		"name": wl.Name, "workloadIdentityArn": state.WorkloadARN(c.Region, c.Account, wl.Name),
		"allowedResourceOauth2ReturnUrls": append([]string{}, wl.ReturnURLs...),
		"createdTime":                     aws.Epoch(wl.Created), "lastUpdatedTime": aws.Epoch(wl.Updated),
	}
}

func createWorkload(c *aws.Call, in workloadInput) (any, error) {
	if c.Realm.Identities[in.Name] != nil {
		return nil, aws.Invalid("name", "WorkloadIdentity with name: %s already exists", in.Name)
	}
	wl := &state.Workload{Name: in.Name, ReturnURLs: in.ReturnURLs, Tags: aws.Tags(in.Tags), Created: c.Now, Updated: c.Now}
	c.Realm.Identities[in.Name] = wl
	out := workloadObject(c, wl)
	delete(out, "createdTime")
	delete(out, "lastUpdatedTime")
	return out, nil
}

func getWorkload(c *aws.Call, in workloadInput) (any, error) {
	wl, err := findWorkload(c, in.Name)
	if err != nil {
		return nil, err
	}
	return workloadObject(c, wl), nil
}

// updateWorkload replaces the list of return URLs.
func updateWorkload(c *aws.Call, in workloadInput) (any, error) {
	wl, err := findWorkload(c, in.Name)
	if err != nil {
		return nil, err
	}
	wl.ReturnURLs, wl.Updated = in.ReturnURLs, c.Now
	return workloadObject(c, wl), nil
}

func deleteWorkload(c *aws.Call, in workloadInput) (any, error) {
	if _, err := findWorkload(c, in.Name); err != nil {
		return nil, err
	}
	delete(c.Realm.Identities, in.Name)
	c.Realm.ForgetTokens(func(identity, _ string) bool { return identity == in.Name })
	return nil, nil
}

func listWorkloads(c *aws.Call, in listInput) (any, error) {
	found, ok := aws.Page(slices.Collect(maps.Values(c.Realm.Identities)), func(wl *state.Workload) string { return wl.Name }, "ListWorkloadIdentities", in.NextToken, cmp.Or(in.MaxResults, 20))
	if !ok {
		return nil, badToken()
	}
	list := []aws.Object{}
	for _, wl := range found.Items {
		list = append(list, aws.Object{"name": wl.Name, "workloadIdentityArn": state.WorkloadARN(c.Region, c.Account, wl.Name)})
	}
	return aws.WithToken(aws.Object{"workloadIdentities": list}, "nextToken", found.Next), nil
}
