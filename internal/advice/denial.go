package advice

import (
	"slices"
	"strings"

	"agentcore-3lo/internal/pattern"
)

// denial is what an access denied error says: IAM user guide, “Troubleshoot access
// denied error messages”
// (docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html).
type denial struct {
	Action   string // "" = not said
	Resource string // an ARN, or "*"
	Explicit bool   // a Deny matched, rather than no Allow
	Policy   string // type of the policy that decided, in lower case; "" = not said
	ARN      string // of that policy, where AWS names it; "" = not said
}

var (
	notAuthorized = pattern.New(`not authorized to perform:? ?(\S+?)(?: on resource: (\S+?))?(?:[\s,]|\.?$)`)
	// The policy's ARN follows its type in newer answers (AWS Security Blog,
	// “Enhanced access denied error messages with policy ARNs”).
	decidedBy = pattern.New(`(?i)(with an explicit deny|because no) ?(?:in an? |in the )?(service control policy|resource control policy|session policy|permissions boundary|VPC endpoint policy|identity-based policy|resource-based policy|role trust policy)?(?:: ?(arn:[^\s,]+))?`)
)

// readDenial reads what a service said.
func readDenial(message string) denial {
	d := denial{Resource: "*"}
	if found := notAuthorized.FindStringSubmatch(message); found != nil {
		d.Action = strings.Trim(found[1], `.,"`)
		// IAM's older answers name a resource as "role NAME", which no policy can.
		if resource := strings.Trim(found[2], `.,"`); strings.HasPrefix(resource, "arn:") {
			d.Resource = resource
		}
	}
	if found := decidedBy.FindStringSubmatch(message); found != nil {
		d.Explicit = strings.EqualFold(found[1], "with an explicit deny")
		d.Policy, d.ARN = strings.ToLower(found[2]), strings.TrimRight(found[3], ".")
	}
	return d
}

// deciders are the policies that an Allow for the caller does not override.
var deciders = map[string]Cause{
	"service control policy":  DeniedByOrganization,
	"resource control policy": DeniedByOrganization,
	"session policy":          DeniedBySession,
	"permissions boundary":    DeniedByBoundary,
	"vpc endpoint policy":     DeniedByVPCEndpoint,
	"role trust policy":       DeniedByTrustPolicy,
}

// cause of the denial; "" = it is not one.
func (d denial) cause() Cause {
	switch decider := deciders[d.Policy]; {
	case decider != "":
		return decider
	case d.Explicit:
		return ExplicitDeny
	case d.Action != "":
		return ActionNotAllowed
	}
	return ""
}

// NotAuthorized recognizes a denial that names the missing action.
func NotAuthorized(err error) bool { return notAuthorized.MatchString(err.Error()) }

// createsRole reports whether the action creates or changes the gateway's role.
func (d denial) createsRole() bool {
	return slices.ContainsFunc([]string{"iam:CreateRole", "iam:TagRole", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:PutRolePermissionsBoundary"},
		func(a string) bool { return strings.EqualFold(a, d.Action) })
}
