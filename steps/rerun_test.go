package steps_test

import (
	"slices"
	"testing"
	"time"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

func TestTheGatewayIsReadyBeforeThePersonHasFoundTheSecret(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	h := attend(s, func(_ int, link string) (engine.Answer, bool) { return browse(s, link) })
	ready := make(chan struct{})
	watch, person := s.watch, s.person
	s.watch = func(e engine.Event) {
		watch(e)
		if _, done := e.Body.(engine.Finished); done && e.Step == steps.Gateway {
			close(ready)
		}
	}
	s.person = func(q engine.Question) (engine.Answer, bool) {
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
	o := s.mustEnd(s.walk())
	at := func(match func(engine.Event) bool) int { return slices.IndexFunc(o.events, match) }
	gateway := at(func(e engine.Event) bool {
		_, done := e.Body.(engine.Finished)
		return done && e.Step == steps.Gateway
	})
	provider := at(func(e engine.Event) bool {
		x, called := e.Body.(awsenv.Exchange)
		return called && x.Operation == "CreateOauth2CredentialProvider"
	})
	if gateway < 0 || provider < 0 || gateway > provider {
		t.Errorf("gateway READY is event %d, CreateOauth2CredentialProvider %d", gateway, provider)
	}
}

func TestARotatedSecretMakesNothingElseStale(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.giveReadyApp()
	s.mustEnd(s.walk())
	s.forget()
	o := s.mustEnd(s.again(steps.LinkedIn, steps.Provider))
	if changes := s.changes(); !slices.Equal(changes, []string{"UpdateOauth2CredentialProvider"}) {
		t.Errorf("changed %v", changes)
	}
	if stale := o.kit.StaleSteps(); len(stale) != 0 {
		t.Errorf("stale: %v", stale)
	}
}

func TestAnotherAppMakesRegistrationAndConsentStale(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.mustEnd(s.walk())
	o := s.mustEnd(s.again(steps.LinkedIn, steps.Provider)) // the simulated person makes another app
	var stale []string
	for id := range o.kit.StaleSteps() {
		stale = append(stale, string(id))
	}
	slices.Sort(stale)
	if !slices.Equal(stale, []string{"consent", "invoke", "register"}) {
		t.Errorf("stale: %v", stale)
	}
	s.forget()
	s.mustEnd(s.walk())
	if changes := s.changes(); len(changes) != 0 {
		t.Errorf("changed %v", changes)
	}
	s.mustForce(1, 2)
}

func TestARecreatedProviderMakesTheTargetFollow(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.mustEnd(s.walk())
	s.settings = func(o *steps.Settings) { o.Recreate = true }
	s.forget()
	o := s.mustEnd(s.again(steps.Provider))
	s.mustSay(o, "This will fall", "the target LinkedInAuthCode")
	if changes := s.changes(); !slices.Equal(changes, []string{"DeleteGatewayTarget", "DeleteOauth2CredentialProvider", "CreateOauth2CredentialProvider"}) {
		t.Errorf("changed %v", changes)
	}
	s.settings = nil
	s.forget()
	s.mustEnd(s.walk())
	if changes := s.changes(); !slices.Equal(changes, []string{"CreateGatewayTarget"}) {
		t.Errorf("the walk after it changed %v", changes)
	}
}
