package steps

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/provision"
)

// iamForm is how IAM writes the ARN of a role or a policy (IAM user guide, “IAM
// identifiers”).
func iamForm(kind string) *regexp.Regexp {
	return regexp.MustCompile(`^arn:aws(-[a-z]+)*:iam::([0-9]{12}|aws):` + kind + `/([!-~]+/)?[\w+=,.@-]+$`)
}

var roleForm, boundaryForm = iamForm("role"), iamForm("policy")

// CheckRoleARN refuses what is no role's ARN.
func CheckRoleARN(arn string) error {
	if !roleForm.MatchString(arn) || strings.Contains(arn, ":iam::aws:") {
		return fmt.Errorf("--role-arn: %q is no role ARN; one looks like arn:aws:iam::123456789012:role/Name", arn)
	}
	return nil
}

// CheckBoundaryARN refuses what is no policy's ARN.
func CheckBoundaryARN(arn string) error {
	if !boundaryForm.MatchString(arn) {
		return fmt.Errorf("--permissions-boundary: %q is no policy ARN; one looks like arn:aws:iam::123456789012:policy/Name", arn)
	}
	return nil
}

// checkRoles finds out, before anything is created, whether the role that the
// person gave can serve the gateway. Without one, it asks for the role of the
// run's own name: a harmless read that shows whether IAM takes the credentials.
func (t *Task) checkRoles(ctx context.Context, w *awsenv.Environment) error {
	settings := t.Record().Settings
	if err := t.here(w, "--permissions-boundary", settings.PermissionsBoundary); err != nil {
		return err
	}
	if settings.RoleARN == "" {
		_, err := w.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(t.Names.Role())})
		if isGone(err) {
			return nil
		}
		return err
	}
	if err := t.here(w, "--role-arn", settings.RoleARN); err != nil {
		return err
	}
	return t.checkGivenRole(ctx, w, settings.RoleARN)
}

// here refuses an ARN of another account or partition. Policies of AWS's own
// have the account "aws".
func (t *Task) here(w *awsenv.Environment, flag, given string) error {
	if given == "" {
		return nil
	}
	parsed, err := arn.Parse(given)
	switch {
	case err != nil:
	case parsed.Partition != w.Partition:
		err = fmt.Errorf("%s names %s, in the partition %s; these credentials are in %s", flag, given, parsed.Partition, w.Partition)
	case parsed.AccountID != w.Account && parsed.AccountID != "aws":
		err = fmt.Errorf("%s names %s, in account %s; these credentials are in account %s", flag, given, parsed.AccountID, w.Account)
	}
	if err == nil {
		return nil
	}
	return t.wrongRole(flag, err, "Name one in account "+w.Account)
}

func (t *Task) wrongRole(flag string, err error, next string) error {
	return Problem{Doing: "checking " + flag, Err: err, Exit: ExitUsage, Next: next + ": " + t.Command("walk", flag, "ARN")}
}

func (t *Task) checkGivenRole(ctx context.Context, w *awsenv.Environment, given string) error {
	name := given[strings.LastIndex(given, "/")+1:]
	out, err := w.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	switch {
	case isGone(err):
		return t.wrongRole("--role-arn", fmt.Errorf("the role %s does not exist: %w", given, err), "Name a role that exists")
	case err != nil && advice.NotAuthorized(err):
		t.say("The role %s cannot be checked (%s). If it cannot serve a gateway, creating the gateway will fail.", given, brief(err))
		return nil
	case err != nil:
		return err
	}
	if found := aws.ToString(out.Role.Arn); found != given {
		return t.wrongRole("--role-arn", fmt.Errorf("the role %s is %s, not %s", name, found, given), "Give its ARN")
	}
	if claim, ours := provision.ReadTags(roleTags(out.Role)); ours && claim.Run != t.Names.Run {
		return t.wrongRole("--role-arn", fmt.Errorf("the role %s was created for run %s, and the cleanup of that run deletes it", given, claim.Run), "Name another role")
	}
	if why := t.distrusts(w, decoded(aws.ToString(out.Role.AssumeRolePolicyDocument))); why != "" {
		return Problem{Doing: "checking --role-arn", Err: fmt.Errorf("the trust policy of %s %s", given, why), Exit: ExitUsage,
			Next: "Have the owner of the role give it this trust policy:\n" + t.trustPolicy(w).String() + "\nOr name another role: " + t.Command("walk", "--role-arn", "ARN") + "\nThen resume: " + t.again(t.Step)}
	}
	lacks, err := t.lacks(ctx, w, name)
	if err != nil {
		t.say("The rights of the role %s cannot be checked (%s).", given, brief(err))
		return nil
	}
	if len(lacks) > 0 {
		return Problem{Doing: "checking --role-arn", Err: fmt.Errorf("no policy of %s allows %s", given, strings.Join(lacks, ", ")), Exit: ExitUsage,
			Next: "Have the owner of the role give it this policy:\n" + t.outboundPolicy(w).String() + "\nOr name another role: " + t.Command("walk", "--role-arn", "ARN") + "\nThen resume: " + t.again(t.Step)}
	}
	return nil
}

