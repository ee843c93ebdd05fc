package provision

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/run"
)

// provider keeps the client secret, and the users' tokens in its vault. It has
// the callback URL.
type provider struct{}

func (provider) describe(in Inputs) (Resource, bool) {
	name := in.names().Provider()
	return Resource{Kind: Provider, Name: name,
		About:   About{Service: "AgentCore Identity", For: "keeps the client secret, and the users' tokens in its vault", Takes: "seconds"},
		Desired: &control.CreateOauth2CredentialProviderInput{Name: &name, CredentialProviderVendor: in.Vendor.Type, Tags: in.Tags}}, true
}

func (provider) find(ctx context.Context, s Scope, want Resource) (*Found, error) {
	return s.verifiedRead(ctx, func() (*Found, error) { return getProvider(ctx, s, want.Name) }, func(p *Found) string { return p.ARN })
}

func getProvider(ctx context.Context, s Scope, name string) (*Found, error) {
	p, err := s.AWS.Control.GetOauth2CredentialProvider(ctx, &control.GetOauth2CredentialProviderInput{Name: &name})
	if err != nil {
		return nil, err
	}
	f := &Found{Kind: Provider, Name: name, ID: name, ARN: aws.ToString(p.CredentialProviderArn), Status: string(p.Status), Reason: aws.ToString(p.FailureReason),
		Basis: callbackBasis(aws.ToString(p.CallbackUrl)), Detail: p, read: time.Now()}
	if f.Reason == "" {
		f.Reason = "the service gives no reason"
	}
	switch p.Status {
	case types.StatusCreateFailed, types.StatusDeleteFailed:
		f.State = Broken
	case types.StatusDeleting:
		f.State = BeingDeleted
	case types.StatusCreating, types.StatusUpdating:
		f.State = Changing
	}
	return f, nil
}

// callbackBasis distinguishes a provider from a recreated one: by the ID in the
// callback URL's path. The origin does not count, because a custom endpoint may change.
func callbackBasis(callback string) string {
	if callback == "" {
		return ""
	}
	if u, err := url.Parse(callback); err == nil {
		callback = u.Path
	}
	return Fingerprint(callback)
}

// Fingerprint identifies values without containing them.
func Fingerprint(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}

