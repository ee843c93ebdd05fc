package ownership

import "agentcore-3lo/internal/pattern"

// The tags of everything that is created.
const (
	tagCreator = "created-by"
	tagRun     = "run"
	tagOwner   = "owner"
	creator    = "agentcore-3lo"
	// tagCaller is the tag of earlier versions in place of the owner: the caller's
	// whole ARN, including the session name.
	tagCaller = "caller"
)

// Tags mark what the owner creates for a run.
func Tags(run string, o Owner) map[string]string {
	return map[string]string{tagCreator: creator, tagRun: run, tagOwner: o.String()}
}

// Claim is the run and the owner in the tags of a resource.
type Claim struct {
	Run   string
	Owner Owner
	// Caller is the value of the older tag; "" = there is an owner. It does not name
	// the computer, and its principal has _ for some characters.
	Caller string
}

// ReadTags returns what the tags claim. ok is false if they are not from this program,
// or name no owner.
func ReadTags(tags map[string]string) (c Claim, ok bool) {
	if tags[tagCreator] != creator || tags[tagRun] == "" {
		return Claim{}, false
	}
	c.Run = tags[tagRun]
	value, present := tags[tagOwner]
	var err error
	if present {
		c.Owner, err = Parse(value)
	} else {
		c.Caller = tags[tagCaller]
		c.Owner, err = Of(c.Caller, "")
	}
	return c, err == nil
}

// Relation says whether a resource with this claim belongs to the owner.
func (c Claim) Relation(o Owner) Relation {
	if c.Caller != "" {
		o.Principal = replaced.ReplaceAllString(o.Principal, "_")
	}
	if len(c.Caller) == longestValue { // cut off
		o.Principal = o.Principal[:min(len(o.Principal), len(c.Owner.Principal))]
	}
	return o.Relation(c.Owner)
}

// longestValue is the longest value of a tag, in characters.
const longestValue = 256

// replaced matches characters that the older tag could not contain.
var replaced = pattern.New(`[^a-zA-Z0-9\s._:/=+@-]`)

// Origin describes the owner for the user.
func (o Owner) Origin() string {
	if o.Computer == "" {
		return o.Principal + ", computer unknown"
	}
	return o.Principal + ", computer " + o.Computer[:min(8, len(o.Computer))]
}
