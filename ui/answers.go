package ui

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"agentcore-3lo/steps"
)

// Answers are what flags and environment say beforehand.
type Answers struct {
	ClientID   string
	Secret     string // from the environment
	SecretFile string // a path, or "-" for standard input
}

// Check finds a secret file that cannot serve before anything is made. A pipe
// is read only when the secret is needed, so that work goes on meanwhile.
func (a Answers) Check() error {
	if a.SecretFile == "" || a.SecretFile == "-" {
		return nil
	}
	info, err := os.Stat(a.SecretFile)
	switch {
	case err != nil:
		return fmt.Errorf("the secret file cannot be read: %w", err)
	case info.IsDir():
		return fmt.Errorf("the secret file %s is a folder", a.SecretFile)
	case !info.Mode().IsRegular():
		return nil
	}
	_, err = a.readSecret()
	return err
}

// Given returns the answer to a question; for the secret only whether there is
// one.
func (a Answers) Given(question string) string {
	switch {
	case question == "linkedin_client_id":
		return strings.TrimSpace(a.ClientID)
	case question == "linkedin_client_secret" && (a.Secret != "" || a.SecretFile != ""):
		return "(given)"
	}
	return ""
}

// Answer is the steps.Answerer.
func (a Answers) Answer(_ context.Context, q steps.Question) (steps.Answer, bool, error) {
	if a.Given(q.Name) == "" {
		return "", false, nil
	}
	if q.Name != "linkedin_client_secret" {
		return steps.Answer(a.Given(q.Name)), true, nil
	}
	if a.SecretFile == "" {
		return steps.Answer(strings.TrimSpace(a.Secret)), true, nil
	}
	secret, err := a.readSecret()
	if err != nil {
		return "", false, steps.Problem{Doing: "reading the client secret", Err: err, Next: "Correct --client-secret-file.", Exit: steps.ExitUsage}
	}
	return steps.Answer(secret), true, nil
}

const maxSecret = 8 << 10

func (a Answers) readSecret() (string, error) {
	in, name := os.Stdin, "standard input"
	if a.SecretFile != "-" {
		file, err := os.Open(a.SecretFile)
		if err != nil {
			return "", fmt.Errorf("the secret file cannot be read: %w", err)
		}
		defer file.Close()
		in, name = file, a.SecretFile
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
