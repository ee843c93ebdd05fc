//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/internal/testkit/freeport"
	"agentcore-3lo/steps"
)

// tempting is what leads an AWS client to a server that counts its requests:
// keys, region and endpoint, in variables or in a file.
func tempting(t *testing.T, inFile bool) (env []string, count *atomic.Int32) {
	t.Helper()
	count = new(atomic.Int32)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		count.Add(1)
		w.WriteHeader(http.StatusTeapot)
	}))
	t.Cleanup(server.Close)
	if !inFile {
		return []string{"AWS_ACCESS_KEY_ID=AKIAEXAMPLE0000000AA", "AWS_SECRET_ACCESS_KEY=example", "AWS_REGION=us-east-1", "AWS_ENDPOINT_URL=" + server.URL,
			"LINKEDIN_CLIENT_ID=86abcdexample1", "LINKEDIN_CLIENT_SECRET=WPL_AP1.example"}, count
	}
	config := filepath.Join(t.TempDir(), "config")
	text := "[default]\nregion = eu-west-1\naws_access_key_id = AKIAEXAMPLE0000000AA\naws_secret_access_key = example\nendpoint_url = " + server.URL + "\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"AWS_CONFIG_FILE=" + config}, count
}

// records are the files of the runs.
func (p *place) records() []string {
	found, _ := filepath.Glob(filepath.Join(p.home, "runs", "*.json"))
	return found
}

// stopped begins a run in the sandbox and interrupts it when it has created
// something.
func (p *place) stopped(run string) {
	p.t.Helper()
	cmd, cancel := p.command("walk", "--sandbox", "--yes", "--latency", "lifelike", "--json", "--run", run, "--port", fmt.Sprint(freeport.Take(p.t)))
	defer cancel()
	out, err := cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	scan := bufio.NewScanner(out)
	scan.Buffer(nil, 1<<20)
	for scan.Scan() {
		if strings.Contains(scan.Text(), `"operation":"CreateUserPool"`) {
			_ = cmd.Process.Signal(os.Interrupt)
		}
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != steps.ExitInterrupted {
		p.t.Fatalf("exit %d", code)
	}
}

// Neither keys nor a region nor an endpoint in the environment lead a run of the
// sandbox, or a new one, to AWS.
func TestTheConfigurationAloneNeverSelectsAWS(t *testing.T) {
	t.Parallel()
	for name, inFile := range map[string]bool{"variables": false, "file": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env, count := tempting(t, inFile)
			p := newPlace(t)
			p.env = append(p.env, env...)
			both := []string{"walk --sandbox", "walk --aws"}
			p.must(steps.ExitUsage, both, "walk", "--yes")
			p.must(steps.ExitUsage, both, "--json")
			p.must(steps.ExitUsage, []string{"walk --new --sandbox", "walk --new --aws"}, "--new", "--plain")
			p.must(steps.ExitUsage, []string{"walk --run unheard-of --sandbox", "walk --run unheard-of --aws"}, "walk", "--yes", "--run", "unheard-of")
			p.must(steps.ExitUsage, []string{"cleanup --all --sandbox", "cleanup --all --aws"}, "cleanup", "--all", "--yes")

			p.stopped("first")
			p.must(0, []string{"ana@example.com"}, "walk", "--yes", "--port", fmt.Sprint(freeport.Take(t))) // the only one is resumed where it is
			p.must(steps.ExitUsage, both, "walk", "--yes")                                                  // it is complete
			for _, args := range [][]string{{"status"}, {"runs"}, {"connect"}, {"token"}, {"run", "invoke", "--yes"}, {"plan", "--run", "first"}, {"policy"}, {"cleanup", "--yes"}} {
				p.must(0, nil, args...)
			}
			for _, args := range [][]string{{"status"}, {"runs", "--json"}} {
				if out := p.must(0, []string{"walk --new --sandbox"}, args...); strings.Contains(out, "--aws") {
					t.Errorf("after a cleanup in the sandbox %v leads to AWS:\n%s", args, out)
				}
			}
			p.must(steps.ExitUsage, both, "walk", "--yes")
			p.must(steps.ExitUsage, []string{"first is cleaned up", "walk --run first --sandbox"}, "walk", "--yes", "--run", "first")
			p.must(0, []string{"No run of yours is left"}, "cleanup", "--all", "--yes")
			if n := count.Load(); n != 0 {
				t.Errorf("the endpoint got %d requests", n)
			}
		})
	}
}