func (k provider) create(ctx context.Context, s Scope, want Resource) (*Found, error) {
	input := *want.Desired.(*control.CreateOauth2CredentialProviderInput)
	err := s.Credentials(ctx, func(config types.Oauth2ProviderConfigInput) error {
		if err := s.Run.Intend(run.Resource{Kind: Provider, Name: want.Name}); err != nil {
			return err
		}
		input.Oauth2ProviderConfigInput = config
		// The secret of a provider that had this name may not be deleted yet.
		err := s.retry(ctx, "the deletion of the old secret", secretSpan, advice.SecretBeingDeleted, func(ctx context.Context) error {
			_, err := s.AWS.Control.CreateOauth2CredentialProvider(ctx, &input)
			return err
		})
		if advice.Taken(err) { // ours from an attempt whose answer was lost, or not ours
			if have, findErr := k.find(ctx, s, want); have != nil || findErr != nil {
				return findErr
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &Found{Kind: Provider, Name: want.Name, ID: want.Name}, nil
}

// ready waits until the provider is READY. No status, as from an older service, counts
// as READY. After a failed update the provider is usable, and another update follows.
func (provider) ready(ctx context.Context, s Scope, have *Found) (*Found, error) {
	read := func(ctx context.Context) (*Found, error) { return getProvider(ctx, s, have.Name) }
	return s.await(ctx, "credential provider", providerSpan, have, read, func(p *Found) (bool, error) {
		if p.State == Broken || p.State == BeingDeleted || p.Status == string(types.StatusUpdateFailed) && have.Status != p.Status {
			return false, fmt.Errorf("the credential provider is %s: %s", p.Status, p.Reason)
		}
		return p.State == Usable && CallbackURL(p) != "", nil
	})
}

// correct updates the provider's credentials if they are new or were changed. The
// callback URL stays the same.
func (k provider) correct(ctx context.Context, s Scope, want Resource, have *Found) (bool, error) {
	p, ok := have.Detail.(*control.GetOauth2CredentialProviderOutput)
	present, known := "", s.Run.Record().ClientID
	if ok {
		present = s.Vendor.ClientID(p.Oauth2ProviderConfigOutput)
	}
	fresh := s.NewCredentials != nil && s.NewCredentials()
	differs := present != "" && known != "" && present != known
	if !fresh && !differs && have.Status != string(types.StatusUpdateFailed) {
		return false, nil
	}
	if differs && !fresh {
		s.Tell(event.Change{Kind: Provider, Name: want.Name, Found: event.Altered, Part: "client ID (" + present + ")"})
	}
	err := s.Credentials(ctx, func(config types.Oauth2ProviderConfigInput) error {
		_, err := s.AWS.Control.UpdateOauth2CredentialProvider(ctx, &control.UpdateOauth2CredentialProviderInput{
			Name: &want.Name, CredentialProviderVendor: s.Vendor.Type, Oauth2ProviderConfigInput: config})
		return err
	})
	if err != nil {
		return true, err
	}
	s.Tell(event.Note{Text: "The credential provider has the new secret. Its callback URL stays."})
	have.Status = ""
	ready, err := k.ready(ctx, s, have)
	if err == nil {
		*have = *ready
	}
	return true, err
}

// CallbackURL is where the vendor sends the browser; "" = the service does not say.
func CallbackURL(p *Found) string {
	if d, ok := p.Detail.(*control.GetOauth2CredentialProviderOutput); ok {
		return aws.ToString(d.CallbackUrl)
	}
	return ""
}

// ReadCallbackURL returns the callback URL as the service last said it; it is not in
// the record.
func ReadCallbackURL(ctx context.Context, s Scope) (string, error) {
	p, err := s.known(Provider, func() (*Found, error) { return getProvider(ctx, s, s.names().Provider()) })
	if err != nil {
		return "", err
	}
	if u := CallbackURL(p); u != "" {
		return u, nil
	}
	return "", errors.New("the service gives none for " + p.Name)
}

// VendorClientID is a provider's client ID; "" = the service does not say.
func VendorClientID(s Scope, p *Found) string {
	if d, ok := p.Detail.(*control.GetOauth2CredentialProviderOutput); ok {
		return s.Vendor.ClientID(d.Oauth2ProviderConfigOutput)
	}
	return ""
}

// remove deletes the provider. It is identified by name, so it is verified again unless
// that was done just now.
func (k provider) remove(ctx context.Context, s Scope, have *Found) (err error) {
	name := have.Name
	if !have.current() {
		if have, err = k.find(ctx, s, Resource{Kind: Provider, Name: name}); err != nil {
			return err
		}
		if have == nil {
			return s.Run.Gone(Provider)
		}
	}
	if have.State == Changing {
		err = s.settled(ctx, "the credential provider", providerSpan, func(ctx context.Context) (string, error) {
			p, err := getProvider(ctx, s, name)
			if err != nil {
				return "", err
			}
			return p.Status, nil
		})
		if err != nil {
			return err
		}
	}
	err = s.whenFree(ctx, "the credential provider", func(ctx context.Context) error {
		_, err := s.AWS.Control.DeleteOauth2CredentialProvider(ctx, &control.DeleteOauth2CredentialProviderInput{Name: &name})
		return err
	})
	if err != nil {
		return err
	}
	// Deleting also succeeds if there is no provider, so only a read proves anything.
	err = s.poll(ctx, "deleting the credential provider", deletionSpan, func(ctx context.Context) (string, bool, error) {
		p, err := getProvider(ctx, s, name)
		if advice.Gone(err) {
			return "", true, nil
		}
		if err == nil && p.Status == string(types.StatusDeleteFailed) {
			err = errors.New("the credential provider is DELETE_FAILED: " + p.Reason)
		}
		return "DELETING", false, err
	})
	if err != nil {
		return err
	}
	return s.Run.Gone(Provider)
}
