//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"agentcore-3lo/internal/testkit/tty"
	"agentcore-3lo/steps"
)

// Ctrl-D ends every command at its question, in every front end that asks.
func TestCtrlDAtAQuestionNeedsAPerson(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		args   []string
		script []string // wait for this, type that; at the last one it is Ctrl-D
	}{
		{"where to begin", []string{"--plain"}, []string{"new run in the sandbox"}},
		{"which page", []string{"--sandbox", "--plain", "--pace", "manual"}, []string{"Enter begins"}},
		{"the round trip", []string{"--sandbox", "--plain"}, []string{"Enter skips"}},
		{"the plan", []string{"--sandbox", "--plain"}, []string{"Enter skips", "\n", "Create these?"}},
		{"a question beside JSON", []string{"--sandbox", "--json"}, []string{"Enter skips"}},
		{"a masked prompt", []string{"--sandbox", "--plain", "--client-id", "86abcdefgh1234"}, []string{"Enter skips", "\n", "Create these?", "y\n", "(not shown)"}},
		{"an MFA code", []string{"--profile", "mfa", "--plain"}, []string{"MFA device"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			config := filepath.Join(t.TempDir(), "config")
			profiles := "[profile mfa]\nregion=us-east-1\nrole_arn=arn:aws:iam::123456789012:role/r\nmfa_serial=arn:aws:iam::123456789012:mfa/m\nsource_profile=keys\n" +
				"[profile keys]\naws_access_key_id=AKIAEXAMPLE\naws_secret_access_key=example\n"
			if err := os.WriteFile(config, []byte(profiles), 0o600); err != nil {
				t.Fatal(err)
			}
			env := []string{"AWS_CONFIG_FILE=" + config, "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_EC2_METADATA_DISABLED=true"}
			if c.name == "an MFA code" { // it must not get as far as calling STS
				env = append(env, "AWS_ENDPOINT_URL_STS=http://127.0.0.1:1")
			}
			p := tty.Start(t, false, env, tty.Program(t), append(c.args, "--latency", "none")...)
			for i := 0; i < len(c.script); i += 2 {
				p.Eventually(c.script[i], func() bool { return strings.Contains(strings.ToLower(p.Output()), strings.ToLower(c.script[i])) })
				typed := "\x04"
				if i+1 < len(c.script) {
					typed = c.script[i+1]
				}
				p.Send(typed)
			}
			p.Finish(steps.ExitNeedsPerson)
		})
	}
}
