package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/userfile"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui/terminal"
)

// givenAnswers are what flags and environment say beforehand.
type givenAnswers struct {
	ClientID   string
	Secret     string        // from the environment
	SecretFile string        // a path, or "-" for standard input
	Patience   time.Duration // how long a pipe may take before anything begins; 0 = it is waited for where it is needed
	Input      *terminal.Input

	file chan secretRead // what the file holds, once it has been read
}

type secretRead struct {
	secret string
	err    error
}

// readGrace is how long a secret file may take before work begins without it.
const readGrace = 300 * time.Millisecond

// pipePatience is how long a pipe may take where nobody is there to end it.
const pipePatience = 30 * time.Second

// Check cleans ID and secret, and finds what cannot be one before anything is
// created. Where a person is there, a pipe may take its time: it is waited for
// where the secret is needed, so that work goes on meanwhile.
func (a *givenAnswers) Check(ctx context.Context) (err error) {
	if a.ClientID != "" {
		if a.ClientID, err = steps.Vendor().Forms.ClientID([]byte(a.ClientID)); err != nil {
			return fmt.Errorf("--client-id or %s: %w", steps.Vendor().ClientIDVariable, err)
		}
	}
	if a.SecretFile == "" && a.Secret != "" {
		if a.Secret, err = steps.Vendor().Forms.ClientSecret([]byte(a.Secret), a.ClientID); err != nil {
			return fmt.Errorf("%s: %w", steps.Vendor().SecretVariable, err)
		}
	}
	if a.SecretFile == "" {
		return nil
	}
	a.file = make(chan secretRead, 1)
	go func(path, id string, read chan<- secretRead) {
		secret, err := a.readSecret(path, id)
		read <- secretRead{secret, err}
	}(a.SecretFile, a.ClientID, a.file)
	select {
	case got := <-a.file:
		a.file <- got // it may be asked for again
		return got.err
	case <-time.After(cmp.Or(a.Patience, readGrace)):
		if a.Patience == 0 {
			return nil
		}
		return fmt.Errorf("nothing arrived from --client-secret-file %s within %v; give it a file, or a pipe that something writes to", a.SecretFile, a.Patience)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Given returns the answer to a question; for the secret only whether there is
// one.
func (a *givenAnswers) Given(question string) string {
	switch {
	case question == "linkedin_client_id":
		if id, err := steps.Vendor().Forms.ClientID([]byte(a.ClientID)); err == nil {
			return id
		}
	case question == "linkedin_client_secret" && (a.Secret != "" || a.SecretFile != ""):
		return "(given)"
	}
	return ""
}

// Answer is the steps.Answerer.
func (a *givenAnswers) Answer(ctx context.Context, q engine.Question) (engine.Answer, bool, error) {
	if a.Given(q.Name) == "" {
		return "", false, nil
	}
	if q.Name != "linkedin_client_secret" {
		return engine.Answer(a.Given(q.Name)), true, nil
	}
	if a.SecretFile == "" {
		return engine.Answer(a.Secret), true, nil
	}
	select {
	case got := <-a.file:
		a.file <- got                                  // it may be asked for again
		if errors.As(got.err, &engine.NeedsPerson{}) { // Ctrl-D at its prompt
			return "", false, got.err
		}
		if got.err != nil {
			return "", false, advice.Problem{Doing: "reading the client secret", Err: got.err, Next: "Correct --client-secret-file.", Exit: steps.ExitUsage}
		}
		return engine.Answer(got.secret), true, nil
	case <-ctx.Done():
		return "", false, ctx.Err()
	}
}

const maxSecret = 8 << 10

func (a *givenAnswers) readSecret(path, id string) (string, error) {
	name, raw, err := "--client-secret-file "+path, []byte(nil), error(nil)
	if path == "-" {
		name = "standard input"
		raw, err = a.readStandardInput()
	} else {
		raw, err = userfile.Read(context.Background(), path, maxSecret)
	}
	if err != nil {
		return "", fmt.Errorf("the client secret cannot be read from %s: %w", name, err)
	}
	cleaned, err := steps.Vendor().Forms.ClientSecret(raw, id)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return cleaned, nil
}

// readStandardInput lets a person type the secret, or reads all that a pipe has.
func (a *givenAnswers) readStandardInput() ([]byte, error) {
	if a.Input.IsTerminal() {
		return askSecret(a.Input)
	}
	raw, err := a.Input.All(maxSecret + 1)
	if err == nil && len(raw) > maxSecret {
		err = fmt.Errorf("it is too large: more than %d bytes", maxSecret)
	}
	return raw, err
}

// askSecret asks for the secret of --client-secret-file -, on the error stream.
func askSecret(in *terminal.Input) ([]byte, error) {
	ctx := context.Background() // an interrupt ends the process
	give, err := in.Turn(ctx)
	if err != nil {
		return nil, err
	}
	defer give()
	prompt := func() { fmt.Fprint(os.Stderr, "Client secret (not shown): ") }
	secret, err := in.Masked(ctx, prompt)
	fmt.Fprintln(os.Stderr)
	if errors.Is(err, terminal.ErrEnded) {
		err = engine.NeedsPerson{Questions: []engine.Question{{Name: "linkedin_client_secret", Answers: "--client-secret-file PATH or " + steps.Vendor().SecretVariable}}}
	}
	return []byte(secret), err
}
