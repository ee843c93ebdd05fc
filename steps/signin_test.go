//go:build unix

package steps_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps/engine"
)

func TestAPersonIsToldWhyToSignInAgainAndTheRunGoesOn(t *testing.T) {
	dir := t.TempDir()
	helper, config := filepath.Join(dir, "helper.sh"), filepath.Join(dir, "config")
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write(helper, "#!/bin/sh\necho 'run corp login first' >&2\nexit 3\n")
	write(config, "[profile corp]\nregion = us-east-1\ncredential_process = "+helper+"\n")
	onAWS(t, fakeSTS(t, caller("123456789012")), map[string]string{"AWS_CONFIG_FILE": config, "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})
	asked := ""
	_, o := prerequisitesOnAWS(t, awsenv.Options{Profile: "corp"}, testkit.NewRecord("test", false), func(q engine.Question) (engine.Answer, bool) {
		if q.Name == "credentials" {
			asked = strings.Join(append(q.Help, q.Prompt), "\n")
			write(helper, "#!/bin/sh\necho '{\"Version\":1,\"AccessKeyId\":\"ASIAX\",\"SecretAccessKey\":\"secret-of-the-helper\"}'\n")
			return engine.Yes, true
		}
		return map[string]engine.Answer{"round_trip": "skip", "plan": engine.Yes}[q.Name], true
	})
	for _, words := range []string{"run corp login first", `profile "corp"`, "Enter when you have signed in"} {
		if !strings.Contains(asked, words) {
			t.Errorf("the question does not say %q:\n%s", words, asked)
		}
	}
	if f := o.Failure(); f != nil {
		t.Errorf("it did not go on: %v", f)
	}
}
