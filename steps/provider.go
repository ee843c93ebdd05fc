package steps

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/steps/engine"
)

const (
	providerLimit = 5 * time.Minute
	secretLimit   = 3 * time.Minute // until a deleted provider's secret is gone
)

func providerStep() Step {
	return Step{ID: Provider, Title: "Credential provider", Needs: []engine.ID{LinkedIn},
		Does: "creates the OAuth2 credential provider, which has the callback URL",
		Makes: func(n Names) []Resource {
			return []Resource{{KindProvider, n.Provider(), "AgentCore Identity", "keeps the client secret, and the users' tokens in its vault", "seconds"}}
		},
		Asks: []string{"linkedin_client_id", "linkedin_client_secret"},
		Run:  provider,
	}
}

func provider(ctx context.Context, t *Task) error {
	w, err := t.connect(ctx)
	if err != nil {
		return err
	}
	if t.Settings.Recreate && t.Again {
		if err := t.recreateProvider(ctx, w); err != nil {
			return err
		}
	}
	p, err := t.findProvider(ctx, w)
	if err != nil {
		return fail("looking for the credential provider "+t.Names.Provider(), err)
	}
	if p != nil && (p.Status == types.StatusCreateFailed || p.Status == types.StatusDeleting || p.Status == types.StatusDeleteFailed) {
		t.say("The credential provider is %s; making it again.", p.Status)
		if err := t.removeProvider(ctx, w); err != nil {
			return fail("removing the failed credential provider", err)
		}
		p = nil
	}
	if p != nil && (p.Status == types.StatusCreating || p.Status == types.StatusUpdating) {
		if p, err = t.providerReady(ctx, w); err != nil { // it takes no update before
			return fail("waiting for the credential provider to be READY", err)
		}
	}
	switch {
	case p == nil:
		err = fail("creating the credential provider "+t.Names.Provider(), t.createProvider(ctx, w))
	case t.hasNewSecret() || t.differs(p) || p.Status == types.StatusUpdateFailed:
		err = fail("updating the credential provider "+t.Names.Provider(), t.updateProvider(ctx, w))
	}
	if err != nil {
		return err
	}
	ready, err := t.providerReady(ctx, w)
	if err != nil {
		return fail("waiting for the credential provider to be READY", err)
	}
	if err := t.haveProvider(ready); err != nil {
		return err
	}
	t.say("Callback URL: %s", aws.ToString(ready.CallbackUrl))
	// Only now is the page before this one finished: its secret has arrived.
	step, _ := Find(LinkedIn)
	_, err = t.markDone(step)
	return err
}

// findProvider returns the run's provider, or nil.
func (t *Task) findProvider(ctx context.Context, w *awsenv.Environment) (*control.GetOauth2CredentialProviderOutput, error) {
	p, err := t.ownProvider(ctx, w)
	if p == nil && err == nil && !t.resource(KindProvider).Made.IsZero() {
		t.say("The credential provider is gone; creating another one. Its callback URL will be another one too.")
		return nil, t.gone(KindProvider)
	}
	return p, err
}

