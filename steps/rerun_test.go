package steps_test

import (
	"slices"
	"testing"
	"time"

	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

func TestTheGatewayIsReadyBeforeThePersonHasFoundTheSecret(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	h := attend(s, func(_ int, link string) (engine.Answer, bool) { return browse(s, link) })
	ready := make(chan struct{})
	watch, person := s.Watch, s.Person
	s.Watch = func(e engine.Event) {
		watch(e)
		if _, done := e.Body.(engine.Finished); done && e.Step == steps.Gateway {
			close(ready)
		}
	}
	s.Person = func(q engine.Question) (engine.Answer, bool) {
		if q.Name == "linkedin_client_secret" {
			select { // the person takes as long as it needs, within reason
			case <-ready:
			case <-time.After(20 * time.Second):
				t.Error("the gateway waits for the secret")
			}
		}
		return person(q)
	}
	_ = h
	o := s.MustComplete(s.Walk())
	at := func(match func(engine.Event) bool) int { return slices.IndexFunc(o.Events, match) }
	gateway := at(func(e engine.Event) bool {
		_, done := e.Body.(engine.Finished)
		return done && e.Step == steps.Gateway
	})
	provider := at(func(e engine.Event) bool {
		x, called := e.Body.(wire.Exchange)
		return called && x.Operation == "CreateOauth2CredentialProvider"
	})
	if gateway < 0 || provider < 0 || gateway > provider {
		t.Errorf("gateway READY is event %d, CreateOauth2CredentialProvider %d", gateway, provider)
	}
}

func TestARotatedSecretMakesNothingElseStale(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	giveReadyApp(s)
	s.MustComplete(s.Walk())
	s.ForgetRequests()
	o := s.MustComplete(s.Repeat(steps.App, steps.Provider))
	if changes := s.Changes(); !slices.Equal(changes, []string{"UpdateOauth2CredentialProvider"}) {
		t.Errorf("changed %v", changes)
	}
	if stale := o.Stale(); len(stale) != 0 {
		t.Errorf("stale: %v", stale)
	}
}

func TestAnotherAppMakesRegistrationAndConsentStale(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	o := s.MustComplete(s.Repeat(steps.App, steps.Provider)) // the simulated person makes another app
	var stale []string
	for id := range o.Stale() {
		stale = append(stale, string(id))
	}
	slices.Sort(stale)
	if !slices.Equal(stale, []string{"consent", "invoke", "register"}) {
		t.Errorf("stale: %v", stale)
	}
	s.ForgetRequests()
	s.MustComplete(s.Walk())
	if changes := s.Changes(); len(changes) != 0 {
		t.Errorf("changed %v", changes)
	}
	mustForce(s, 1, 2)
}

func TestARecreatedProviderMakesTheTargetFollow(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	s.Settings = func(o *steps.Settings) { o.Recreate = true }
	s.ForgetRequests()
	o := s.MustComplete(s.Repeat(steps.Provider))
	s.MustSay(o, "This will be removed", "the target LinkedInAuthCode")
	if changes := s.Changes(); !slices.Equal(changes, []string{"DeleteGatewayTarget", "DeleteOauth2CredentialProvider", "CreateOauth2CredentialProvider"}) {
		t.Errorf("changed %v", changes)
	}
	s.Settings = nil
	s.ForgetRequests()
	s.MustComplete(s.Walk())
	if changes := s.Changes(); !slices.Equal(changes, []string{"CreateGatewayTarget"}) {
		t.Errorf("the walk after it changed %v", changes)
	}
}
