package provision

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/text"
)

// Made is a resource that exists.
type Made struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	ID   string `json:"id"`
	ARN  string `json:"arn"`
}

// Left is a resource that cleanup could not remove, or could not verify.
type Left struct {
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// Inventory lists which resources of a run exist, by their tags, and what could not be
// verified.
type Inventory struct {
	Standing []*Found // in the order of creation
	Unread   []Left
	Err      error // the first reason why something could not be verified
}

// Has reports whether a resource of the kind exists.
func (x Inventory) Has(kind string) bool {
	return slices.ContainsFunc(x.Standing, func(f *Found) bool { return f.Kind == kind })
}

// Unsure reports whether a resource of the kind may exist.
func (x Inventory) Unsure(kind string) bool {
	return slices.ContainsFunc(x.Unread, func(l Left) bool { return l.Kind == kind })
}

// Made lists what exists.
func (x Inventory) Made() []Made {
	all := []Made{}
	for _, f := range x.Standing {
		all = append(all, Made{f.Kind, f.Name, f.ID, f.ARN})
	}
	return all
}

// Look looks up everything that the run has created or may have created, side by side.
// If something cannot be verified, the rest is still listed.
func Look(ctx context.Context, s Scope) Inventory {
	var parts []*census
	var all sync.WaitGroup
	for _, k := range kinds {
		r, _ := k.describe(Inputs{})
		if r.Parent != "" {
			continue
		}
		c := &census{s: s}
		parts = append(parts, c)
		all.Go(func() {
			c.missed(r.Kind, r.Name, s.Run.Resource(r.Kind).ID, Guarded(func() error { c.count(ctx, r.Kind); return nil }))
		})
	}
	all.Wait()
	var found Inventory
	for _, c := range parts { // in the order of creation, whichever was faster
		found.Standing = append(found.Standing, c.found.Standing...)
		found.Unread = append(found.Unread, c.found.Unread...)
		found.Err = cmp.Or(found.Err, c.found.Err)
	}
	slices.SortStableFunc(found.Standing, func(a, b *Found) int { return order(a.Kind) - order(b.Kind) })
	return found
}

// census builds the inventory of one kind and its children.
type census struct {
	s     Scope
	found Inventory
}

func (c *census) count(ctx context.Context, kind string) {
	if kind == UserPool {
		c.pools(ctx)
	} else {
		c.own(ctx, kind)
	}
}

func (c *census) add(f *Found) { c.found.Standing = append(c.found.Standing, f) }

// own finds the run's resource of a kind, and its children.
func (c *census) own(ctx context.Context, name string) {
	k, want := c.s.want(name)
	f, err := k.find(ctx, c.s, want)
	id := want.Name
	if name == Gateway {
		id = c.s.Run.Resource(Gateway).ID
	}
	if c.missed(name, want.Name, id, err) {
		if c.found.Unsure(name) {
			c.unsureChildren("its "+Title(name)+" could not be checked", children(name)...)
		}
		return
	}
	if f == nil {
		return
	}
	c.add(f)
	for _, child := range children(name) {
		if child == Target { // a gateway may have others than the run's
			c.targets(ctx, f.ID)
		} else {
			c.own(ctx, child)
		}
	}
}

func (c *census) targets(ctx context.Context, gatewayID string) {
	all, err := targets(ctx, c.s, gatewayID)
	c.missed(Target, c.s.Vendor.Target, c.s.Run.Resource(Target).ID, err)
	for _, f := range all {
		c.add(f)
	}
}

// pools finds the recorded pool and every pool with the run's tags, each with its
// children.
func (c *census) pools(ctx context.Context) {
	name, known := c.s.names().UserPool(), c.s.Run.Resource(UserPool).ID
	all, err := poolsNamed(ctx, c.s, name)
	c.missed(UserPool, name, known, err)
	// The recorded pool counts even if the list does not show it.
	if known != "" && !slices.ContainsFunc(all, func(p *types.UserPoolType) bool { return aws.ToString(p.Id) == known }) {
		pool, err := describePool(ctx, c.s, known)
		if err == nil {
			all = append(all, pool)
		} else if !advice.Gone(err) {
			c.missed(UserPool, name, known, err)
		}
	}
	for _, p := range all {
		id := aws.ToString(p.Id)
		if c.missed(UserPool, name, id, c.s.verified(UserPool, name, id, p.UserPoolTags)) {
			continue
		}
		c.add(foundPool(p))
		c.childrenOf(ctx, p)
	}
	if c.found.Unsure(UserPool) && !c.found.Has(UserPool) {
		c.unsureChildren("its user pool could not be checked", children(UserPool)...)
	}
}

func (c *census) childrenOf(ctx context.Context, p *types.UserPoolType) {
	for _, d := range []string{aws.ToString(p.Domain), aws.ToString(p.CustomDomain)} {
		if d != "" {
			c.add(foundDomain(d))
		}
	}
	in := c.s.Inputs()
	in.Record.Put(run.Resource{Kind: UserPool, ID: aws.ToString(p.Id)}) // this pool, whatever the record says
	want, _ := resourceServer{}.describe(in)
	if f, err := (resourceServer{}).find(ctx, c.s, want); !c.missed(ResourceServer, want.Name, want.Name, err) && f != nil {
		c.add(f)
	}
	id, err := clientID(ctx, c.s, aws.ToString(p.Id), c.s.names().Client())
	if !c.missed(Client, c.s.names().Client(), c.s.Run.Resource(Client).ID, err) && id != "" {
		c.add(&Found{Kind: Client, Name: c.s.names().Client(), ID: id})
	}
}

// missed records what could not be verified, and reports whether there was an error. A
// resource that is verified not to be the run's is left alone.
func (c *census) missed(kind, name, id string, err error) bool {
	if err == nil {
		return false
	}
	var foreign *ForeignError
	switch recorded := !c.s.Run.Resource(kind).Made.IsZero(); {
	case !errors.As(err, &foreign):
		c.unverified(kind, name, id, "it could not be checked: "+Reason(err))
	case recorded && !foreign.Replaced():
		c.unverified(kind, name, id, "it "+text.CleanLine(foreign.Whose()))
	default:
		c.s.Tell(event.Note{Text: "Not this run's: " + foreign.Error() + "."})
		return true
	}
	if c.found.Err == nil {
		c.found.Err = err
	}
	return true
}

// unverified records what could not be verified. The first reason for a resource
// counts, because it is nearest to the cause.
func (c *census) unverified(kind, name, id, reason string) {
	if !slices.ContainsFunc(c.found.Unread, func(l Left) bool { return l.Kind == kind && l.Name == name && l.ID == id }) {
		c.found.Unread = append(c.found.Unread, Left{kind, name, id, reason})
	}
}

// unsureChildren lists the recorded children of a parent that could not be verified.
func (c *census) unsureChildren(reason string, kinds ...string) {
	for _, kind := range kinds {
		if x := c.s.Run.Resource(kind); !x.Made.IsZero() {
			c.unverified(kind, x.Name, x.ID, reason)
		}
	}
}

// Reason is an error as code and message, in one line.
func Reason(err error) string {
	f := advice.Read(err)
	if f.Code != "" {
		return text.CleanLine(f.Code + ": " + f.Message)
	}
	return text.CleanLine(f.Message)
}

// Recorded lists the resources in the record, in the order of creation.
func Recorded(r *run.Record) []Made {
	all := []Made{}
	for _, x := range r.Resources {
		if !x.Made.IsZero() {
			all = append(all, Made{x.Kind, x.Name, x.ID, x.ARN})
		}
	}
	slices.SortStableFunc(all, func(a, b Made) int { return order(a.Kind) - order(b.Kind) })
	return all
}

// LeftOf lists the resources in the record as left, all for the same reason.
func LeftOf(r *run.Record, reason string) []Left {
	var all []Left
	for _, x := range Recorded(r) {
		all = append(all, Left{x.Kind, x.Name, x.ID, reason})
	}
	return all
}

// Includes reports whether the resource with this ARN exists and is the run's.
func (x Inventory) Includes(arn string) bool {
	return slices.ContainsFunc(x.Standing, func(f *Found) bool { return f.ARN == arn })
}
