package steps

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/steps/engine"
)

// The gateway's workload identity may have a list of return URLs. An empty one
// means no check; once a URL is on it, every URL in use must be, the target's
// default too. An update replaces the whole list (AgentCore developer guide,
// "OAuth 2.0 authorization URL session binding").

// registersReturnURL says whether the person asked for the list to be kept.
func (t *Task) registersReturnURL() bool {
	return t.Settings.RegisterReturnURL || t.Record().Settings.RegisterReturnURL
}

// hardenReturnURL keeps the list, where that was asked for. Without the right
// to do so it is an error: who asked for it should not believe that it is done.
// A list that somebody has changed meanwhile is widened only if this command
// says so, or the person.
func (t *Task) hardenReturnURL(ctx context.Context, w *awsenv.Environment) error {
	switch {
	case !t.registersReturnURL():
		return nil
	case !t.Settings.RegisterReturnURL && t.listLacksReturnURL(ctx, w):
		return t.mendRegistration(ctx, w)
	}
	return fail("registering the return URL", t.registerReturnURL(ctx, w))
}

// listLacksReturnURL says whether the list has entries and the return URL is not
// one of them.
func (t *Task) listLacksReturnURL(ctx context.Context, w *awsenv.Environment) bool {
	_, urls, err := t.registeredURLs(ctx, w)
	return err == nil && len(urls) > 0 && !slices.Contains(urls, t.returnURL())
}

// registerReturnURL puts the return URL and the target's default on the list,
// beside what stands there already.
func (t *Task) registerReturnURL(ctx context.Context, w *awsenv.Environment) error {
	if _, err := t.verifiedGateway(ctx, w, t.resource(KindGateway).ID); err != nil {
		return err // the workload identity is its child
	}
	identity, urls, err := t.registeredURLs(ctx, w)
	if err != nil {
		return err
	}
	wanted := []string{t.returnURL()}
	target, err := t.findTarget(ctx, w, t.resource(KindGateway).ID)
	if err != nil {
		return err
	}
	if byDefault := defaultReturnURL(target); byDefault != "" {
		wanted = append(wanted, byDefault)
	}
	all := slices.Clone(urls)
	for _, u := range wanted {
		if !slices.Contains(all, u) {
			all = append(all, u)
		}
	}
	if len(all) == len(urls) {
		t.say("The return URL is registered: AgentCore sends browsers to no other than %s.", strings.Join(all, ", "))
		return nil
	}
	_, err = w.Control.UpdateWorkloadIdentity(ctx, &control.UpdateWorkloadIdentityInput{Name: &identity, AllowedResourceOauth2ReturnUrls: all})
	if err == nil {
		t.say("Registered with the gateway's workload identity: AgentCore sends browsers to no other than %s.", strings.Join(all, ", "))
	}
	return err
}

// registeredURLs reads the list, and the identity's name: the gateway's id,
// where the gateway does not tell.
func (t *Task) registeredURLs(ctx context.Context, w *awsenv.Environment) (identity string, urls []string, err error) {
	identity = t.resource(KindGateway).ID
	gateway, err := w.Control.GetGateway(ctx, &control.GetGatewayInput{GatewayIdentifier: &identity})
	if err != nil {
		return "", nil, err
	}
	if d := gateway.WorkloadIdentityDetails; d != nil && aws.ToString(d.WorkloadIdentityArn) != "" {
		identity = path.Base(*d.WorkloadIdentityArn)
	}
	out, err := w.Control.GetWorkloadIdentity(ctx, &control.GetWorkloadIdentityInput{Name: &identity})
	if err != nil {
		return "", nil, err
	}
	return identity, out.AllowedResourceOauth2ReturnUrls, nil
}

func defaultReturnURL(target *control.GetGatewayTargetOutput) string {
	if target == nil || len(target.CredentialProviderConfigurations) == 0 {
		return ""
	}
	oauth, ok := target.CredentialProviderConfigurations[0].CredentialProvider.(*types.CredentialProviderMemberOauthCredentialProvider)
	if !ok || oauth == nil {
		return ""
	}
	return aws.ToString(oauth.Value.DefaultReturnUrl)
}

// offerUnsaid offers to register the return URL where the gateway refuses
// without a reason, unless it is registered. offered is false then.
func (t *Task) offerUnsaid(ctx context.Context, w *awsenv.Environment) (offered bool, err error) {
	_, urls, err := t.registeredURLs(ctx, w)
	if err != nil || slices.Contains(urls, t.returnURL()) {
		return false, nil // the gateway's own refusal is the one to report
	}
	return true, t.mendRegistration(ctx, w)
}

// mendRegistration adds the return URL to a list that lacks it: where this
// command says so, or the person. --yes alone does not. With nobody to ask, a
// list that is empty is written, since it belongs to this run's own gateway.
func (t *Task) mendRegistration(ctx context.Context, w *awsenv.Environment) error {
	_, urls, err := t.registeredURLs(ctx, w)
	if err != nil {
		return fail("reading the gateway's list of return URLs", err)
	}
	reason := fmt.Sprintf("the gateway's workload identity has a list of return URLs, and %s is not on it", t.returnURL())
	if len(urls) == 0 {
		reason = fmt.Sprintf("AgentCore asks for a registered return URL, and %s is not registered with the gateway's workload identity", t.returnURL())
	}
	refused := Problem{Doing: "checking the allowed return URLs", Exit: ExitNeedsPerson, Err: errors.New(reason),
		Next: "Add it, and keep the others: " + t.Command("run", "target", "consent", "invoke", "--register-return-url")}
	switch nobody := t.Settings.Unattended || t.Settings.Yes; {
	case t.Settings.RegisterReturnURL:
	case nobody && len(urls) > 0:
		return refused
	case nobody:
		t.say("AgentCore asks for a registered return URL. The list is empty, and the gateway is this run's own, so %s is registered.", t.returnURL())
	default:
		a, err := t.Ask(ctx, engine.Question{Name: "register_return_url", Kind: engine.Confirm, Answers: "--register-return-url",
			Prompt: "Add it?", Help: []string{strings.ToUpper(reason[:1]) + reason[1:] + "."}})
		if err != nil {
			return err
		}
		if a != engine.Yes {
			return refused
		}
	}
	return fail("registering the return URL", t.registerReturnURL(ctx, w))
}