// Each command that is printed works as printed, in the run's own environment.
func TestSeveralUnfinishedRunsAreNamedWithACommandEach(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for _, run := range []string{"one", "two"} {
		p.stopped(run)
	}
	for _, words := range [][]string{{"walk"}, {"status"}, {"cleanup"}, {"connect"}, {"token"}, {"run", "invoke"}} {
		_, out, errs := p.run(words...)
		for _, run := range []string{"one", "two"} {
			if want := strings.Join(words, " ") + " --run " + run + "\n"; !strings.Contains(out+errs, want) {
				t.Errorf("%v does not print %q:\n%s%s", words, want, out, errs)
			}
		}
	}
	_, _, errs := p.run("walk", "--yes", "--plain")
	var ran int
	for text := range strings.Lines(errs) {
		if _, command, found := strings.Cut(strings.TrimSpace(text), "In the sandbox: "); found {
			words := strings.Fields(command)[1:]
			p.must(0, []string{"ana@example.com"}, append(words, "--port", fmt.Sprint(freeport.Take(t)))...)
			ran++
		}
	}
	if ran != 2 {
		t.Errorf("%d commands in\n%s", ran, errs)
	}
	for _, args := range [][]string{{"status"}, {"cleanup", "--yes"}, {"run", "invoke", "--yes"}} { // both are complete, and both are left
		p.must(steps.ExitUsage, []string{"--run one", "--run two"}, args...)
	}
	p.must(0, []string{"run two"}, "--sandbox", "--yes", "--port", fmt.Sprint(freeport.Take(t))) // with a word, the newest
}

func TestAFlagNeverChangesTheEnvironmentOfANamedRun(t *testing.T) {
	t.Parallel()
	env, count := tempting(t, false)
	p := newPlace(t)
	p.env = append(p.env, env...)
	p.stopped("mine")
	for _, flags := range [][]string{{"--aws"}, {"--region", "eu-west-1"}, {"--profile", "default"}, {"--sandbox-url", "http://127.0.0.1:1"}} {
		for _, command := range [][]string{{"walk", "--yes"}, {"status"}, {"cleanup", "--yes"}, {"run", "invoke", "--yes"}, {"connect"}, {"token"}, {"plan"}} {
			p.must(steps.ExitUsage, []string{flags[0], "--new"}, slices.Concat(command, flags, []string{"--run", "mine"})...)
		}
	}
	p.must(0, []string{"mine"}, "status", "--run", "mine", "--sandbox")
	store := run.Store{Dir: p.home}
	r := testkit.NewRecord("theirs", false)
	r.Environment, r.Agreed = run.Environment{Account: "111122223333", Region: "us-east-1"}, time.Now()
	if err := store.Save(r); err != nil {
		t.Fatal(err)
	}
	p.must(steps.ExitUsage, []string{"--sandbox", "walk --new --sandbox"}, "walk", "--yes", "--run", "theirs", "--sandbox")
	p.must(steps.ExitUsage, []string{"us-east-1", "walk --new --region eu-west-1"}, "walk", "--yes", "--run", "theirs", "--region", "eu-west-1")
	asked := count.Load() // whether a sandbox is there, which no AWS client asks
	// The run began at AWS's own endpoints, and the environment leads elsewhere.
	p.must(steps.ExitUsage, []string{"AWS_ENDPOINT_URL", "walk --new --aws"}, "walk", "--yes", "--run", "theirs")
	if n := count.Load(); n != asked {
		t.Errorf("the endpoint got %d requests", n-asked)
	}
}

