package advice

import (
	"fmt"
	"regexp"
	"strings"
)

// permissionCauses are refusals of a caller who is signed in.
func permissionCauses() []Cause {
	return []Cause{
		{Name: "action not allowed", Exit: ExitDenied,
			Source:  "IAM user guide, “Troubleshoot access denied error messages”",
			Matches: func(f Facts) bool { return NotAuthorized(f.Err) },
			Next:    missingStatement},
		{Name: "access denied", Exit: ExitDenied,
			Source: "AWS, common errors",
			Matches: func(f Facts) bool {
				return f.HasCode("AccessDenied", "AccessDeniedException", "UnauthorizedException", "NotAuthorizedException", "UnauthorizedOperation")
			},
			Next: text(func(s Situation) string {
				return "These credentials are not allowed to do that. The policy that the walkthrough needs: " + s.Program + " policy"
			})},
	}
}

var notAuthorized = regexp.MustCompile(`not authorized to perform:? ?(\S+?)(?: on resource: (\S+?))?(?:[\s,]|\.?$)`)

// NotAuthorized recognises a denial that names the missing action.
func NotAuthorized(err error) bool { return notAuthorized.MatchString(err.Error()) }

// missingStatement prints the IAM statement that a denied call lacks, narrowed
// to the resource, ready to hand to an administrator.
func missingStatement(f Facts, s Situation) string {
	message := f.Err.Error()
	found := notAuthorized.FindStringSubmatch(message)
	action, resource := strings.TrimRight(found[1], ".,"), strings.TrimRight(found[2], ".,")
	if resource == "" {
		resource = "*"
	}
	statement := fmt.Sprintf("{\n  \"Effect\": \"Allow\",\n  \"Action\": %q,\n  \"Resource\": %q", action, resource)
	if strings.EqualFold(action, "iam:PassRole") {
		statement += ",\n  \"Condition\": {\"StringEquals\": {\"iam:PassedToService\": \"bedrock-agentcore.amazonaws.com\"}}"
	}
	statement += "\n}"
	who := "these credentials"
	if s.Caller != "" {
		who = s.Caller
		if strings.Contains(message, "assumed-role/"+s.Role) {
			who = "the gateway's role " + s.Role
		}
	}
	return "Ask an administrator to allow " + who + ":\n" + statement + "\nThe whole policy: " + s.Program + " policy\nThen go on: " + s.Retry
}
