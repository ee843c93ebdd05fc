package advice

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// accessDenied is the page that has the wordings of refusals.
const accessDenied = "IAM user guide, “Troubleshoot access denied error messages” (docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html)"

// denialCauses are refusals that no Allow cures, of any call, also of one that
// the sign-in makes.
func denialCauses() []Cause {
	return []Cause{
		{Name: "denied by an organization's policy", Exit: ExitDenied, Source: accessDenied,
			Matches: deniedBy("service control policy", "resource control policy"),
			Next: refusal(func(d denial, who string) string {
				return fmt.Sprintf("A %s of your AWS organization does not let %s do this%s. An Allow in this account does not help. Ask the administrator of the organization for an exception.", d.Policy, who, d.named())
			})},
		{Name: "denied by a session policy", Exit: ExitDenied, Source: accessDenied,
			Matches: deniedBy("session policy"),
			Next: refusal(func(d denial, who string) string {
				return fmt.Sprintf("The session policy of these credentials does not let %s do this%s. An Allow for the role or user does not help. Get credentials without that session policy from whoever issues them.", who, d.named())
			})},
		{Name: "denied by a permissions boundary", Exit: ExitDenied, Source: accessDenied,
			Matches: deniedBy("permissions boundary"),
			Next: refusal(func(d denial, who string) string {
				return fmt.Sprintf("The permissions boundary of %s does not include this%s. An Allow in another policy does not help. Ask an administrator to widen the boundary, or use credentials without it.", who, d.named())
			})},
		{Name: "denied by a VPC endpoint policy", Exit: ExitDenied, Source: accessDenied,
			Matches: deniedBy("VPC endpoint policy"),
			Next: refusal(func(d denial, who string) string {
				return fmt.Sprintf("The policy of the VPC endpoint through which this machine reaches AWS does not let %s do this%s. An Allow for the caller does not help. Ask whoever runs the network to change the endpoint's policy, or run from a network without that endpoint.", who, d.named())
			})},
		{Name: "explicit deny", Exit: ExitDenied, Source: accessDenied,
			Matches: func(f Facts) bool {
				d := readDenial(f.Err)
				return d.Explicit && d.Policy != "role trust policy"
			},
			Next: refusal(func(d denial, who string) string {
				return fmt.Sprintf("A Deny%s forbids %s to do this%s. Another Allow does not help. Ask an administrator to take the Deny away; where it holds only for sessions without MFA, sign in with MFA.", d.in(), who, d.named())
			})},
	}
}

// permissionCauses are refusals of a caller who is signed in.
func permissionCauses() []Cause {
	return []Cause{
		{Name: "denied by a trust policy", Exit: ExitDenied, Source: accessDenied,
			Matches: deniedBy("role trust policy"),
			Next: refusal(func(d denial, who string) string {
				return fmt.Sprintf("The role's trust policy does not let %s assume it%s. Ask the owner of the role to add the caller to its trust policy.", who, d.named())
			})},
		{Name: "action not allowed", Exit: ExitDenied, Source: accessDenied,
			Matches: func(f Facts) bool { return NotAuthorized(f.Err) },
			Next:    missingStatement},
		{Name: "access denied", Exit: ExitDenied,
			Source: "AWS, common errors",
			Matches: func(f Facts) bool {
				return f.HasCode("AccessDenied", "AccessDeniedException", "UnauthorizedException", "NotAuthorizedException", "UnauthorizedOperation")
			},
			Next: text(func(s Situation) string {
				return "Ask an administrator to allow these credentials what the walkthrough needs. This prints the policy: " + s.Run("policy") + "\nThen resume: " + s.Retry
			})},
	}
}

// denial is what a refusal says of itself.
type denial struct {
	Action   string
	Resource string // an ARN, or "*"
	Explicit bool   // a Deny matched, rather than no Allow
	Policy   string // type of the policy that decided; "" = not said
	ARN      string // of that policy, where AWS names it; "" = not said
}

var (
	notAuthorized = regexp.MustCompile(`not authorized to perform:? ?(\S+?)(?: on resource: (\S+?))?(?:[\s,]|\.?$)`)
	// The policy's ARN follows its type in newer answers (AWS Security Blog,
	// “Enhanced access denied error messages with policy ARNs”).
	decidedBy = regexp.MustCompile(`(?i)(with an explicit deny|because no) ?(?:in an? |in the )?(service control policy|resource control policy|session policy|permissions boundary|VPC endpoint policy|identity-based policy|resource-based policy|role trust policy)?(?:: ?(arn:[^\s,]+))?`)
)

func readDenial(err error) denial {
	message := err.Error()
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
		d.Policy, d.ARN = found[2], strings.TrimRight(found[3], ".")
	}
	return d
}

func deniedBy(policies ...string) func(Facts) bool {
	return func(f Facts) bool {
		d := readDenial(f.Err)
		return slices.ContainsFunc(policies, func(p string) bool { return strings.EqualFold(p, d.Policy) })
	}
}

func (d denial) named() string {
	if d.ARN == "" {
		return ""
	}
	return " (" + d.ARN + ")"
}

func (d denial) in() string {
	if d.Policy == "" {
		return ""
	}
	return " in a policy of the type “" + d.Policy + "”"
}

// NotAuthorized recognises a denial that names the missing action.
func NotAuthorized(err error) bool { return notAuthorized.MatchString(err.Error()) }

// makesRole says that the action makes or changes the gateway's role.
func (d denial) makesRole() bool {
	return slices.ContainsFunc([]string{"iam:CreateRole", "iam:TagRole", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:PutRolePermissionsBoundary"},
		func(a string) bool { return strings.EqualFold(a, d.Action) })
}

// refusal is the advice for what an Allow does not cure. Where a role cannot be
// created, there are two ways around.
func refusal(say func(d denial, who string) string) func(Facts, Situation) string {
	return func(f Facts, s Situation) string {
		d := readDenial(f.Err)
		advice := say(d, s.who(f))
		if d.makesRole() {
			advice += "\nOr use a role that exists: " + s.Run("walk", "--role-arn", "ARN") +
				"\nIf new roles must have a permissions boundary here, name it: " + s.Run("walk", "--permissions-boundary", "ARN")
		}
		return advice + "\nThen resume: " + s.Retry
	}
}

// who was refused.
func (s Situation) who(f Facts) string {
	switch {
	case s.Role != "" && strings.Contains(f.Err.Error(), "assumed-role/"+s.Role):
		return "the gateway's role " + s.Role
	case s.Caller != "":
		return s.Caller
	}
	return "these credentials"
}

// missingStatement prints the IAM statement that a denied call lacks, narrowed
// to the resource, ready to hand to an administrator.
func missingStatement(f Facts, s Situation) string {
	d := readDenial(f.Err)
	statement := fmt.Sprintf("{\n  \"Effect\": \"Allow\",\n  \"Action\": %q,\n  \"Resource\": %q", d.Action, d.Resource)
	if strings.EqualFold(d.Action, "iam:PassRole") {
		statement += ",\n  \"Condition\": {\"StringEquals\": {\"iam:PassedToService\": \"bedrock-agentcore.amazonaws.com\"}}"
	}
	statement += "\n}"
	return "Ask an administrator to allow " + s.who(f) + ":\n" + statement + "\nThe whole policy: " + s.Run("policy") + "\nThen resume: " + s.Retry
}