// A second process cannot serve the same sandbox, and says what to do instead.
func TestASandboxThatIsServedAlreadyIsUsedNotServedAgain(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	cmd, cancel := p.command("sandbox", "--json")
	t.Cleanup(cancel)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Signal(os.Interrupt); _ = cmd.Wait() })
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	p.must(steps.ExitFailed, []string{"serves this sandbox already", "end that process first"}, "sandbox")
}

// serveSandbox starts `sandbox --json` and reads its one line.
func serveSandbox(t *testing.T, port int) (served, *exec.Cmd) {
	t.Helper()
	p := newPlace(t)
	cmd, cancel := p.command("sandbox", "--json", "--port", fmt.Sprint(port))
	t.Cleanup(cancel)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	first, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var told struct {
		Endpoint string
		Env      map[string]string
	}
	if err := json.Unmarshal([]byte(first), &told); err != nil {
		t.Fatalf("%q: %v", first, err)
	}
	s := served{endpoint: told.Endpoint}
	for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "LINKEDIN_CLIENT_ID", "LINKEDIN_CLIENT_SECRET"} {
		if told.Env[name] == "" {
			t.Fatalf("the line has no %s: %s", name, first)
		}
		s.env = append(s.env, name+"="+told.Env[name])
	}
	t.Cleanup(func() { _ = cmd.Process.Signal(os.Interrupt); _ = cmd.Wait() })
	return s, cmd
}

// A served sandbox is one for every client that reaches it on loopback: with its
// own portal and the simulated person, and without LinkedIn.
func TestAServedSandboxIsRecognised(t *testing.T) {
	t.Parallel()
	port := freeport.Take(t)
	box, cmd := serveSandbox(t, port)
	config := filepath.Join(t.TempDir(), "config")
	profile := "[profile room]\nregion = eu-west-1\nendpoint_url = " + box.endpoint + "\naws_access_key_id = AKIAEXAMPLE0000000AA\naws_secret_access_key = example\n"
	if err := os.WriteFile(config, []byte(profile), 0o600); err != nil {
		t.Fatal(err)
	}
	localhost := fmt.Sprintf("http://localhost:%d", port)
	for name, x := range map[string]struct {
		env   []string
		flags []string
	}{
		"variables":              {box.env, []string{"--aws"}},
		"another name":           {append(slices.Clone(box.env), "AWS_ENDPOINT_URL="+localhost+"/"), []string{"--region", "us-west-2"}},
		"no keys":                {[]string{"AWS_ENDPOINT_URL=" + box.endpoint}, []string{"--aws"}},
		"each service":           {[]string{"AWS_ENDPOINT_URL_STS=" + box.endpoint, "AWS_ENDPOINT_URL_IAM=" + box.endpoint, "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER=" + box.endpoint, "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL=" + box.endpoint, "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE=" + box.endpoint}, []string{"--aws"}},
		"a profile":              {[]string{"AWS_CONFIG_FILE=" + config}, []string{"--profile", "room"}},
		"--sandbox-url":          {nil, []string{"--sandbox-url", box.endpoint}},
		"--sandbox-url, by name": {nil, []string{"--sandbox-url", localhost + "/"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t, x.env...)
			port := []string{"--port", fmt.Sprint(freeport.Take(t))}
			args := slices.Concat([]string{"--yes", "--plain"}, x.flags, port)
			out := p.must(0, []string{"ana@example.com", "SANDBOX at ", "simulated person"}, args...)
			if strings.Contains(out, "linkedin.com/") && !strings.Contains(out, "media.licdn.com") || strings.Contains(out, "www.linkedin.com") || strings.Contains(out, "developer.linkedin.com") {
				t.Errorf("it sends a person to LinkedIn:\n%s", out)
			}
			p.must(0, []string{"Plan: agreed on"}, args...) // the same words find the run
			// Later commands find it without flags and without the environment.
			bare := newPlace(t)
			bare.home, bare.env[0] = p.home, "AGENTCORE_3LO_HOME="+p.home
			for _, v := range x.env {
				if strings.HasPrefix(v, "AWS_CONFIG_FILE=") { // the run remembers the profile, not the file
					bare.env = append(bare.env, v)
				}
			}
			bare.must(0, []string{"exists", "SANDBOX at "}, "status")
			bare.must(0, []string{"sandbox's portal"}, "cleanup", "--yes")
			bare.must(0, []string{"--new --sandbox-url http://"}, "runs", "--json")
		})
	}
	p := newPlace(t)
	url := []string{"--sandbox-url", box.endpoint}
	p.must(0, nil, slices.Concat([]string{"--yes", "--run", "left", "--port", fmt.Sprint(freeport.Take(t))}, url)...)
	_ = cmd.Process.Signal(os.Interrupt)
	_ = cmd.Wait()
	start := fmt.Sprintf("sandbox --port %d", port)
	p.must(steps.ExitFailed, []string{start, "--run left"}, "status")
	p.must(steps.ExitFailed, []string{start, "cleanup --run left"}, "cleanup", "--yes")
	p.must(steps.ExitFailed, []string{start, "walk --sandbox-url " + box.endpoint}, slices.Concat([]string{"walk", "--new", "--yes"}, url)...)
}

