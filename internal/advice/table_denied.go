package advice

import (
	"fmt"
	"strings"
)

// deniedInTheAccount has the denials of a caller who is signed in.
func deniedInTheAccount() map[Cause]Advice {
	return map[Cause]Advice{
		DeniedByOrganization: {Exit: ExitDenied, words: refusal(func(d denial, who string) string {
			return fmt.Sprintf("A %s of your AWS organization does not let %s do this%s. An Allow in this account does not help. Ask the administrator of the organization for an exception.", d.Policy, who, d.named())
		})},
		DeniedBySession: {Exit: ExitDenied, words: refusal(func(d denial, who string) string {
			return fmt.Sprintf("The session policy of these credentials does not let %s do this%s. An Allow for the role or user does not help. Get credentials without that session policy from whoever issues them.", who, d.named())
		})},
		DeniedByBoundary: {Exit: ExitDenied, words: refusal(func(d denial, who string) string {
			return fmt.Sprintf("The permissions boundary of %s does not include this%s. An Allow in another policy does not help. Ask an administrator to widen the boundary, or use credentials without it.", who, d.named())
		})},
		DeniedByVPCEndpoint: {Exit: ExitDenied, words: refusal(func(d denial, who string) string {
			return fmt.Sprintf("The policy of the VPC endpoint through which this machine reaches AWS does not let %s do this%s. An Allow for the caller does not help. Ask whoever runs the network to change the endpoint's policy, or use a network without that endpoint.", who, d.named())
		})},
		DeniedByTrustPolicy: {Exit: ExitDenied, words: refusal(deniedByTrust)},
		ExplicitDeny: {Exit: ExitDenied, words: refusal(func(d denial, who string) string {
			return fmt.Sprintf("A Deny%s prevents %s from doing this%s. Another Allow does not help. Ask an administrator to remove the Deny; if it applies only to sessions without MFA, sign in with MFA.", d.in(), who, d.named())
		})},
		ActionNotAllowed: {Exit: ExitDenied, words: missingStatement},
		AccessDenied: {Exit: ExitDenied, words: func(c failed) string {
			return "Ask an administrator to allow these credentials what the walkthrough needs. This prints the policy: " + c.Run("policy") + "\nThen resume: " + c.Retry
		}},
	}
}

func deniedByTrust(d denial, who string) string {
	return fmt.Sprintf("The role's trust policy does not let %s assume it%s. Ask the owner of the role to add the caller to its trust policy.", who, d.named())
}

// refusal is the advice for a denial that an Allow does not override. If a role
// cannot be created, it adds two other ways.
func refusal(say func(d denial, who string) string) func(failed) string {
	return func(c failed) string {
		d := readDenial(c.Err.Error())
		next := say(d, c.who())
		if d.createsRole() {
			next += "\nOr use an existing role: " + c.Run("walk", "--role-arn", "ARN") +
				"\nIf new roles must have a permissions boundary here, name it: " + c.Run("walk", "--permissions-boundary", "ARN")
		}
		return next + "\nThen resume: " + c.Retry
	}
}

// who was denied.
func (c failed) who() string {
	switch {
	case c.Role != "" && strings.Contains(c.Err.Error(), "assumed-role/"+c.Role):
		return "the gateway's role " + c.Role
	case c.Caller != "":
		return c.Caller
	}
	return "these credentials"
}

// missingStatement is the IAM statement that a denied call needs, limited to its
// resource, ready for an administrator.
func missingStatement(c failed) string {
	d := readDenial(c.Err.Error())
	statement := fmt.Sprintf("{\n  \"Effect\": \"Allow\",\n  \"Action\": %q,\n  \"Resource\": %q", d.Action, d.Resource)
	if strings.EqualFold(d.Action, "iam:PassRole") {
		statement += ",\n  \"Condition\": {\"StringEquals\": {\"iam:PassedToService\": \"bedrock-agentcore.amazonaws.com\"}}"
	}
	statement += "\n}"
	return "Ask an administrator to allow " + c.who() + ":\n" + statement + "\nThe whole policy: " + c.Run("policy") + "\nThen resume: " + c.Retry
}

// named is the ARN of the deciding policy, if AWS names it.
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
