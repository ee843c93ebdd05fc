package aws

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Caller is the configured identity, and where each part comes from.
type Caller struct {
	Account     string           `json:"account"`
	Caller      string           `json:"caller"`
	Cloud       string           `json:"partition"`
	Region      string           `json:"region"`
	RegionFrom  string           `json:"region_from"`
	Profile     string           `json:"profile"`
	ProfileFrom string           `json:"profile_from"`
	Credentials []CredentialLink `json:"credentials"` // the identity in use first
	Expires     *time.Time       `json:"expires,omitempty"`
	Endpoints   []CustomEndpoint `json:"endpoints"`
	Proxy       string           `json:"proxy"` // without user and password; "" = none
	ProxyFrom   string           `json:"proxy_from"`
	Notes       []string         `json:"notes"`
}

// CredentialLink is one link of the chain of credentials.
type CredentialLink struct {
	Provider string `json:"provider"`
	Profile  string `json:"profile"`
	Subject  string `json:"subject"` // a role's ARN, a start URL, a program, the end of a key's id
}

// CustomEndpoint is the custom endpoint of a service.
type CustomEndpoint struct {
	Service string `json:"service"`
	URL     string `json:"url"`
	From    string `json:"from"`
}

// fallbackRegion is the region of STS if none is configured.
const fallbackRegion = "us-east-1"

// WhoAmI asks who is calling.
func WhoAmI(ctx context.Context, o Options) (*Caller, error) {
	w, err := Open(ctx, o)
	regionless := errors.Is(err, ErrNoRegion)
	if regionless {
		o.Region = fallbackRegion
		w, err = Open(ctx, o)
	}
	if err != nil {
		return nil, err
	}
	if err := w.Identify(ctx); err != nil {
		return nil, err
	}
	who := &Caller{Account: w.Account, Caller: w.CallerARN, Cloud: w.Partition, Region: w.Region, RegionFrom: w.RegionFrom, Profile: w.Profile, ProfileFrom: w.ProfileFrom,
		Credentials: []CredentialLink{}, Endpoints: w.Custom, Notes: w.Notes}
	if regionless {
		who.Region, who.RegionFrom = "", ""
		who.Notes = append(who.Notes, "No region is set; STS was asked in "+fallbackRegion+". Name one with --region or AWS_REGION.")
	}
	for _, way := range w.Ways {
		subject := way.Subject
		if way.Provider == ProviderKeys {
			subject = "…" + subject[max(0, len(subject)-4):]
		}
		who.Credentials = append(who.Credentials, CredentialLink{way.Provider, way.Profile, subject})
	}
	if found, err := w.Config.Credentials.Retrieve(ctx); err == nil && found.CanExpire {
		who.Expires = &found.Expires
	}
	if !w.Sandbox {
		who.Proxy, who.ProxyFrom = w.proxy(ctx)
	}
	who.Endpoints, who.Notes = notNil(who.Endpoints), notNil(who.Notes)
	return who, nil
}

func notNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// proxy returns the proxy for requests to STS.
func (w *Environment) proxy(ctx context.Context) (proxy, from string) {
	target := "https://sts." + w.Region + "." + w.DNSSuffix()
	if custom := w.STS.Options().BaseEndpoint; custom != nil {
		target = *custom
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return "", ""
	}
	through, err := http.ProxyFromEnvironment(request)
	if err != nil || through == nil {
		return "", ""
	}
	return origin(through), proxyVariable(request.URL.Scheme)
}

// refused explains why GetCallerIdentity failed: because of the keys that signed the
// request.
func (w *Environment) refused(err error) error {
	var known *SignInError
	if errors.As(err, &known) || w.Sandbox {
		return err
	}
	e := requestFailure(err)
	if e.Cause == OtherSignIn {
		return err // the service's answer says more
	}
	if len(w.Ways) > 0 {
		e.Way = w.Ways[0]
	}
	if e.Cause == KeyUnknown && e.Way.tokenMissing() {
		e.Cause = TokenUnset
	}
	return e
}

// notes are the unexpected settings of the configuration.
func (c *chain) notes() []string {
	var notes []string
	byVariables := len(c.ways) > 0 && c.ways[0].Profile == "" && (c.ways[0].Provider == ProviderKeys || c.ways[0].Provider == ProviderWebIdentity)
	if c.from != "" && !c.explicit && byVariables {
		variable := "AWS_ACCESS_KEY_ID"
		if c.ways[0].Provider == ProviderWebIdentity {
			variable = "AWS_WEB_IDENTITY_TOKEN_FILE"
		}
		notes = append(notes, fmt.Sprintf("%s overrides %s (%s): the credentials of that profile are not used.", variable, c.from, c.profile))
	}
	region, from := c.region(c.o.Region)
	if own := c.own.values["region"]; own != "" && own != region {
		notes = append(notes, fmt.Sprintf("Profile %s is set to region %s; this command uses %s (%s).", c.profile, own, region, from))
	}
	return notes
}
