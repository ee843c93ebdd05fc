package provision

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/wait"
)

// kind handles the resources of one kind. Ensure and Delete have what all kinds have
// in common.
type kind interface {
	// describe returns the resource; wanted is false if the run needs none.
	describe(Inputs) (r Resource, wanted bool)
	// find returns the run's resource, or nil. If a resource with its name or ID is
	// not the run's, or cannot be verified, it returns an error.
	find(context.Context, Scope, Resource) (*Found, error)
	// create records the intention and creates it.
	create(context.Context, Scope, Resource) (*Found, error)
	// correct updates what differs from the desired state, and reports whether
	// anything did.
	correct(context.Context, Scope, Resource, *Found) (differed bool, err error)
	// remove deletes it and waits until it no longer exists.
	remove(context.Context, Scope, *Found) error
}

// settling is a kind whose creation takes time.
type settling interface {
	// ready waits until the resource can be used, and returns its new state.
	ready(context.Context, Scope, *Found) (*Found, error)
}

// Found is a resource that exists and is the run's.
type Found struct {
	Kind, Name, ID, ARN string
	State               State
	Status, Reason      string // from the service
	Basis               string // distinguishes it from an earlier one with the same ID
	Detail              any    // the service's description; nil = not read
	read                time.Time
}

// justRead is how long a resource that is about to be deleted needs no second look.
const justRead = 30 * time.Second

// current reports whether the resource was read just now, and is not changing.
func (f *Found) current() bool {
	return !f.read.IsZero() && time.Since(f.read) < justRead && f.State != Changing
}

// State is what can be done with a resource.
type State int

// The states.
const (
	Usable State = iota
	Changing
	Broken // it can only be deleted
	BeingDeleted
)

func (f *Found) resource() run.Resource {
	return run.Resource{Kind: f.Kind, Name: f.Name, ID: f.ID, ARN: f.ARN, Basis: f.Basis}
}

// Ensure makes sure that the run's resource of a kind exists as desired. It creates no
// duplicate, and changes nothing that is not the run's.
func Ensure(ctx context.Context, s Scope, name string) (*Found, error) {
	s.Memory.drop(withChildren(name)...)
	have, err := ensure(ctx, s, name)
	if err == nil {
		s.Memory.keep(have)
	}
	return have, err
}

func ensure(ctx context.Context, s Scope, name string) (*Found, error) {
	k, want := s.want(name)
	title := Title(name) + " " + want.Name
	have, err := present(ctx, s, k, want)
	if err != nil {
		return nil, advice.Fail("looking for the "+title, err)
	}
	if have != nil && (have.State == Broken || have.State == BeingDeleted) {
		s.Tell(event.Change{Kind: name, Name: want.Name, ID: have.ID, Found: unusable(have), Reason: strings.TrimPrefix(have.Status+": "+have.Reason, ": ")})
		if err := k.remove(ctx, s, have); err != nil {
			return nil, advice.Fail("removing the failed "+title, err)
		}
		_, want = s.want(name)
		have = nil
	}
	if have == nil {
		if have, err = k.create(ctx, s, want); err != nil {
			return nil, advice.Fail("creating the "+title, err)
		}
	}
	s.Tell(event.Fact{Label: label(name), Value: have.ID})
	if have.Basis == "" {
		have.Basis = s.Run.Resource(name).Basis
	}
	if err := s.Run.Made(have.resource()); err != nil {
		return nil, err
	}
	if slow, ok := k.(settling); ok {
		if have, err = slow.ready(ctx, s, have); err != nil {
			return nil, advice.Fail("waiting for the "+Title(name)+" to be READY", err)
		}
	}
	if _, err := k.correct(ctx, s, want, have); err != nil {
		return nil, advice.Fail("updating the "+title, err)
	}
	if have.Basis != "" && have.Basis != s.Run.Resource(name).Basis {
		return have, s.Run.Made(have.resource())
	}
	return have, nil
}

// await reads a resource until usable says that it is. It begins with what the service
// has just said of it, if that was all or that it is not usable yet. what names it.
func (s Scope) await(ctx context.Context, what string, span wait.Span, have *Found, read func(context.Context) (*Found, error), usable func(*Found) (bool, error)) (*Found, error) {
	x, fresh := have, have.Detail != nil || have.State == Changing
	err := s.poll(ctx, what, span, func(ctx context.Context) (state string, done bool, err error) {
		if !fresh {
			if x, err = read(ctx); err != nil {
				return "", false, err
			}
		}
		fresh = false
		done, err = usable(x)
		return x.Status, done, err
	})
	return x, err
}

func unusable(f *Found) event.Found {
	if f.State == BeingDeleted {
		return event.Deleting
	}
	return event.Failed
}

// label is a kind at the beginning of a line.
func label(name string) string {
	title := Title(name)
	return strings.ToUpper(title[:1]) + title[1:]
}

// present finds the run's resource, and reports one that no longer exists.
// It does not look for what this process has certainly not created yet.
func present(ctx context.Context, s Scope, k kind, want Resource) (*Found, error) {
	if s.Run.Untouched(want.Kind) {
		return nil, nil
	}
	have, err := k.find(ctx, s, want)
	known := s.Run.Resource(want.Kind)
	if err != nil || known.Made.IsZero() || have != nil && have.ID == known.ID {
		return have, err
	}
	if have == nil {
		s.Tell(event.Change{Kind: want.Kind, Name: want.Name, ID: known.ID, Found: event.Gone})
		return nil, s.Run.Gone(withChildren(want.Kind)...)
	}
	return have, s.Run.Gone(slices.DeleteFunc(withChildren(want.Kind), func(kind string) bool { return kind == want.Kind })...)
}

// Own returns the run's resource of a kind, nil if there is none, or an error if it is
// not the run's or cannot be verified. It need not be read if this process has just
// done so.
func Own(ctx context.Context, s Scope, name string) (*Found, error) {
	return s.known(name, func() (*Found, error) {
		k, want := s.want(name)
		return k.find(ctx, s, want)
	})
}

// Delete deletes a resource of the run with its children, and waits until it no longer
// exists. Its owner was verified when it was found; a resource identified only by name
// is verified again.
func Delete(ctx context.Context, s Scope, found *Found) error {
	k := kindOf(found.Kind)
	if k == nil {
		return fmt.Errorf("there is no kind %q", found.Kind)
	}
	s.Memory.drop(withChildren(found.Kind)...)
	return k.remove(ctx, s, found)
}

// Follow updates an existing resource to the desired state, and reports whether
// something differed. It does nothing if the resource does not exist.
func Follow(ctx context.Context, s Scope, name string) (differed bool, err error) {
	have, err := Own(ctx, s, name)
	if have == nil || err != nil {
		return false, err
	}
	k, want := s.want(name)
	have.Basis = s.Run.Resource(name).Basis
	if differed, err = k.correct(ctx, s, want, have); differed {
		s.Memory.drop(name)
	}
	return differed, err
}
