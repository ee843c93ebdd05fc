package provision

import (
	"fmt"
	"regexp"

	"agentcore-3lo/internal/run"
)

var runName = regexp.MustCompile(`^[0-9A-Za-z](-?[0-9A-Za-z])*$`)

// CheckRunName refuses a name from which AWS would not take resource names. The
// longest one made of it, the role's, has 64 characters at most.
func CheckRunName(name string) error {
	if len(name) > 36 || !runName.MatchString(name) {
		return fmt.Errorf("%q is no run name: letters and digits, single hyphens between them, at most 36 characters", name)
	}
	return run.CheckName(name)
}
