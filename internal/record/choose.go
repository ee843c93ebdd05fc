package record

import (
	"fmt"
	"slices"
	"strings"
)

// Filter narrows the runs to those of one world. Zero fields do not narrow.
type Filter struct {
	Sandbox   *bool
	Account   string
	Region    string
	Endpoints map[string]string // those of the environment
}

// Match says whether the run lives in that world.
func (f Filter) Match(r *Record) bool {
	w := r.World
	switch {
	case f.Sandbox != nil && *f.Sandbox != w.Sandbox:
		return false
	case f.Account != "" && f.Account != w.Account, f.Region != "" && f.Region != w.Region:
		return false
	case w.Sandbox || len(f.Endpoints) == 0:
		return true // the run remembers its own endpoints
	}
	for name, endpoint := range w.Endpoints {
		present := f.Endpoints[name]
		if present == "" {
			present = f.Endpoints["AWS_ENDPOINT_URL"]
		}
		if present != endpoint {
			return false
		}
	}
	return len(w.Endpoints) > 0
}

// Select returns the matching runs that are not cleaned up, and apart from
// them the newest that is; both newest first.
func (f Filter) Select(all []*Record) (unfinished []*Record, cleaned *Record) {
	for _, r := range all {
		switch {
		case !f.Match(r):
		case r.Unfinished():
			unfinished = append(unfinished, r)
		case cleaned == nil:
			cleaned = r
		}
	}
	return unfinished, cleaned
}

// AmbiguousError says that several runs could be meant.
type AmbiguousError struct{ Runs []string }

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("there are %d unfinished runs: %s", len(e.Runs), strings.Join(e.Runs, ", "))
}

// Names lists the runs' names.
func Names(all []*Record) []string {
	var names []string
	for _, r := range all {
		names = append(names, r.Run)
	}
	slices.Sort(names)
	return names
}
