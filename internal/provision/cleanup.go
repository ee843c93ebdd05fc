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

// DeleteAll deletes what was found, side by side where nothing depends on each other: a
// gateway waits for its targets, what the gateway needs waits for the gateway, and the
// rest of AgentCore waits for the targets, which may use it. A failure of one does not
// stop the others. A resource that may still be in use is kept.
func DeleteAll(ctx context.Context, s Scope, found Inventory) Failures {
	d := &deletion{s: s, found: found, failed: Failures{}}
	var both sync.WaitGroup
	for _, f := range found.Standing {
		if f.Kind == UserPool {
			both.Go(func() { d.delete(ctx, f) })
		}
	}
	both.Go(func() { d.agentCore(ctx) })
	both.Wait()
	return d.failed
}

// deletion deletes what was found of a run.
type deletion struct {
	s     Scope
	found Inventory

	mu     sync.Mutex
	failed Failures
}

// agentCore deletes everything but the user pools.
func (d *deletion) agentCore(ctx context.Context) {
	var target, gateway Obstacle // why what they use is kept
	if d.found.Unsure(Gateway) {
		target, gateway = Obstacle{"a target may still use it: ", d.found.Err}, Obstacle{"the gateway may still use it: ", d.found.Err}
	}
	i := slices.IndexFunc(d.found.Standing, func(f *Found) bool { return f.Kind == Gateway })
	if i >= 0 {
		if err := d.attempt(Target, "deleting the targets", func() error { return d.targets(ctx, d.found.Standing[i]) }); err != nil {
			d.note(Gateway, Obstacle{"it still has a target: ", err})
			target, gateway = Obstacle{"a target may still use it: ", err}, Obstacle{"the gateway may still use it: ", err}
		}
	}
	needed, _ := kindOf(Gateway).describe(Inputs{})
	var all sync.WaitGroup
	all.Go(func() {
		if i >= 0 && target.Err == nil {
			f := d.found.Standing[i]
			if err := d.attempt(Gateway, "deleting the gateway "+f.ID, func() error { return removeGateway(ctx, d.s, f) }); err != nil {
				gateway = Obstacle{"the gateway may still use it: ", err}
			}
		}
		d.rest(ctx, gateway, func(kind string) bool { return slices.Contains(needed.Needs, kind) })
	})
	all.Go(func() {
		d.rest(ctx, target, func(kind string) bool { return !slices.Contains(needed.Needs, kind) })
	})
	all.Wait()
}

// targets deletes the targets of the run's gateway, as they were found if that was just
// now.
func (d *deletion) targets(ctx context.Context, gateway *Found) error {
	if !gateway.current() {
		return DeleteTargets(ctx, d.s, gateway)
	}
	var all []*Found
	for _, f := range d.found.Standing {
		if f.Kind == Target {
			all = append(all, f)
		}
	}
	if err := removeTargets(ctx, d.s, gateway.ID, all); err != nil {
		return err
	}
	return d.s.Run.Gone(Target)
}

// rest deletes the other kinds that have no parent, side by side, or notes why they are
// kept.
func (d *deletion) rest(ctx context.Context, inUse Obstacle, which func(kind string) bool) {
	var all sync.WaitGroup
	for _, f := range d.found.Standing {
		switch {
		case f.Kind == Gateway || f.Kind == UserPool || parent(f.Kind) != "" || !which(f.Kind):
		case inUse.Err != nil:
			d.note(f.Kind, inUse)
		default:
			all.Go(func() { d.delete(ctx, f) })
		}
	}
	all.Wait()
}

func (d *deletion) delete(ctx context.Context, f *Found) {
	_ = d.attempt(f.Kind, "deleting the "+Title(f.Kind), func() error { return Delete(ctx, d.s, f) }) // it is noted
}

// attempt deletes something and notes why that failed.
func (d *deletion) attempt(kind, doing string, remove func() error) error {
	err := advice.Fail(doing, Guarded(remove))
	if err != nil {
		d.note(kind, Obstacle{Err: err})
	}
	return err
}

// note keeps the reasons, all of them where there are several of a kind.
func (d *deletion) note(kind string, o Obstacle) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if before := d.failed[kind].Err; before != nil {
		o.Err = errors.Join(before, o.Err)
	}
	d.failed[kind] = o
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
