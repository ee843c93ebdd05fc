package steps

import (
	"context"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/commandline"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps/engine"
)

// credentials are the client ID and secret of the person's app, in memory only,
// until AgentCore has taken them.
type credentials struct {
	run      *run.Run
	commands commandline.Writer
	hide     func(...string)
	settings *Settings
	portal   func() string // URL of the developer portal
	again    string        // the command that asks for them again

	mu           sync.Mutex
	clientID     string
	clientSecret string // "" = AgentCore has it, or it was not given yet
}

// waiting says that there is a secret that AgentCore does not have yet.
func (c *credentials) waiting() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.clientSecret != ""
}

// hand gives ID and secret to the one call that takes them, asking first where
// they are not in memory.
func (c *credentials) hand(ctx context.Context, p engine.Person, call func(types.Oauth2ProviderConfigInput) error) error {
	if !c.waiting() {
		if err := c.ask(ctx, p); err != nil {
			return err
		}
	}
	c.mu.Lock()
	id, secret := c.clientID, c.clientSecret
	c.mu.Unlock()
	if err := call(vendor.Config(id, secret)); err != nil {
		return err
	}
	c.mu.Lock()
	c.clientSecret = ""
	c.mu.Unlock()
	return c.taken(id)
}

// taken writes down the ID that AgentCore has taken with its secret.
func (c *credentials) taken(id string) error {
	return c.run.Update(func(r *run.Record) { r.ClientID, r.SecretAsked = id, false })
}

func (c *credentials) keep(id, secret string) error {
	c.hide(secret)
	c.mu.Lock()
	c.clientID, c.clientSecret = id, secret
	c.mu.Unlock()
	return c.run.Update(func(r *run.Record) { r.SecretAsked = true })
}

// ask gets ID and secret: from the simulated person, from the environment, or
// from whoever is there.
func (c *credentials) ask(ctx context.Context, p engine.Person) error {
	portal := c.portal()
	p.Tell(event.Link{Purpose: event.Portal, URL: portal})
	if done, err := c.askSimulated(ctx, p, portal); done || err != nil {
		return err
	}
	idQuestion, secretName := clientIDQuestion(), clientSecretQuestion("").Name
	others, err := c.offerKnown(ctx, p)
	if err != nil {
		return err
	}
	if others { // names that the environment does not answer
		idQuestion.Name, secretName = "other_client_id", "other_client_secret"
	}
	given, err := p.Ask(ctx, idQuestion)
	if err != nil {
		return err
	}
	id, err := vendor.Forms.ClientID([]byte(given))
	if err != nil {
		return advice.Problem{Doing: "reading the client ID", Err: err, Next: "Give it again: " + c.again, Exit: ExitUsage}
	}
	secretQuestion := clientSecretQuestion(id)
	secretQuestion.Name = secretName
	if given, err = p.Ask(ctx, secretQuestion); err != nil {
		return err
	}
	secret, err := vendor.Forms.ClientSecret([]byte(given), id)
	if err != nil {
		return advice.Problem{Doing: "reading the client secret", Err: err, Next: "Give it again: " + c.again, Exit: ExitUsage}
	}
	p.Tell(event.Fact{Label: "Client ID", Value: id, Note: "its secret is ready for AgentCore"})
	return c.keep(id, secret)
}

// askSimulated lets the simulated person create an app; done is false where
// there is none, or where the person does it.
func (c *credentials) askSimulated(ctx context.Context, p engine.Person, portal string) (done bool, err error) {
	sim := c.settings.Simulated
	if sim == nil || c.settings.given(clientIDName) != "" {
		return false, nil
	}
	yes, err := letSimulated(ctx, p, c.settings, "app", "The sandbox can play you here: create the app and read its Auth tab")
	if err != nil || !yes {
		return false, err
	}
	if err := c.settings.moment(ctx, App); err != nil {
		return false, err
	}
	id, secret, err := sim.CreateApp(ctx, portal)
	if err != nil {
		return false, advice.Fail("letting the simulated person create an app", err)
	}
	p.Tell(event.Fact{Label: "Client ID", Value: id, Note: "the simulated person created the app and read its Auth tab"})
	return true, c.keep(id, secret)
}

// offerKnown offers what the environment holds. others says that the person
// wants to give another ID and secret.
func (c *credentials) offerKnown(ctx context.Context, p engine.Person) (others bool, err error) {
	id := c.settings.given(clientIDName)
	inEnvironment, _ := vendor.Forms.ClientID([]byte(c.settings.Env(vendor.ClientIDVariable)))
	if id == "" || id != inEnvironment || c.settings.Env(vendor.SecretVariable) == "" || !c.settings.mayChoose() {
		return false, nil
	}
	a, err := p.Ask(ctx, engine.Question{Name: "known", Kind: engine.Menu, Default: "use", Answers: "--yes",
		Prompt:  fmt.Sprintf("%s is set: client id %s. Its secret is in %s. Use them?", vendor.ClientIDVariable, text.CleanLine(id), vendor.SecretVariable),
		Choices: []engine.Choice{{ID: "use", Label: "yes, use them"}, {ID: "other", Label: "no, I give others"}}})
	return a == "other", err
}

// letSimulated offers the simulated person. With --yes it always acts.
func letSimulated(ctx context.Context, p engine.Person, s *Settings, name, prompt string) (bool, error) {
	if s.Yes {
		return true, nil
	}
	if s.Unattended {
		return false, nil
	}
	a, err := p.Ask(ctx, engine.Question{Name: name, Kind: engine.Menu, Prompt: prompt + "?", Default: "simulate", Answers: "--yes",
		Choices: []engine.Choice{{ID: "simulate", Label: "let the simulated person do it"}, {ID: "myself", Label: "no, I do it myself in a browser"}}})
	return a == "simulate", err
}

// The names of the questions are public: flags, variables and NDJSON have them.
const (
	clientIDName     = "linkedin_client_id"
	clientSecretName = "linkedin_client_secret"
)

func clientIDQuestion() engine.Question {
	return engine.Question{Name: clientIDName, Kind: engine.Text, Prompt: "Client ID",
		Check:   func(a engine.Answer) error { _, err := vendor.Forms.ClientID([]byte(a)); return err },
		Help:    []string{"In " + vendor.Forms.Place + " of your app. It is no secret."},
		Answers: "--client-id or " + vendor.ClientIDVariable}
}

func clientSecretQuestion(id string) engine.Question {
	return engine.Question{Name: clientSecretName, Kind: engine.Text, Secret: true, Prompt: vendor.Words.Secret,
		Help:    []string{"In " + vendor.Words.SecretPlace + ". It goes to AgentCore Identity and is stored nowhere else."},
		Answers: "--client-secret-file PATH or " + vendor.SecretVariable,
		Check:   func(a engine.Answer) error { _, err := vendor.Forms.ClientSecret([]byte(a), id); return err }}
}
