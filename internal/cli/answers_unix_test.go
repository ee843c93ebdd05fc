//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"agentcore-3lo/steps/engine"
)

var secretQuestion = engine.Question{Name: "linkedin_client_secret", Secret: true}

func TestASecretFileThatCannotServeIsFoundBeforehand(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "missing"): "cannot be read",
		dir:                           "is a folder",
		"/dev/zero":                   "is a device",
		file("empty", ""):             "is empty",
		file("blank", " \n\n"):        "is empty",
		file("lines", "one\ntwo\n"):   "several lines",
		file("named", "LINKEDIN_CLIENT_SECRET=WPL_AP1.Zq8.Ab12Cd\n"): "NAME=value",
		file("quoted", "“WPL_AP1.Zq8.Ab12Cd”"):                       "quotation marks",
		file("large", strings.Repeat("x", 20<<10)):                   "too large",
		file("good", "  s3cret\r\n"):                                 "",
		file("marked", "\ufeffs3cret\n"):                             "",
		file("wide", "\xff\xfes\x003\x00\r\x00\n\x00"):               "",
	} {
		err := (&givenAnswers{SecretFile: path}).Check(t.Context())
		if err != nil && strings.Contains(err.Error(), "Zq8") {
			t.Errorf("%s: the error repeats the secret: %v", path, err)
		}
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	good := &givenAnswers{SecretFile: filepath.Join(dir, "good")}
	if err := good.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	a, ok, err := good.Answer(t.Context(), secretQuestion)
	if a != "s3cret" || !ok || err != nil {
		t.Errorf("%q %v %v", a, ok, err)
	}
}

func TestAPipeIsReadOnlyWhenTheSecretIsNeeded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	answers := &givenAnswers{SecretFile: path}
	checked := make(chan error, 1)
	go func() { checked <- answers.Check(t.Context()) }()
	select {
	case err := <-checked: // nobody writes yet
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("Check waits for the pipe")
	}
	go func() { _ = os.WriteFile(path, []byte("late\n"), 0o600) }()
	if a, ok, err := answers.Answer(t.Context(), secretQuestion); a != "late" || !ok || err != nil {
		t.Errorf("%q %v %v", a, ok, err)
	}
}

func TestAPipeThatStaysSilentEndsAnUnattendedRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	answers := &givenAnswers{SecretFile: path, Patience: 50 * time.Millisecond}
	if err := answers.Check(t.Context()); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "nothing arrived") {
		t.Errorf("error %v", err)
	}
	path = filepath.Join(t.TempDir(), "pipe") // the read that was given up still waits at the first one
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	slow := &givenAnswers{SecretFile: path, Patience: time.Minute}
	go func() {
		time.Sleep(2 * 300 * time.Millisecond) // longer than a run that has a person waits before it begins
		_ = os.WriteFile(path, []byte("SECRET=WPL_AP1.Zq8.Ab12Cd"), 0o600)
	}()
	if err := slow.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "NAME=value") {
		t.Errorf("what a slow pipe brought: %v", err)
	}
}

func TestAnIDOrSecretThatCannotServeIsFoundBeforehand(t *testing.T) {
	for want, a := range map[string]*givenAnswers{
		"LINKEDIN_CLIENT_SECRET: the client secret is in quotation marks": {Secret: "'WPL_AP1.Zq8.Ab12Cd'"},
		"LINKEDIN_CLIENT_SECRET: this is a client ID":                     {ClientID: "77abcdefghij12", Secret: "77abcdefghij12"},
		"--client-id or LINKEDIN_CLIENT_ID: this is a client secret":      {ClientID: "WPL_AP1.Zq8.Ab12Cd"},
		"--client-id or LINKEDIN_CLIENT_ID: the client ID has a label":    {ClientID: "Client ID: 77abcdefghij12"},
	} {
		if err := a.Check(t.Context()); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestAnswersComeFromFlagAndEnvironment(t *testing.T) {
	a := &givenAnswers{ClientID: " id ", Secret: " s \n"}
	if err := a.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, ok, _ := a.Answer(t.Context(), engine.Question{Name: "linkedin_client_id"}); got != "id" || !ok {
		t.Errorf("%q %v", got, ok)
	}
	if got, ok, _ := a.Answer(t.Context(), secretQuestion); got != "s" || !ok {
		t.Errorf("%q %v", got, ok)
	}
	if a.Given("linkedin_client_secret") == "s" {
		t.Error("Given shows the secret")
	}
	if _, ok, _ := a.Answer(t.Context(), engine.Question{Name: "plan"}); ok {
		t.Error("it answers the plan")
	}
	if _, ok, _ := (&givenAnswers{}).Answer(t.Context(), secretQuestion); ok {
		t.Error("it makes a secret up")
	}
}
