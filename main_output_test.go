//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"agentcore-3lo/internal/testkit/freeport"
	"agentcore-3lo/steps"
)

// hostile is what a terminal would obey or hide: a title, a bell, a cursor
// movement, a C1 control, a direction override.
const hostile = "\x1b]0;owned\a\x1b[2J\u009b31m\u202e"

// obeys finds what a terminal would obey in output.
func obeys(out string) string {
	for _, r := range out {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			return fmt.Sprintf("%U", r)
		}
	}
	return ""
}

func TestNothingThatAPersonGivesReachesTheTerminalAsAControl(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for _, args := range [][]string{
		{"--run", hostile}, {"--region", hostile}, {"--profile", hostile, "--yes"}, {"--return-url", hostile, "--sandbox"}, {"--role-arn", hostile, "--sandbox"},
		{"--sandbox", "--yes", "--client-secret-file", hostile}, {"--sandbox", "--yes", "--client-id", hostile}, {"--latency", hostile, "--sandbox", "--yes"}, {"--pace", hostile},
		{"--port", hostile}, {"--yes=" + hostile}, {"--" + hostile}, {"-" + hostile}, {hostile}, {"run", hostile}, {"status", "--run", hostile}, {"status", hostile},
		{"sandbox", "--fault", hostile}, {"sandbox", "--caller-policy", hostile}, {"sandbox", "--port", hostile}, {"sandbox", "--public-url", hostile},
		{"listen", "--session", hostile}, {"completion", hostile}, {"help", hostile}, {"--sandbox-url", hostile, "status"}, {"cleanup", "--run", hostile}, {"connect", "--profile", hostile},
		{"policy", "--region", hostile}, {"plan", "--region", hostile}, {"runs", "--run", hostile},
	} {
		for _, more := range [][]string{nil, {"--json"}} {
			_, out, errs := p.run(slices.Concat(args, more)...)
			if r := obeys(out + errs); r != "" {
				t.Errorf("%q: %s in %q %q", args, r, out, errs)
			}
		}
	}
	for _, name := range []string{"AGENTCORE_3LO_BACKOFF", "AGENTCORE_3LO_BEARER", "AWS_REGION", "AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_CONFIG_FILE", "LINKEDIN_CLIENT_ID", "LINKEDIN_CLIENT_SECRET", "HTTPS_PROXY"} {
		q := newPlace(t, name+"="+hostile, "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY=x", "AGENTCORE_3LO_BACKOFF_UNUSED=1")
		for _, args := range [][]string{{"--aws", "--yes"}, {"plan"}, {"listen", "--port", fmt.Sprint(freeport.Take(t)), "--session", "x"}, {"--sandbox", "--yes", "--latency", "x"}} {
			_, out, errs := q.run(args...)
			if r := obeys(out + errs); r != "" {
				t.Errorf("%s, %q: %s in %q %q", name, args, r, out, errs)
			}
		}
	}
	home := filepath.Join(t.TempDir(), hostile)
	if err := os.MkdirAll(filepath.Join(home, "runs"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "runs", "bad.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	q := newPlace(t, "AGENTCORE_3LO_HOME="+home)
	for _, args := range [][]string{{"runs"}, {"status"}, {"status", "--run", "bad"}, {"walk", "--run", "bad", "--yes"}} {
		_, out, errs := q.run(args...)
		if r := obeys(out + errs); r != "" {
			t.Errorf("%q: %s in %q %q", args, r, out, errs)
		}
	}
}

func TestAFlagThatCannotBeReadIsExplainedInASentence(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for want, args := range map[string][]string{
		`--port is a whole number, not "abc"`:          {"--port", "abc"},
		`--port is a whole number, not "9.5"`:          {"walk", "--port=9.5"},
		`--port is a whole number, not ""`:             {"sandbox", "--port", ""},
		`not "99999999999999999999"`:                   {"--port", "99999999999999999999"},
		`--port is a number from 1 to 65535`:           {"sandbox", "--port", "70000"},
		`--json takes no value`:                        {"status", "--json=perhaps"},
		`--yes takes no value`:                         {"cleanup", "--yes=2x"},
		`--run needs a value`:                          {"status", "--run"},
		`--client-secret-file needs a value`:           {"--client-secret-file"},
		`unknown flag "--nonsense" of agentcore-3lo`:   {"--nonsense"},
		`unknown flag "--yes" of agentcore-3lo status`: {"status", "--yes"},
		`unknown flag "-y" of agentcore-3lo`:           {"-y"},
		`"--=x" is not a flag`:                         {"--=x"},
	} {
		code, out, errs := p.run(args...)
		if code != steps.ExitUsage || out != "" || !strings.Contains(errs, want) {
			t.Errorf("%q: exit %d, %q %q, want %q", args, code, out, errs, want)
		}
		for _, goes := range []string{"strconv", "invalid argument", "parsing"} {
			if strings.Contains(errs, goes) {
				t.Errorf("%q: Go's own words: %q", args, errs)
			}
		}
	}
}

// contract checks the output of a command with --json: objects, one a line, in
// ASCII, and nothing else.
func contract(t *testing.T, args []string, out string) []line {
	t.Helper()
	if i := strings.IndexFunc(out, func(r rune) bool { return r > unicode.MaxASCII || r < ' ' && r != '\n' }); i >= 0 {
		t.Errorf("%q: not ASCII at %d: %q", args, i, out)
	}
	return lines(t, out)
}

func TestEveryCommandKeepsTheContractOfJSONWhenItFails(t *testing.T) {
	t.Parallel()
	bad := newPlace(t)
	if err := os.MkdirAll(filepath.Join(bad.home, "runs"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bad.home, "runs", "bad.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	nohome := newPlace(t, "AGENTCORE_3LO_HOME=/dev/null/x")
	link := newPlace(t)
	if err := os.Symlink(t.TempDir(), filepath.Join(link.home, "runs")); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"walk", "run", "cleanup", "status", "runs", "plan", "steps", "connect", "token", "policy", "whoami", "listen", "sandbox", "version"} {
		finishes := slices.Contains([]string{"walk", "run", "cleanup", "listen"}, command)
		for name, try := range map[string]struct {
			*place
			args []string
			exit int
		}{
			"a number that is none": {bad, []string{command, "--json", "--port", "x"}, steps.ExitUsage},
			"before --json":         {bad, []string{command, "--nonsense", "--json"}, steps.ExitUsage},
			"a stray word":          {bad, []string{command, "stray", "--json"}, steps.ExitUsage},
			"a bad run name":        {bad, []string{command, "--json", "--run", "a/b"}, steps.ExitUsage},
			"a run not there":       {bad, []string{command, "--json", "--run", "gone"}, steps.ExitUsage},
			"a name of a device":    {bad, []string{command, "--json", "--run", "NUL"}, steps.ExitUsage},
			"other letters":         {bad, []string{command, "--json", "--run", "BAD"}, steps.ExitUsage},
			"a damaged record":      {bad, []string{command, "--json", "--run", "bad"}, steps.ExitFailed},
			"no state folder":       {nohome, []string{command, "--json", "--run", "x"}, steps.ExitFailed},
			"a link in the folder":  {link, []string{command, "--json", "--run", "x"}, steps.ExitFailed},
			"both environments":     {bad, []string{command, "--json", "--sandbox", "--aws"}, steps.ExitUsage},
		} {
			needsRun := slices.Contains([]string{"walk", "run", "cleanup", "status", "connect", "token"}, command)
			late := strings.HasPrefix(name, "a number") || strings.HasPrefix(name, "before") || name == "a stray word"
			if !needsRun && !late || command == "walk" && name == "a run not there" {
				continue // such a command does not look at it, or may begin that run
			}
			args := try.args
			if command == "run" && name != "a stray word" {
				args = slices.Insert(slices.Clone(args), 1, "invoke")
			}
			if command == "walk" && !late {
				args = append(args, "--yes")
			}
			code, out, errs := try.run(args...)
			if out == "" {
				t.Errorf("%s, %q: nothing on standard output; exit %d, %q", name, args, code, errs)
				continue
			}
			all := contract(t, args, out)
			last := all[len(all)-1]
			if finishes {
				if last["event"] != "finished" || last["ok"] != false || last["exit_code"] != float64(code) {
					t.Errorf("%s, %q: the last line is %v", name, args, last)
				}
				last = all[max(0, len(all)-2)]
			}
			why, _ := last["why"].(map[string]any)
			if last["event"] != "failed" || why["message"] == "" || last["next"] == "" || last["log"] == "" || last["doing"] == "" {
				t.Errorf("%s, %q: the failure is %v", name, args, last)
			}
			if code != try.exit {
				t.Errorf("%s, %q: exit %d, want %d: %v", name, args, code, try.exit, last)
			}
		}
	}
}

func TestEveryCommandKeepsTheContractOfJSONWhenItSucceeds(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.must(0, nil, "--sandbox", "--yes", "--json", "--run", "demo", "--port", fmt.Sprint(freeport.Take(t)))
	for command, field := range map[string]string{"status": "steps", "runs": "runs", "plan": "resources", "steps": "steps", "connect": "gateway_url", "token": "token", "policy": "policy", "version": "go"} {
		out := p.must(0, nil, command, "--json")
		if all := contract(t, []string{command}, out); len(all) != 1 || all[0]["event"] != command || all[0][field] == nil {
			t.Errorf("%s: %v", command, all)
		}
	}
	code, out, errs := p.run("status", "--run", "Demo", "--json")
	if all := contract(t, []string{"status"}, out); code != steps.ExitUsage || !strings.Contains(fmt.Sprint(all[0]["why"]), "the run is called demo") {
		t.Errorf("exit %d, %s %s", code, out, errs)
	}
	if _, err := os.Stat(filepath.Join(p.home, "runs", "demo.json")); err != nil {
		t.Error(err)
	}
}

func TestAPasswordInAnAddressIsNotRepeated(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	p := newPlace(t, "AGENTCORE_3LO_HOME="+home)
	addresses := []string{"https://me:tr0ub4dor@host/cb", "me:tr0ub4dor@host/cb", "https://me:p/tr0ub4dor@host/cb", "https://me:p@tr0ub4dor@host/cb",
		"https://me:tr0ub4dor%zz@host/cb", "https://me:tr0ub4dor @host/cb", "http://tr0ub4dor@localhost/cb", "//me:tr0ub4dor@h/cb",
		"https:/me:tr0ub4dor@h/x", "https://me:tr0ub4dor\n@h/x", "https://me:tr0ub4dor@[::1/x", "ftp://me:tr0ub4dor@h/x?y"}
	for _, flags := range [][]string{{"--sandbox", "--return-url"}, {"--sandbox", "--public-url"}, {"--sandbox-url"}} {
		for _, address := range addresses {
			for _, form := range []string{"--plain", "--json"} {
				args := slices.Concat([]string{"walk", "--yes", form}, flags, []string{address})
				if code, out, errs := p.run(args...); code == steps.ExitDone || strings.Contains(out+errs, "tr0ub4dor") {
					t.Errorf("%q: exit code %d\n%s%s", args, code, out, errs)
				}
			}
		}
	}
	logs, err := os.ReadFile(filepath.Join(home, "logs", "start.log"))
	if err != nil || strings.Contains(string(logs), "tr0ub4dor") {
		t.Errorf("the log: %v\n%s", err, logs)
	}
}
