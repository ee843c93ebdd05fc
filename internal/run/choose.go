package run

import (
	"maps"
	"strings"
)

// Within says whether the run's environment is the chosen one. Empty fields of
// the chosen one, and nil endpoints, choose nothing.
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

// loopback gives a sandbox's address one name: it is served on this computer, and
// which of its names is used makes no other sandbox of it.
var loopback = strings.NewReplacer("//localhost:", "//127.0.0.1:", "//[::1]:", "//127.0.0.1:")

// Select returns the runs that fit and are not cleaned up, and apart from them
// the newest that is; both in the order given.
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
