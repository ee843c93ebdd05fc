package run

import (
	"maps"
	"strings"
)

// Within reports whether the run's environment is the chosen one. Empty fields
// and nil endpoints of the chosen one match everything.
func (w Environment) Within(chosen Environment) bool {
	switch {
	case w.Sandbox != chosen.Sandbox, loopback.Replace(w.SandboxURL) != loopback.Replace(chosen.SandboxURL):
		return false
	case chosen.Account != "" && w.Account != "" && chosen.Account != w.Account,
		chosen.Region != "" && w.Region != "" && chosen.Region != w.Region:
		return false
	}
	return w.Sandbox || chosen.Endpoints == nil || maps.Equal(chosen.Endpoints, w.Endpoints)
}

// loopback writes every name of this computer as 127.0.0.1, so that the same
// sandbox always has the same address.
var loopback = strings.NewReplacer("//localhost:", "//127.0.0.1:", "//[::1]:", "//127.0.0.1:")

// Select returns the matching runs that are not cleaned up, in the order given,
// and the first one that is.
func Select(all []*Record, fits func(*Record) bool) (left []*Record, cleaned *Record) {
	for _, r := range all {
		switch {
		case !fits(r):
		case r.Unfinished():
			left = append(left, r)
		case cleaned == nil:
			cleaned = r
		}
	}
	return left, cleaned
}
