package steps

import (
	"fmt"
	"regexp"

	"agentcore-3lo/internal/world"
)

// notOurs names something that stands in the way and is never touched.
func notOurs(kind, name, id string) error {
	return Problem{Doing: "looking for the " + kind + " " + name,
		Err:  fmt.Errorf("the %s %s (%s) exists, and this run did not make it; it is left alone", kind, name, id),
		Next: "Use another run name (--new, or --run NAME), or remove it yourself."}
}

const (
	tagCreator = "created-by"
	tagRun     = "run"
	tagCaller  = "caller"
	creator    = "agentcore-3lo"
)

// tags mark everything that is made. The caller's stands beside the design's
// two so that `cleanup --all` leaves a colleague's runs alone.
func (k *Kit) tags(w *world.World) map[string]string {
	return map[string]string{tagCreator: creator, tagRun: k.Names.Run, tagCaller: callerTag(w)}
}

// untaggable is what a tag value may not hold in at least one of the services.
var untaggable = regexp.MustCompile(`[^a-zA-Z0-9\s._:/=+@-]`)

func callerTag(w *world.World) string {
	value := untaggable.ReplaceAllString(w.CallerARN, "_")
	return value[:min(len(value), 256)]
}

func (k *Kit) tagged(tags map[string]string) bool {
	return tags[tagCreator] == creator && tags[tagRun] == k.Names.Run
}
