package ui

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"agentcore-3lo/steps"
)

// Answers are what flags and environment say beforehand.
type Answers struct {
	ClientID   string
	Secret     string // from the environment
	SecretFile string // a path, or "-" for standard input

	file chan secretRead // what the file holds, once it has been read
}

type secretRead struct {
	secret string
	err    error
}

// readGrace is how long a secret file may take before work begins without it.
const readGrace = 300 * time.Millisecond

// Check finds an id or a secret that cannot serve before anything is made. A
// pipe may take its time: it is waited for where the secret is needed, so that
// work goes on meanwhile.
func (a *Answers) Check() error {
	if a.SecretFile != "" {
		a.file = make(chan secretRead, 1)
		go func(path string, read chan<- secretRead) {
			secret, err := readSecret(path)
			read <- secretRead{secret, err}
		}(a.SecretFile, a.file)
		select {
		case got := <-a.file:
			if got.err == nil {
				got.err = steps.CheckCredentials(a.ClientID, got.secret)
			}
			if got.err != nil {
				return got.err
			}
			a.file <- got // for whoever asks later
		case <-time.After(readGrace):
		}
	}
	return steps.CheckCredentials(a.ClientID, a.Secret)
}

// Given returns the answer to a question; for the secret only whether there is
// one.
func (a *Answers) Given(question string) string {
	switch {
	case question == "linkedin_client_id":
		return strings.TrimSpace(a.ClientID)
	case question == "linkedin_client_secret" && (a.Secret != "" || a.SecretFile != ""):
		return "(given)"
	}
	return ""
}

// Answer is the steps.Answerer.
func (a *Answers) Answer(ctx context.Context, q steps.Question) (steps.Answer, bool, error) {
	if a.Given(q.Name) == "" {
		return "", false, nil
	}
	if q.Name != "linkedin_client_secret" {
		return steps.Answer(a.Given(q.Name)), true, nil
	}
	if a.SecretFile == "" {
		return steps.Answer(strings.TrimSpace(a.Secret)), true, nil
	}
	select {
	case got := <-a.file:
		a.file <- got // it may be asked for again
		if got.err != nil {
			return "", false, steps.Problem{Doing: "reading the client secret", Err: got.err, Next: "Correct --client-secret-file.", Exit: steps.ExitUsage}
		}
		return steps.Answer(got.secret), true, nil
	case <-ctx.Done():
		return "", false, ctx.Err()
	}
}

const maxSecret = 8 << 10

func readSecret(path string) (string, error) {
	in, name := os.Stdin, "standard input"
	if path != "-" {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			return "", fmt.Errorf("the secret file %s is a folder", path)
		}
		file, err := os.Open(path)
		if err != nil {
			return "", fmt.Errorf("the secret file cannot be read: %w", err)
		}
		defer file.Close()
		in, name = file, path
	} else if term.IsTerminal(int(in.Fd())) {
		raw, err := term.ReadPassword(int(in.Fd()))
		return strings.TrimSpace(string(raw)), err
	}
	raw, err := io.ReadAll(io.LimitReader(in, maxSecret+1))
	secret := strings.TrimSpace(string(raw))
	switch {
	case err != nil:
		return "", fmt.Errorf("the secret cannot be read from %s: %w", name, err)
	case len(raw) > maxSecret:
		return "", fmt.Errorf("%s is too large for a client secret", name)
	case secret == "":
		return "", fmt.Errorf("%s is empty; it should hold the client secret", name)
	case strings.ContainsAny(secret, "\r\n"):
		return "", fmt.Errorf("%s has several lines; it should hold the client secret alone", name)
	}
	return secret, nil
}