// Only a sandbox on this machine is joined, and only one that says it is one.
func TestAnEndpointThatClaimsToBeASandbox(t *testing.T) {
	t.Parallel()
	box := testkit.StartSandbox(t)
	redirecting := httptest.NewServer(http.RedirectHandler(box.Endpoint()+sandbox.IdentityPath, http.StatusFound))
	t.Cleanup(redirecting.Close)
	lying := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, `{"sandbox":true}`) }))
	t.Cleanup(lying.Close)
	p := newPlace(t)
	for _, url := range []string{"http://192.0.2.1:9595", "https://sandbox.example.test", "http://localhost.example.test:9595", "http://127.0.0.1.example.test", "http://2130706433:9595", "http://0.0.0.0:9595", "http://user@127.0.0.1:9595", "ftp://127.0.0.1", "127.0.0.1:9595", "http://127.0.0.1:9595/?x=1"} {
		p.must(steps.ExitUsage, []string{"--sandbox-url", "this machine"}, "walk", "--yes", "--sandbox-url", url)
	}
	for _, url := range []string{redirecting.URL, lying.URL} {
		p.must(steps.ExitFailed, []string{"no sandbox answers there"}, "walk", "--yes", "--sandbox-url", url)
		// As an AWS endpoint it is AWS: the person consents, and at LinkedIn.
		aws := newPlace(t, "AWS_ENDPOINT_URL="+url, "AWS_ACCESS_KEY_ID=AKIAEXAMPLE0000000AA", "AWS_SECRET_ACCESS_KEY=example")
		code, out, errs := aws.run("walk", "--yes", "--plain", "--region", "us-east-1")
		if code != steps.ExitNeedsPerson || !strings.Contains(out, "LINKEDIN_CLIENT_ID") || strings.Contains(out+errs, "simulated person") || strings.Contains(out, "SANDBOX") {
			t.Errorf("%s: exit %d\n%s\n%s", url, code, out, errs)
		}
	}
	if len(p.records()) != 0 {
		t.Errorf("records: %v", p.records())
	}
}

