package steps

import (
	"context"
	"fmt"
	"regexp"
	"slices"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
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
func (k *Kit) tags(w *awsenv.Environment) map[string]string {
	return map[string]string{tagCreator: creator, tagRun: k.Names.Run, tagCaller: callerTag(w)}
}

// untaggable is what a tag value may not hold in at least one of the services.
var untaggable = regexp.MustCompile(`[^a-zA-Z0-9\s._:/=+@-]`)

func callerTag(w *awsenv.Environment) string {
	value := untaggable.ReplaceAllString(w.CallerARN, "_")
	return value[:min(len(value), 256)]
}

// tagged says whether these are the tags of this run, made by this caller or by
// one that has worked on it before: a colleague's run may have the same name.
func (k *Kit) tagged(tags map[string]string) bool {
	if tags[tagCreator] != creator || tags[tagRun] != k.Names.Run {
		return false
	}
	caller := tags[tagCaller]
	return caller == "" || caller == callerTag(k.World()) || slices.Contains(k.Record().Callers, caller)
}

// carriesOurTags asks for the tags of a gateway or a provider. Where they
// cannot be read, what was written down before the create decides: then it was
// looked for, was not there, and was about to be made; or other evidence. With
// none of it, a denial is an error.
func (t *Task) carriesOurTags(ctx context.Context, w *awsenv.Environment, kind, arn string, evidence ...func() bool) (bool, error) {
	out, err := w.Control.ListTagsForResource(ctx, &control.ListTagsForResourceInput{ResourceArn: &arn})
	if err == nil {
		return t.tagged(out.Tags), nil
	}
	if ctx.Err() != nil {
		return false, err
	}
	if !t.resource(kind).Intended.IsZero() {
		return true, nil
	}
	for _, speaks := range evidence {
		if speaks() {
			return true, nil
		}
	}
	if advice.NotAuthorized(err) { // the right to look would decide
		return false, fail("reading the tags of "+arn, err)
	}
	t.say("The tags of %s cannot be read (%s), so it does not count as this run's.", arn, brief(err))
	return false, nil
}
