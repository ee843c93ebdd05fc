//go:build unix

package ui_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"agentcore-3lo/steps"
	"agentcore-3lo/ui"
)

var secretQuestion = steps.Question{Name: "linkedin_client_secret", Secret: true}

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
		file("empty", ""):             "is empty",
		file("blank", " \n\n"):        "is empty",
		file("lines", "one\ntwo\n"):   "several lines",
		file("large", strings.Repeat("x", 20<<10)): "too large",
		file("good", "  s3cret\r\n"):               "",
	} {
		err := (&ui.Answers{SecretFile: path}).Check()
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	good := &ui.Answers{SecretFile: filepath.Join(dir, "good")}
	if err := good.Check(); err != nil {
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
	answers := &ui.Answers{SecretFile: path}
	checked := make(chan error, 1)
	go func() { checked <- answers.Check() }()
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

func TestAnswersComeFromFlagAndEnvironment(t *testing.T) {
	a := &ui.Answers{ClientID: " id ", Secret: " s \n"}
	if got, ok, _ := a.Answer(t.Context(), steps.Question{Name: "linkedin_client_id"}); got != "id" || !ok {
		t.Errorf("%q %v", got, ok)
	}
	if got, ok, _ := a.Answer(t.Context(), secretQuestion); got != "s" || !ok {
		t.Errorf("%q %v", got, ok)
	}
	if a.Given("linkedin_client_secret") == "s" {
		t.Error("Given shows the secret")
	}
	if _, ok, _ := a.Answer(t.Context(), steps.Question{Name: "plan"}); ok {
		t.Error("it answers the plan")
	}
	if _, ok, _ := (&ui.Answers{}).Answer(t.Context(), secretQuestion); ok {
		t.Error("it makes a secret up")
	}
}