// ownProvider returns the run's provider, nil where there is none, or an error
// where the provider of that name is not the run's.
func (t *Task) ownProvider(ctx context.Context, w *awsenv.Environment) (*control.GetOauth2CredentialProviderOutput, error) {
	name := t.Names.Provider()
	var p *control.GetOauth2CredentialProviderOutput
	look := func() (err error) {
		p, err = getProvider(ctx, w, name)
		return err
	}
	err := look()
	if err == nil {
		arn := aws.ToString(p.CredentialProviderArn)
		err = t.verifiedTags(ctx, w, KindProvider, name, arn, arn, look)
	}
	if isGone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

func getProvider(ctx context.Context, w *awsenv.Environment, name string) (*control.GetOauth2CredentialProviderOutput, error) {
	return w.Control.GetOauth2CredentialProvider(ctx, &control.GetOauth2CredentialProviderInput{Name: &name})
}

func (t *Task) hasNewSecret() bool {
	t.secrets.mu.Lock()
	defer t.secrets.mu.Unlock()
	return t.secrets.clientSecret != ""
}

// differs says whether somebody gave the provider another app's client id.
func (t *Task) differs(p *control.GetOauth2CredentialProviderOutput) bool {
	present, known := vendor.ClientID(p.Oauth2ProviderConfigOutput), t.Record().ClientID
	if present == "" || known == "" || present == known {
		return false
	}
	t.say("The credential provider holds another app's client id (%s); putting %s back.", present, known)
	return true
}

// withCredentials gives the secret to the one call that takes it, asking
// first where it is not in memory.
func (t *Task) withCredentials(ctx context.Context, call func(id string, config types.Oauth2ProviderConfigInput) error) error {
	if !t.hasNewSecret() {
		if err := t.askCredentials(ctx); err != nil {
			return err
		}
	}
	t.secrets.mu.Lock()
	id, secret := t.secrets.clientID, t.secrets.clientSecret
	t.secrets.mu.Unlock()
	if err := call(id, vendor.Config(id, secret)); err != nil {
		return err
	}
	t.secrets.mu.Lock()
	t.secrets.clientSecret = "" // AgentCore has it now
	t.secrets.mu.Unlock()
	return t.keptClientID(id)
}

func (t *Task) createProvider(ctx context.Context, w *awsenv.Environment) error {
	name := t.Names.Provider()
	return t.withCredentials(ctx, func(_ string, config types.Oauth2ProviderConfigInput) error {
		if err := t.intend(run.Resource{Kind: KindProvider, Name: name}); err != nil {
			return err
		}
		// The secret of a provider that had this name may not be deleted yet.
		err := t.retry(ctx, "the deletion of the old secret", secretLimit, advice.SecretBeingDeleted, func(ctx context.Context) error {
			_, err := w.Control.CreateOauth2CredentialProvider(ctx, &control.CreateOauth2CredentialProviderInput{
				Name: &name, CredentialProviderVendor: vendor.Type, Oauth2ProviderConfigInput: config, Tags: t.tags(w)})
			return err
		})
		if isTaken(err) { // ours from an attempt whose answer was lost, or not ours
			p, findErr := t.findProvider(ctx, w)
			if findErr != nil {
				return findErr
			}
			if p != nil {
				return nil
			}
		}
		return err
	})
}

// updateProvider keeps the provider, and so its callback URL.
func (t *Task) updateProvider(ctx context.Context, w *awsenv.Environment) error {
	name := t.Names.Provider()
	err := t.withCredentials(ctx, func(_ string, config types.Oauth2ProviderConfigInput) error {
		_, err := w.Control.UpdateOauth2CredentialProvider(ctx, &control.UpdateOauth2CredentialProviderInput{
			Name: &name, CredentialProviderVendor: vendor.Type, Oauth2ProviderConfigInput: config})
		return err
	})
	if err == nil {
		t.say("The credential provider has the new secret. Its callback URL stays.")
	}
	return err
}

// providerReady waits. An older service gives no status; that counts as READY.
func (t *Task) providerReady(ctx context.Context, w *awsenv.Environment) (*control.GetOauth2CredentialProviderOutput, error) {
	var p *control.GetOauth2CredentialProviderOutput
	err := t.poll(ctx, "credential provider", providerLimit, func(ctx context.Context) (state string, done bool, err error) {
		p, err = getProvider(ctx, w, t.Names.Provider())
		if err != nil {
			return "", false, err
		}
		switch p.Status {
		case types.StatusCreateFailed, types.StatusUpdateFailed, types.StatusDeleting, types.StatusDeleteFailed:
			reason := aws.ToString(p.FailureReason)
			if reason == "" {
				reason = "the service gives no reason"
			}
			return "", false, fmt.Errorf("the credential provider is %s: %s", p.Status, reason)
		case types.StatusReady, "":
			return "without a callback URL", aws.ToString(p.CallbackUrl) != "", nil
		}
		return string(p.Status), false, nil
	})
	return p, err
}

func (t *Task) haveProvider(p *control.GetOauth2CredentialProviderOutput) error {
	if id := vendor.ClientID(p.Oauth2ProviderConfigOutput); id != "" && t.Record().ClientID == "" {
		if err := t.keptClientID(id); err != nil {
			return err
		}
	}
	return t.made(run.Resource{Kind: KindProvider, Name: t.Names.Provider(), ID: t.Names.Provider(),
		ARN: aws.ToString(p.CredentialProviderArn), Basis: callbackBasis(aws.ToString(p.CallbackUrl))})
}

// callbackBasis tells a provider from one made anew: the id in the callback
// URL's path. The origin does not count, since a custom endpoint may move.
func callbackBasis(callback string) string {
	if u, err := url.Parse(callback); err == nil {
		return fingerprint(u.Path)
	}
	return fingerprint(callback)
}

// callbackURL reads it back from the service; the record does not keep it.
func (t *Task) callbackURL(ctx context.Context, w *awsenv.Environment) (string, error) {
	p, err := getProvider(ctx, w, t.Names.Provider())
	if err != nil {
		return "", fail("reading the callback URL", err)
	}
	if aws.ToString(p.CallbackUrl) == "" {
		return "", Problem{Doing: "reading the callback URL", Err: errors.New("the service gives none for " + t.Names.Provider())}
	}
	return *p.CallbackUrl, nil
}
