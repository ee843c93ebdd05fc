package steps

import (
	"slices"
	"time"

	"agentcore-3lo/internal/run"
)

// The kinds of resource that a run makes, in the order in which it makes them.
const (
	KindUserPool       = "user_pool"
	KindDomain         = "user_pool_domain"
	KindResourceServer = "resource_server"
	KindClient         = "user_pool_client"
	KindRole           = "role"
	KindGateway        = "gateway"
	KindProvider       = "credential_provider"
	KindTarget         = "target"
)

// Resource describes something that a step makes.
type Resource struct {
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Service string `json:"service"`
	For     string `json:"for"`   // what it is for
	Takes   string `json:"takes"` // how long it usually takes
}

// Plan is what would be made, and where.
type Plan struct {
	Run       string            `json:"run"`
	Sandbox   bool              `json:"sandbox"`
	Account   string            `json:"account,omitempty"`
	Caller    string            `json:"caller,omitempty"`
	Region    string            `json:"region,omitempty"`
	Endpoints map[string]string `json:"endpoints,omitempty"`
	ReturnURL string            `json:"return_url,omitempty"`
	Resources []Resource        `json:"resources"`
	Cost      string            `json:"cost"`
	Time      string            `json:"takes"`
	Needs     string            `json:"needs"`
}

// Resources lists everything that the tutorial makes, in order.
func Resources(n Names) []Resource {
	var all []Resource
	for _, s := range Tutorial() {
		if s.Makes != nil {
			all = append(all, s.Makes(n)...)
		}
	}
	return all
}

// NewPlan describes a run before it begins. It calls nothing.
func NewPlan(run string, sandbox bool) Plan {
	p := Plan{Run: run, Sandbox: sandbox, Resources: Resources(Names{run}),
		Time: "About 5 minutes with an app at " + vendor.Name + " that exists, 15 with a new one.",
		Cost: "Cognito charges a little for a machine client each month it exists, and for each token; AgentCore for gateway calls and searches. " +
			"For an afternoon that is cents. Clean up and nothing goes on costing.",
		Needs: "A " + vendor.Name + " account that can make a Page, or an existing app there.",
	}
	if sandbox {
		p.Cost = "Nothing: the sandbox is part of this program."
		p.Needs = "Nothing: the sandbox plays AWS and " + vendor.Name + "."
		p.Time = "About 2 minutes."
	}
	return p
}

// Made is a resource that stands.
type Made struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	ID   string `json:"id"`
	ARN  string `json:"arn"`
}

// Left is a resource that cleanup could not remove.
type Left struct {
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// Recorded lists what the record says that the run has created and not removed,
// in the order of creation.
func Recorded(r *run.Record) []Made {
	all := []Made{}
	for _, x := range r.Resources {
		if !x.Made.IsZero() {
			all = append(all, Made{x.Kind, x.Name, x.ID, x.ARN})
		}
	}
	inOrder(all)
	return all
}

// LeftOf is all that the record says that the run has created, as left for one
// reason.
func LeftOf(r *run.Record, reason string) []Left {
	var all []Left
	for _, x := range Recorded(r) {
		all = append(all, Left{x.Kind, x.Name, x.ID, reason})
	}
	return all
}

// Made lists what the run has created and not removed, in the order of creation.
func (k *Kit) Made() (all []Made) {
	k.read(func(r *run.Record) { all = Recorded(r) })
	return all
}

// inOrder sorts resources by the order in which a run creates them.
func inOrder(all []Made) {
	order := []string{KindUserPool, KindDomain, KindResourceServer, KindClient, KindRole, KindGateway, KindProvider, KindTarget}
	slices.SortStableFunc(all, func(a, b Made) int { return slices.Index(order, a.Kind) - slices.Index(order, b.Kind) })
}

// intend writes down that a resource is about to be made: after a crash in
// between, the next start knows that it may exist.
func (k *Kit) intend(x run.Resource) error {
	x.Intended = time.Now().UTC()
	return k.update(func(r *run.Record) { r.Put(x) })
}

// made writes down that the resource exists.
func (k *Kit) made(x run.Resource) error {
	return k.update(func(r *run.Record) {
		if old := r.Find(x.Kind); old != nil {
			x.Intended = old.Intended
			if x.ClientToken == "" {
				x.ClientToken = old.ClientToken
			}
			if !old.Made.IsZero() && old.ID == x.ID {
				x.Made = old.Made
			}
		}
		if x.Made.IsZero() {
			x.Made = time.Now().UTC()
		}
		r.Put(x)
	})
}

// gone forgets resources that no longer exist.
func (k *Kit) gone(kinds ...string) error {
	return k.update(func(r *run.Record) {
		for _, kind := range kinds {
			r.Drop(kind)
		}
	})
}

// resource returns what is recorded of a kind; the zero value when nothing is.
func (k *Kit) resource(kind string) run.Resource {
	var x run.Resource
	k.read(func(r *run.Record) {
		if found := r.Find(kind); found != nil {
			x = *found
		}
	})
	return x
}