// given is a policy document of somebody else's. Everything in it may be one
// text or several.
type given struct {
	Statement oneOrMore[struct {
		Effect    string
		Principal principals
		Action    oneOrMore[string]
		NotAction oneOrMore[string]
		Condition map[string]map[string]oneOrMore[string]
	}]
}

type oneOrMore[T any] []T

func (o *oneOrMore[T]) UnmarshalJSON(raw []byte) error {
	if json.Unmarshal(raw, (*[]T)(o)) == nil {
		return nil
	}
	var one T
	err := json.Unmarshal(raw, &one)
	*o = []T{one}
	return err
}

// principals are those of the kind Service; "*" is everybody.
type principals struct{ Service oneOrMore[string] }

func (p *principals) UnmarshalJSON(raw []byte) error {
	if string(raw) == `"*"` {
		p.Service = []string{"*"}
		return nil
	}
	type plain principals
	return json.Unmarshal(raw, (*plain)(p))
}

// decoded is a document as it was written: IAM returns it URL-encoded.
func decoded(document string) string {
	if plain, err := url.QueryUnescape(document); err == nil && strings.HasPrefix(strings.TrimSpace(document), "%7B") {
		return plain
	}
	return document
}

// distrusts says why AgentCore could not assume the role for this run's
// gateway; "" = it could, as far as the document shows.
func (t *Task) distrusts(w *awsenv.Environment, document string) string {
	var d given
	if err := json.Unmarshal([]byte(document), &d); err != nil {
		return "cannot be read: " + err.Error()
	}
	why := "does not let " + agentCorePrincipal + " assume it"
	for _, s := range d.Statement {
		if s.Effect != "Allow" || !matchesAny(s.Action, "sts:AssumeRole") || !matchesAny(s.Principal.Service, agentCorePrincipal) {
			continue
		}
		refusal := ""
		for _, keys := range s.Condition {
			for key, values := range keys {
				switch {
				case strings.EqualFold(key, "aws:SourceAccount") && !matchesAny(values, w.Account):
					refusal = "trusts only gateways of account " + strings.Join(values, ", ")
				case strings.EqualFold(key, "aws:SourceArn") && !slices.ContainsFunc(values, func(v string) bool { return t.coversGateway(w, v) }):
					refusal = "trusts only " + strings.Join(values, ", ") + ", which this run's gateway will not be"
				}
			}
		}
		if refusal == "" {
			return ""
		}
		why = refusal
	}
	return why
}

// coversGateway says whether a pattern can match the ARN of the gateway to come.
func (t *Task) coversGateway(w *awsenv.Environment, pattern string) bool {
	return wildcard(pattern, w.ARN("bedrock-agentcore", "gateway/"+strings.TrimSuffix(t.gatewayPattern(), "*")+"0123456789"))
}

// lacks lists the actions of the outbound policy that no inline policy of the
// role allows. With an attached policy nobody can say without reading it too.
func (t *Task) lacks(ctx context.Context, w *awsenv.Environment, role string) ([]string, error) {
	attached, err := w.IAM.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: &role})
	if err != nil || len(attached.AttachedPolicies) > 0 {
		return nil, err
	}
	inline, err := w.IAM.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: &role})
	if err != nil {
		return nil, err
	}
	if inline.IsTruncated {
		return nil, errors.New("it has more policies than are listed at once")
	}
	var allowed []string
	for _, name := range inline.PolicyNames {
		out, err := w.IAM.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &role, PolicyName: &name})
		if err != nil {
			return nil, err
		}
		var d given
		if err := json.Unmarshal([]byte(decoded(aws.ToString(out.PolicyDocument))), &d); err != nil {
			return nil, err
		}
		for _, s := range d.Statement {
			if s.Effect == "Allow" {
				allowed = append(allowed, s.Action...)
			}
			if s.Effect == "Allow" && len(s.NotAction) > 0 {
				return nil, nil // it allows almost everything
			}
		}
	}
	var missing []string
	for _, s := range t.outboundPolicy(w).Statement {
		for _, action := range s.Action {
			if !matchesAny(allowed, action) {
				missing = append(missing, action)
			}
		}
	}
	return missing, nil
}

func matchesAny(patterns []string, value string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return wildcard(p, value) })
}

// wildcard matches * and ? as policies do, in any case.
func wildcard(pattern, value string) bool {
	expression := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(pattern))
	matched, err := regexp.MatchString(`(?is)^`+expression+`$`, value)
	return err == nil && matched
}
