package ownership

import (
	"regexp"
)

// The tags of everything that is created.
const (
	tagCreator = "created-by"
	tagRun     = "run"
	tagOwner   = "owner"
	creator    = "agentcore-3lo"
	// tagCaller is what versions before the owner's tag wrote in its place: the
	// caller's whole ARN, session name included.
	tagCaller = "caller"
)

// Tags mark what the owner creates for a run.
func Tags(run string, o Owner) map[string]string {
	return map[string]string{tagCreator: creator, tagRun: run, tagOwner: o.String()}
}

// Claim is what the tags of a resource say: which run created it, and whose
// that is.
type Claim struct {
	Run   string
	Owner Owner
	// Caller is the value of the older tag, "" where there is the owner's. It
	// does not name the computer, and its principal has _ for some characters.
	Caller string
}

// ReadTags returns what the tags claim; ok is false where they are not this
// program's, or name no owner.
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

// Relation says whether what carries the claim is the owner's.
func (c Claim) Relation(o Owner) Relation {
	if c.Caller != "" {
		o.Principal = replaced.ReplaceAllString(o.Principal, "_")
	}
	if len(c.Caller) == longestValue { // cut off
		o.Principal = o.Principal[:min(len(o.Principal), len(c.Owner.Principal))]
	}
	return o.Relation(c.Owner)
}

// longestValue is how long a tag's value may be.
const longestValue = 256

// replaced is what the older tag could not hold.
var replaced = regexp.MustCompile(`[^a-zA-Z0-9\s._:/=+@-]`)

// Origin names the owner for a person.
func (o Owner) Origin() string {
	if o.Computer == "" {
		return o.Principal + ", computer unknown"
	}
	return o.Principal + ", computer " + o.Computer[:min(8, len(o.Computer))]
}
