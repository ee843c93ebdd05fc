package provision

import (
	"context"
	"errors"
	"slices"
	"sync"

	"agentcore-3lo/internal/advice"
)

// Failures are why resources could not be deleted, by kind.
type Failures map[string]Obstacle

// Obstacle is an error that prevented a deletion, and how.
type Obstacle struct {
	Because string // "" = the error is from deleting the resource itself
	Err     error
}

// First is the first error in the order of deletion; nil = none.
func (f Failures) First() error {
	for _, kind := range append([]string{Target, Gateway}, lastFirst()...) {
		if f[kind].Err != nil {
			return f[kind].Err
		}
	}
	return nil
}

// lastFirst are all kinds, the one that is created last first.
func lastFirst() []string {
	var all []string
	for _, k := range slices.Backward(kinds) {
		r, _ := k.describe(Inputs{})
		all = append(all, r.Kind)
	}
	return all
}

// DeleteAll deletes what was found, in the reverse order of creation. The resources
// of AgentCore with the role, and those of Cognito, are deleted in parallel. A failure
// of one does not stop the other. A resource that may still be in use is kept.
func DeleteAll(ctx context.Context, s Scope, found Inventory) Failures {
	var both sync.WaitGroup
	var pools error
	both.Go(func() {
		for _, f := range found.Standing {
			if f.Kind == UserPool {
				pools = errors.Join(pools, advice.Fail("deleting the user pool", Guarded(func() error { return Delete(ctx, s, f) })))
			}
		}
	})
	failed := Failures{}
	both.Go(func() {
		if err := Guarded(func() error { deleteAgentCore(ctx, s, found, failed); return nil }); err != nil {
			failed[Gateway] = Obstacle{Err: err}
		}
	})
	both.Wait()
	if pools != nil {
		failed[UserPool] = Obstacle{Err: pools}
	}
	return failed
}

// deleteAgentCore deletes the target first and the role last: without its role, a
// gateway cannot be deleted.
func deleteAgentCore(ctx context.Context, s Scope, found Inventory, failed Failures) {
	for _, f := range found.Standing {
		if f.Kind != Gateway {
			continue
		}
		if err := advice.Fail("deleting the targets", DeleteTargets(ctx, s, f.ID)); err != nil {
			failed[Target], failed[Gateway] = Obstacle{Err: err}, Obstacle{"it still has a target: ", err}
		} else if err := advice.Fail("deleting the gateway "+f.ID, Delete(ctx, s, f)); err != nil {
			failed[Gateway] = Obstacle{Err: err}
		}
	}
	inUse := map[string]Obstacle{}
	if err := failed[Target].Err; err != nil {
		inUse[Provider] = Obstacle{"a target may still use it: ", err}
	}
	if err := failed[Gateway].Err; err != nil {
		inUse[Role] = Obstacle{"the gateway may still use it: ", err}
	}
	if found.Unsure(Gateway) {
		inUse[Provider] = Obstacle{"a target may still use it: ", found.Err}
		inUse[Role] = Obstacle{"the gateway may still use it: ", found.Err}
	}
	for _, f := range slices.Backward(found.Standing) {
		if f.Kind == Gateway || f.Kind == UserPool || parent(f.Kind) != "" {
			continue
		}
		o := inUse[f.Kind]
		if o.Err == nil {
			o.Err = advice.Fail("deleting the "+Title(f.Kind), Delete(ctx, s, f))
		}
		if o.Err != nil {
			failed[f.Kind] = o
		}
	}
}

// Remaining lists what still exists or could not be verified, each with the
// reason.
func Remaining(now Inventory, failures Failures) []Left {
	var left []Left
	for _, f := range now.Standing {
		left = append(left, Left{f.Kind, f.Name, f.ID, whyLeft(f.Kind, failures)})
	}
	for _, x := range now.Unread { // what was found certainly exists
		if !slices.ContainsFunc(left, func(l Left) bool { return l.Kind == x.Kind && l.ID == x.ID }) {
			left = append(left, x)
		}
	}
	return left
}

func whyLeft(kind string, failures Failures) string {
	switch o := failures[kind]; {
	case o.Err != nil:
		return o.Because + Reason(o.Err)
	case parent(kind) != "" && kind != Target: // targets are deleted before their gateway
		return "it is deleted with its " + Title(parent(kind))
	}
	return "it still exists"
}
