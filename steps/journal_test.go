package steps_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// learnSecrets notes what the program sends that nobody else may see.
func learnSecrets(s *testkit.Run) func() []string {
	var mu sync.Mutex
	var secrets []string
	s.Sandbox.Intercept(func(op string, _ int, _ http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		mu.Lock()
		defer mu.Unlock()
		if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
			secrets = append(secrets, token)
		}
		if form, err := url.ParseQuery(string(body)); err == nil && form.Get("client_secret") != "" {
			secrets = append(secrets, form.Get("client_secret"))
		}
		if _, after, ok := strings.Cut(string(body), `"clientSecret":"`); ok {
			secret, _, _ := strings.Cut(after, `"`)
			secrets = append(secrets, secret)
		}
		return false
	})
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		slices.Sort(secrets)
		return slices.Compact(secrets)
	}
}

func TestTheJournalTellsTheRunWithoutSecretsSessionsAndProfile(t *testing.T) {
	s := newRun(t)
	learned := learnSecrets(s)
	o := s.MustComplete(s.Walk())
	entries, err := s.Store().Entries(s.Name)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(s.Store().JournalPath(s.Name))
	if err != nil {
		t.Fatal(err)
	}

	secrets := learned()
	if len(secrets) < 3 {
		t.Fatalf("the walk sent %d secrets, and should send the app's, the client's and a token", len(secrets))
	}
	link, err := url.Parse(o.Links(event.Consent)[0])
	if err != nil {
		t.Fatal(err)
	}
	urn := link.Query().Get("request_uri")
	secrets = append(secrets, urn[strings.LastIndex(urn, ":")+1:])
	for _, secret := range secrets {
		if bytes.Contains(raw, []byte(secret)) {
			t.Errorf("the journal holds the secret %s…", secret[:6])
		}
	}
	for name, value := range o.Result().Profile {
		if v, ok := value.(string); ok && bytes.Contains(raw, []byte(v)) {
			t.Errorf("the journal holds the profile's %s", name)
		}
	}
	// What front ends get holds no secret either, but for the link.
	for _, e := range o.Events {
		switch e.Body.(type) {
		case wire.Exchange, wire.Arrival:
			told, err := json.Marshal(e.Body)
			for _, secret := range secrets {
				if err != nil || bytes.Contains(told, []byte(secret)) {
					t.Errorf("an event of %s holds the secret %s…: %s %v", e.Step, secret[:6], told, err)
				}
			}
		}
	}

	exchanges, kinds := map[string]wire.Exchange{}, map[string]int{}
	for _, e := range entries {
		kinds[e.Kind]++
		var x wire.Exchange
		if e.Kind == "exchange" && json.Unmarshal(e.Body, &x) == nil {
			exchanges[x.Operation] = x
		}
	}
	for _, kind := range []string{"started", "finished", "exchange", "link", "arrival", "result", "note", "progress"} {
		if kinds[kind] == 0 {
			t.Errorf("the journal has no entry of the kind %s, only %v", kind, kinds)
		}
	}
	for operation, want := range map[string]struct {
		to             wire.Party
		request, reply string
	}{
		"CreateOauth2CredentialProvider": {wire.Identity, `"clientSecret":"[redacted]"`, `callbackUrl`},
		"CreateUserPoolClient":           {wire.AWS, `"ClientName"`, `"ClientSecret":"[redacted]"`},
		"client_credentials":             {wire.AWS, "client_secret=[redacted]", `"access_token":"[redacted]"`},
		"CompleteResourceTokenAuth":      {wire.Identity, `"sessionUri":"session 1"`, ""},
		"tools/call":                     {wire.Gateway, `"method":"tools/call"`, `"email\":\"[not kept]\"`},
	} {
		x, ok := exchanges[operation]
		if !ok || x.From != wire.Program || x.To != want.to || x.Status == 0 {
			t.Errorf("%s: %+v", operation, x)
		}
		if !strings.Contains(x.Request.Body, want.request) || !strings.Contains(x.Response.Body, want.reply) {
			t.Errorf("%s: the request is %s\nand the answer %s", operation, x.Request.Body, x.Response.Body)
		}
	}
}

func TestTheJournalNamesQuestionsWithoutAnswers(t *testing.T) {
	s := newRun(t)
	learned := learnSecrets(s)
	attend(s, func(_ int, link string) (engine.Answer, bool) { return browse(s, link) })
	s.MustComplete(s.Walk())
	raw, err := os.ReadFile(s.Store().JournalPath(s.Name))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(raw, []byte(`"kind":"question","body":{"name":"linkedin_client_secret","kind":"text"}`)) || !bytes.Contains(raw, []byte(`"kind":"answered"`)) {
		t.Errorf("the question for the secret is missing:\n%s", raw)
	}
	for _, secret := range learned() {
		if bytes.Contains(raw, []byte(secret)) {
			t.Errorf("the journal holds the secret %s…", secret[:6])
		}
	}
}

func TestSessionsKeepApartInTheJournalAfterARestart(t *testing.T) {
	s := newRun(t)
	s.MustComplete(s.Walk())
	s.MustComplete(s.Repeat(steps.Consent, steps.Invoke))
	labels := map[string]bool{}
	entries, err := s.Store().Entries(s.Name)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		var a wire.Arrival
		if e.Kind == "arrival" && json.Unmarshal(e.Body, &a) == nil && a.Session != "" {
			labels[a.Session] = true
		}
	}
	if !labels["session 1"] || !labels["session 2"] || len(labels) != 2 {
		t.Errorf("the sessions are %v", labels)
	}
}

func TestAJournalThatCannotBeWrittenFailsNoStep(t *testing.T) {
	s := newRun(t)
	if err := os.WriteFile(s.Home+"/journals", nil, 0o600); err != nil { // where the folder should be
		t.Fatal(err)
	}
	s.MustComplete(s.Walk())
}

func TestCleanupKeepsTheJournal(t *testing.T) {
	s := newRun(t)
	s.MustComplete(s.Walk())
	s.MustComplete(s.Cleanup())
	entries, err := s.Store().Entries(s.Name)
	if err != nil || !slices.ContainsFunc(entries, func(e run.Entry) bool {
		return e.Kind == "exchange" && strings.Contains(string(e.Body), `"operation":"DeleteGateway"`)
	}) {
		t.Errorf("the journal has %d entries and no deletion of the gateway, %v", len(entries), err)
	}
}