// A run that was not agreed to is forgotten, however it is left, and nothing says
// that it could be resumed.
func TestARunThatCreatedNothingIsForgotten(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(*exec.Cmd, *reader){
		"no":      func(_ *exec.Cmd, x *reader) { _, _ = io.WriteString(x.file, "n\r") },
		"SIGINT":  func(cmd *exec.Cmd, _ *reader) { _ = cmd.Process.Signal(syscall.SIGINT) },
		"SIGTERM": func(cmd *exec.Cmd, _ *reader) { _ = cmd.Process.Signal(syscall.SIGTERM) },
		"SIGHUP":  func(cmd *exec.Cmd, _ *reader) { _ = cmd.Process.Signal(syscall.SIGHUP) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t, "TERM=xterm-256color")
			cmd, cancel := p.command("--sandbox", "--plain", "--no-browser", "--port", fmt.Sprint(freeport.Take(t)))
			defer cancel()
			file, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 100})
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			x := &reader{t: t, file: file}
			go x.read()
			x.expect("Enter skips", "")
			if len(p.records()) != 1 {
				t.Errorf("on the second page there is no record")
			}
			if raw, _ := os.ReadFile(p.records()[0]); !strings.Contains(string(raw), `"sandbox": true`) {
				t.Errorf("the record does not name its environment: %s", raw)
			}
			p.must(0, []string{"not agreed"}, "runs")
			_, _ = io.WriteString(file, "\r")
			x.expect("Create these?", "")
			leave(cmd, x)
			_ = cmd.Wait()
			if len(p.records()) != 0 {
				t.Errorf("records: %v", p.records())
			}
			if strings.Contains(x.text(), "--run") || strings.Contains(x.text(), "Resume") {
				t.Errorf("it says how to resume a run that is forgotten:\n%s", x.text())
			}
			p.leftNothing()
			p.must(0, []string{"No run yet"}, "runs")
		})
	}
	t.Run("killed", func(t *testing.T) {
		t.Parallel()
		p := newPlace(t, "TERM=xterm-256color")
		cmd, cancel := p.command("--sandbox", "--plain", "--no-browser")
		defer cancel()
		file, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 100})
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		x := &reader{t: t, file: file}
		go x.read()
		x.expect("Enter skips", "")
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		p.must(steps.ExitUsage, []string{"walk --sandbox"}, "walk", "--yes")
		p.leftNothing()
	})
}

// leftNothing fails if the state folder has anything of a run: record, lock,
// owner or log.
func (p *place) leftNothing() {
	p.t.Helper()
	for _, pattern := range []string{"runs/*", "logs/2*.log"} {
		if left, _ := filepath.Glob(filepath.Join(p.home, pattern)); len(left) > 0 {
			p.t.Errorf("of a run that is forgotten there is left: %v", left)
		}
	}
}

// The question of leaving says what becomes of the run: one that created nothing
// is forgotten, and cannot be resumed or cleaned up.
func TestLeavingBeforeThePlanPromisesNoResume(t *testing.T) {
	t.Parallel()
	for page, keys := range map[string][][2]string{"return URL": {{"will build", "\r"}, {"test link", "q"}},
		"plan": {{"will build", "\r"}, {"test link", "n"}, {"names and details", "q"}}} {
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t, "TERM=xterm-256color")
			cmd, cancel := p.command("--sandbox", "--no-browser", "--latency", "none", "--port", fmt.Sprint(freeport.Take(t)))
			defer cancel()
			file, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 100})
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			x := &reader{t: t, file: file}
			go x.read()
			for _, key := range keys {
				x.expect(key[0], "")
				time.Sleep(time.Second) // keys count again
				_, _ = io.WriteString(file, key[1])
			}
			x.expect("this run is forgotten", "")
			if strings.Contains(x.text(), "resume later") || strings.Contains(x.text(), "clean up first") {
				t.Errorf("it promises that the run can be resumed:\n%s", x.text())
			}
			time.Sleep(time.Second)
			_, _ = io.WriteString(file, "xq") // x is no choice
			_ = cmd.Wait()
			p.leftNothing()
		})
	}
}
