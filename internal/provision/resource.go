// Package provision describes AWS resources as data: each kind says what it wants,
// and planning, creating, comparing, listing and deleting follow from that.
package provision

import (
	"slices"
	"strings"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/vendors"
)

// The kinds of resource that a run creates. They are public: plans, records and
// NDJSON name them.
const (
	UserPool       = "user_pool"
	Domain         = "user_pool_domain"
	ResourceServer = "resource_server"
	Client         = "user_pool_client"
	Role           = "role"
	Gateway        = "gateway"
	Provider       = "credential_provider"
	Target         = "target"
)

// Title is a kind in words.
func Title(kind string) string {
	if kind == Client {
		return "app client" // as the console and the lessons call it
	}
	return strings.ReplaceAll(kind, "_", " ")
}

// Resource describes one resource of a run, whether or not it exists. The plan, the
// creation, the comparison and the deletion all use it.
type Resource struct {
	Kind    string   `json:"kind"`
	Name    string   `json:"name"`
	About            // what a person should know of it
	Parent  string   `json:"-"` // the kind with which it is deleted; "" = none
	Needs   []string `json:"-"` // kinds that must exist before; they are deleted after it
	Desired any      `json:"-"` // the input of the call that creates it, without what only that call may see: a secret, an idempotency token
}

// About is what the user should know about a resource.
type About struct {
	Service string `json:"service"`
	For     string `json:"for"`   // what it is for
	Takes   string `json:"takes"` // how long it usually takes
}

// Inputs determine the resources of a run.
type Inputs struct {
	Record run.Record          // its name, its settings, and what it has created so far
	AWS    *awsenv.Environment // nil before an account is known
	Vendor vendors.Vendor
	Tags   map[string]string // of everything that can be tagged
}

func (in Inputs) names() run.Names { return run.Names{Run: in.Record.Run} }

// id is the recorded ID of a kind; "" where it does not exist yet.
func (in Inputs) id(kind string) string {
	if x := in.Record.Find(kind); x != nil {
		return x.ID
	}
	return ""
}

// arn is the recorded ARN of a kind.
func (in Inputs) arn(kind string) string {
	if x := in.Record.Find(kind); x != nil {
		return x.ARN
	}
	return ""
}

// Describe returns all resources of a run in the order of creation. A resource is
// incomplete if it needs another one that does not exist yet.
func Describe(in Inputs) []Resource {
	var all []Resource
	for _, k := range kinds {
		if r, wanted := k.describe(in); wanted {
			all = append(all, r)
		}
	}
	return all
}

// kinds has one entry for each kind, in the order of creation.
var kinds = []kind{userPool{}, domain{}, resourceServer{}, client{}, role{}, gateway{}, provider{}, target{}}

// kindOf returns how a kind is handled.
func kindOf(name string) kind {
	for _, k := range kinds {
		if r, _ := k.describe(Inputs{}); r.Kind == name {
			return k
		}
	}
	return nil
}

// order is a kind's place in the order of creation.
func order(name string) int {
	return slices.IndexFunc(kinds, func(k kind) bool { r, _ := k.describe(Inputs{}); return r.Kind == name })
}

// parent is the parent of a kind; "" = none. A child is deleted with its parent.
func parent(name string) string {
	k := kindOf(name)
	if k == nil {
		return ""
	}
	r, _ := k.describe(Inputs{})
	return r.Parent
}

// children are the kinds that are deleted with a kind, in the order of creation.
func children(name string) []string {
	var all []string
	for _, k := range kinds {
		if r, _ := k.describe(Inputs{}); r.Parent == name {
			all = append(all, r.Kind)
		}
	}
	return all
}

// withChildren are a kind and those that are deleted with it.
func withChildren(name string) []string { return append([]string{name}, children(name)...) }
