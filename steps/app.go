package steps

import (
	"context"
	"fmt"

	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps/engine"
)

func appStep() Step {
	return Step{ID: LinkedIn, Title: vendor.Name + " app", Needs: []engine.ID{Prerequisites},
		Does:     "shows how to create the app; asks for its client ID and client secret",
		Asks:     []string{"linkedin_client_id", "linkedin_client_secret"},
		Deferred: true,
		Run:      app,
	}
}

func app(ctx context.Context, t *Task) error {
	if !t.needsCredentials() {
		t.say("AgentCore holds the client secret of app %s already. To change it: %s", t.Record().ClientID, t.Command("run", "linkedin"))
		return nil
	}
	if t.Record().SecretAsked && !t.hasNewSecret() {
		t.say("The client secret is never stored, so it is asked for again.")
	}
	return t.askCredentials(ctx)
}

// needsCredentials says whether provider will want the secret: it does not
// exist yet, the person asked for it, or another client id was given.
func (t *Task) needsCredentials() bool {
	if t.Again || t.resource(KindProvider).Made.IsZero() {
		return true
	}
	given := t.given("linkedin_client_id")
	return given != "" && given != t.Record().ClientID
}

// given is the answer a flag or variable has for a question; "" when none.
func (k *Kit) given(question string) string {
	if k.Settings.Given == nil {
		return ""
	}
	return k.Settings.Given(question)
}

// askCredentials gets client id and secret into memory.
func (t *Task) askCredentials(ctx context.Context) error {
	portal := t.portal()
	t.Tell(URL{Purpose: PurposePortal, URL: portal})
	if sim := t.Settings.Simulated; sim != nil && t.given("linkedin_client_id") == "" {
		yes, err := t.letSimulated(ctx, "app", "The sandbox can play you here: create the app and read its Auth tab")
		if err != nil {
			return err
		}
		if yes {
			if err := t.moment(ctx); err != nil {
				return err
			}
			id, secret, err := sim.CreateApp(ctx, portal)
			if err != nil {
				return fail("letting the simulated person create an app", err)
			}
			t.say("The simulated person created an app and read its Auth tab: client id %s", id)
			return t.keepCredentials(id, secret)
		}
	}
	idQuestion := clientIDQuestion()
	others, err := t.offerKnown(ctx)
	if err != nil {
		return err
	}
	if others {
		idQuestion.Name = "other_client_id" // which the environment does not answer
	}
	id, err := t.Ask(ctx, idQuestion)
	if err != nil {
		return err
	}
	cleaned, err := vendor.Forms.ClientID([]byte(id))
	if err != nil {
		return Problem{Doing: "reading the client ID", Err: err, Next: "Give it again: " + t.again(LinkedIn), Exit: ExitUsage}
	}
	secretQuestion := clientSecretQuestion(cleaned)
	if others {
		secretQuestion.Name = "other_client_secret"
	}
	given, err := t.Ask(ctx, secretQuestion)
	if err != nil {
		return err
	}
	clientSecret, err := vendor.Forms.ClientSecret([]byte(given), cleaned)
	if err != nil {
		return Problem{Doing: "reading the client secret", Err: err, Next: "Give it again: " + t.again(LinkedIn), Exit: ExitUsage}
	}
	t.say("Client ID %s and its secret are ready for AgentCore.", cleaned)
	return t.keepCredentials(cleaned, clientSecret)
}

// offerKnown offers what the environment holds. others says that the person
// wants to give another id and secret.
func (t *Task) offerKnown(ctx context.Context) (others bool, err error) {
	id := t.given("linkedin_client_id")
	inEnvironment, _ := vendor.Forms.ClientID([]byte(t.Settings.Env(vendor.ClientIDVariable)))
	if id == "" || id != inEnvironment || t.Settings.Env(vendor.SecretVariable) == "" || !t.mayChoose() {
		return false, nil
	}
	a, err := t.Ask(ctx, engine.Question{Name: "known", Kind: engine.Menu, Default: "use", Answers: "--yes",
		Prompt:  fmt.Sprintf("%s is set: client id %s. Its secret is in %s. Use them?", vendor.ClientIDVariable, text.CleanLine(id), vendor.SecretVariable),
		Choices: []engine.Choice{{ID: "use", Label: "yes, use them"}, {ID: "other", Label: "no, I give others"}}})
	return a == "other", err
}

func (t *Task) keepCredentials(id, clientSecret string) error {
	t.Redactor.Add(clientSecret)
	t.secrets.mu.Lock()
	t.secrets.clientID, t.secrets.clientSecret = id, clientSecret
	t.secrets.mu.Unlock()
	return t.update(func(r *run.Record) { r.SecretAsked = true })
}

// letSimulated offers the simulated person. With --yes it always acts.
func (t *Task) letSimulated(ctx context.Context, name, prompt string) (bool, error) {
	if t.Settings.Yes {
		return true, nil
	}
	if t.Settings.Unattended {
		return false, nil
	}
	a, err := t.Ask(ctx, engine.Question{Name: name, Kind: engine.Menu, Prompt: prompt + "?", Default: "simulate", Answers: "--yes",
		Choices: []engine.Choice{{ID: "simulate", Label: "let the simulated person do it"}, {ID: "myself", Label: "no, I do it myself in a browser"}}})
	return a == "simulate", err
}

func clientIDQuestion() engine.Question {
	return engine.Question{Name: "linkedin_client_id", Kind: engine.Text, Prompt: "Client ID",
		Check:   func(a engine.Answer) error { _, err := vendor.Forms.ClientID([]byte(a)); return err },
		Help:    []string{"In the Auth tab of your app. It is no secret."},
		Answers: "--client-id or " + vendor.ClientIDVariable}
}

func clientSecretQuestion(id string) engine.Question {
	return engine.Question{Name: "linkedin_client_secret", Kind: engine.Text, Secret: true, Prompt: "Primary Client Secret",
		Help:    []string{"In the Auth tab, behind the eye. It goes to AgentCore Identity and is stored nowhere else."},
		Answers: "--client-secret-file PATH or " + vendor.SecretVariable,
		Check:   func(a engine.Answer) error { _, err := vendor.Forms.ClientSecret([]byte(a), id); return err }}
}

// portal is the developer portal's address.
func (t *Task) portal() string {
	if box := t.Settings.World.Sandbox; box != nil && box.Portal != "" {
		return box.Portal // also before the world is open
	}
	if w := t.World(); w != nil && w.Portal != "" {
		return w.Portal
	}
	return vendor.Portal
}

// keptClientID writes down the id that AgentCore has taken with its secret.
func (t *Task) keptClientID(id string) error {
	return t.update(func(r *run.Record) { r.ClientID, r.SecretAsked = id, false })
}
