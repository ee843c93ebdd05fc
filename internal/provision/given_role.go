package provision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/event"
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

// RoleArgumentError says that a flag about the gateway's role names something
// that cannot serve it.
type RoleArgumentError struct {
	Flag string // "--role-arn" or "--permissions-boundary"
	Err  error
	Next string // what to give instead, or what the owner of the role has to do
	Have string // the policy that the role must have; "" = none is missing
}

func (e *RoleArgumentError) Error() string { return e.Err.Error() }
func (e *RoleArgumentError) Unwrap() error { return e.Err }

// Remedy is what to do about it.
func (e *RoleArgumentError) Remedy(s advice.Situation) string {
	if e.Have == "" {
		return e.Next + ": " + s.Run("walk", e.Flag, "ARN")
	}
	return e.Next + ":\n" + e.Have + "\nOr name another role: " + s.Run("walk", "--role-arn", "ARN") + "\nThen resume: " + s.Retry
}

func wrongRole(flag string, err error, next, have string) error {
	return advice.Problem{Doing: "checking " + flag, Err: &RoleArgumentError{flag, err, next, have}, Exit: advice.ExitUsage}
}

// CheckRoles finds out, before anything is created, whether the role that the
// person gave can serve the gateway. Without one, it asks for the role of the
// run's own name: a harmless read that shows whether IAM takes the credentials.
func CheckRoles(ctx context.Context, s Scope) error {
	settings := s.Run.Record().Settings
	if err := here(s.AWS, "--permissions-boundary", settings.PermissionsBoundary); err != nil {
		return err
	}
	if settings.RoleARN == "" {
		_, err := s.AWS.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(s.names().Role())})
		if advice.Gone(err) {
			return nil
		}
		return err
	}
	if err := here(s.AWS, "--role-arn", settings.RoleARN); err != nil {
		return err
	}
	return checkGivenRole(ctx, s, settings.RoleARN)
}

// here refuses an ARN of another account or partition. Policies of AWS's own
// have the account "aws".
func here(w *awsenv.Environment, flag, given string) error {
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
	return wrongRole(flag, err, "Name one in account "+w.Account, "")
}

func checkGivenRole(ctx context.Context, s Scope, given string) error {
	name := given[strings.LastIndex(given, "/")+1:]
	out, err := s.AWS.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	switch {
	case advice.Gone(err):
		return wrongRole("--role-arn", fmt.Errorf("the role %s does not exist: %w", given, err), "Name a role that exists", "")
	case err != nil && advice.NotAuthorized(err):
		s.Tell(event.Warning{Text: fmt.Sprintf("The role %s cannot be checked (%s). If it cannot serve a gateway, creating the gateway will fail.", given, Brief(err))})
		return nil
	case err != nil:
		return err
	}
	if found := aws.ToString(out.Role.Arn); found != given {
		return wrongRole("--role-arn", fmt.Errorf("the role %s is %s, not %s", name, found, given), "Give its ARN", "")
	}
	if claim, ours := ReadTags(roleTags(out.Role)); ours && claim.Run != s.Run.Name() {
		return wrongRole("--role-arn", fmt.Errorf("the role %s was created for run %s, and the cleanup of that run deletes it", given, claim.Run), "Name another role", "")
	}
	if why := distrusts(s.AWS, s.names(), decoded(aws.ToString(out.Role.AssumeRolePolicyDocument))); why != "" {
		return wrongRole("--role-arn", fmt.Errorf("the trust policy of %s %s", given, why), "Have the owner of the role give it this trust policy", TrustPolicy(s.AWS, s.names()).String())
	}
	lacks, err := lacks(ctx, s.AWS, name, OutboundPolicy(s.AWS, s.names()))
	if err != nil {
		s.Tell(event.Warning{Text: fmt.Sprintf("The rights of the role %s cannot be checked (%s).", given, Brief(err))})
		return nil
	}
	if len(lacks) > 0 {
		return wrongRole("--role-arn", fmt.Errorf("no policy of %s allows %s", given, strings.Join(lacks, ", ")), "Have the owner of the role give it this policy", OutboundPolicy(s.AWS, s.names()).String())
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

// distrusts says why AgentCore could not assume the role for this run's
// gateway; "" = it could, as far as the document shows.
func distrusts(w *awsenv.Environment, n Names, document string) string {
	var d given
	if err := json.Unmarshal([]byte(document), &d); err != nil {
		return "cannot be read: " + err.Error()
	}
	why := "does not let " + AgentCorePrincipal + " assume it"
	for _, s := range d.Statement {
		if s.Effect != "Allow" || !matchesAny(s.Action, "sts:AssumeRole") || !matchesAny(s.Principal.Service, AgentCorePrincipal) {
			continue
		}
		refusal := ""
		for _, keys := range s.Condition {
			for key, values := range keys {
				switch {
				case strings.EqualFold(key, "aws:SourceAccount") && !matchesAny(values, w.Account):
					refusal = "trusts only gateways of account " + strings.Join(values, ", ")
				case strings.EqualFold(key, "aws:SourceArn") && !slices.ContainsFunc(values, func(v string) bool { return coversGateway(w, n, v) }):
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
func coversGateway(w *awsenv.Environment, n Names, pattern string) bool {
	return wildcard(pattern, w.ARN("bedrock-agentcore", "gateway/"+strings.TrimSuffix(n.GatewayPattern(), "*")+"0123456789"))
}

// lacks lists the actions of the desired policy that no inline policy of the
// role allows. With an attached policy nobody can say without reading it too.
func lacks(ctx context.Context, w *awsenv.Environment, role string, wanted Document) ([]string, error) {
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
	for _, s := range wanted.Statement {
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
