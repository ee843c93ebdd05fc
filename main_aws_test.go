//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"

	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/internal/testkit/freeport"
	"agentcore-3lo/steps"
)

// served is a sandbox that others reach.
type served struct {
	endpoint string
	env      []string
}

// serveAWS serves a sandbox that does not say that it is one, and so plays AWS.
func serveAWS(t *testing.T) served {
	t.Helper()
	box := testkit.StartAWS(t)
	s := served{endpoint: box.Endpoint()}
	for name, value := range box.Env() {
		s.env = append(s.env, name+"="+value)
	}
	return s
}

// walkWithBrowser runs a command with --json and plays the browser for its
// consent links.
func (p *place) walkWithBrowser(args ...string) (code int, out string) {
	p.t.Helper()
	cmd, cancel := p.command(args...)
	defer cancel()
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	var all strings.Builder
	var browsers sync.WaitGroup
	scan := bufio.NewScanner(pipe)
	scan.Buffer(nil, 1<<20)
	for scan.Scan() {
		all.WriteString(scan.Text() + "\n")
		var l line
		if json.Unmarshal(scan.Bytes(), &l) == nil && l["event"] == "url" && l["purpose"] == "consent" {
			browsers.Go(func() {
				person := sandbox.Person{Client: &http.Client{Timeout: 20 * time.Second}}
				if err := person.Allow(p.t.Context(), l["url"].(string)); err != nil {
					p.t.Errorf("the browser: %v", err)
				}
			})
		}
	}
	browsers.Wait()
	_ = cmd.Wait()
	return cmd.ProcessState.ExitCode(), all.String()
}

func TestTheSameBinaryAgainstAnyEndpointAsAWS(t *testing.T) {
	t.Parallel()
	box := serveAWS(t)
	p := newPlace(t, box.env...)
	code, out := p.walkWithBrowser("--aws", "--yes", "--json", "--port", fmt.Sprint(freeport.Take(t)))
	if code != 0 {
		t.Fatalf("exit %d\n%s", code, out)
	}
	all := lines(t, out)
	if i := slices.IndexFunc(all, func(l line) bool { return l["event"] == "result" }); i < 0 {
		t.Fatal("no result")
	}
	// The run remembers its endpoint and region; credentials are not remembered.
	p.env = slices.DeleteFunc(p.env, func(v string) bool { return strings.HasPrefix(v, "AWS_ENDPOINT") || strings.HasPrefix(v, "AWS_REGION") })
	p.must(0, []string{box.endpoint, "exists"}, "status")
	p.must(0, []string{"gone"}, "cleanup", "--yes")

	other := *p
	other.env = append(slices.DeleteFunc(slices.Clone(p.env), func(v string) bool { return strings.HasPrefix(v, "AWS_ACCESS_KEY_ID") }), "AWS_ACCESS_KEY_ID=999988887777")
	r, _ := run.Store{Dir: p.home}.List()
	if len(r) != 1 || r[0].Environment.Account == "" {
		t.Fatalf("records: %+v", r)
	}
	code, out, errs := other.run("cleanup", "--yes")
	if code != steps.ExitDenied || !strings.Contains(out+errs, "999988887777") || !strings.Contains(out+errs, r[0].Environment.Account) {
		t.Errorf("another account: exit %d\n%s\n%s", code, out, errs)
	}
}

func TestASecretOnStandardInputIsTaken(t *testing.T) {
	t.Parallel()
	box := serveAWS(t)
	p := newPlace(t, box.env...)
	secret := ""
	p.env = slices.DeleteFunc(p.env, func(v string) bool {
		value, is := strings.CutPrefix(v, "LINKEDIN_CLIENT_SECRET=")
		if is {
			secret = value
		}
		return is
	})
	p.stdin = strings.NewReader(secret + "\n")
	if code, out := p.walkWithBrowser("--aws", "--yes", "--json", "--client-secret-file", "-", "--port", fmt.Sprint(freeport.Take(t))); code != 0 || strings.Contains(out, secret) {
		t.Errorf("exit %d\n%s", code, out)
	}
}

func TestNoSecretIsWrittenAnywhere(t *testing.T) {
	t.Parallel()
	box := serveAWS(t)
	p := newPlace(t, box.env...)
	code, out := p.walkWithBrowser("--aws", "--yes", "--json", "--port", fmt.Sprint(freeport.Take(t)))
	if code != 0 {
		t.Fatalf("exit %d\n%s", code, out)
	}
	token := strings.TrimSpace(p.must(0, nil, "token"))
	var kept strings.Builder
	kept.WriteString(out)
	_ = filepath.WalkDir(p.home, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			raw, _ := os.ReadFile(path)
			kept.Write(raw)
			if info, _ := d.Info(); info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s has mode %v", path, info.Mode())
			}
		}
		return nil
	})
	for _, v := range append(p.env, "BEARER="+token) {
		name, value, _ := strings.Cut(v, "=")
		if (strings.Contains(name, "SECRET_ACCESS") || strings.Contains(name, "CLIENT_SECRET") || name == "BEARER") && strings.Contains(kept.String(), value) {
			t.Errorf("%s is written down", name)
		}
	}
}

func TestProxiesAreHonouredByTheSDKAndByOurOwnClient(t *testing.T) {
	t.Parallel()
	box := serveAWS(t)
	to, err := url.Parse(box.endpoint)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	seen := map[string]bool{}
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		mu.Lock()
		seen[r.In.Host+" "+r.In.URL.Path[max(0, strings.LastIndex(r.In.URL.Path, "/")):]] = true
		mu.Unlock()
		r.SetURL(to)
	}}
	proxy := httptest.NewServer(forward)
	defer proxy.Close()
	p := newPlace(t, append(slices.Clone(box.env), "AWS_ENDPOINT_URL=http://aws.example.test", "HTTP_PROXY="+proxy.URL, "NO_PROXY=")...)
	if code, out := p.walkWithBrowser("--aws", "--yes", "--json", "--port", fmt.Sprint(freeport.Take(t))); code != 0 {
		t.Fatalf("exit %d\n%s", code, out)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, want := range []string{"aws.example.test /", "aws.example.test /openid-configuration"} {
		if !seen[want] {
			t.Errorf("the proxy has not seen %q: %v", want, seen)
		}
	}
}

// reader is a person at a pseudo-terminal who reads what is shown.
type reader struct {
	t    *testing.T
	file *os.File
	mu   sync.Mutex
	seen string
	from int
}

func (x *reader) read() {
	buf := make([]byte, 4096)
	for {
		n, err := x.file.Read(buf)
		x.mu.Lock()
		x.seen += string(buf[:n])
		x.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (x *reader) text() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.seen
}

// expect waits for words after what was expected before, then types.
func (x *reader) expect(words, typed string) {
	x.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if seen := x.text(); strings.Contains(seen[x.from:], words) {
			x.from += strings.Index(seen[x.from:], words) + len(words)
			if typed != "" {
				_, _ = io.WriteString(x.file, typed)
			}
			return
		}
	}
	x.t.Fatalf("%q does not come:\n%s", words, x.text())
}

var consentLink = regexp.MustCompile(`http://127\.0\.0\.1:\d+/identities/oauth2/authorize\?\S+`)

func TestAPersonAtATerminalTypesTheAnswers(t *testing.T) {
	t.Parallel()
	box := serveAWS(t)
	p := newPlace(t, append(slices.Clone(box.env), "TERM=xterm-256color")...)
	app := map[string]string{}
	p.env = slices.DeleteFunc(p.env, func(v string) bool {
		name, value, _ := strings.Cut(v, "=")
		app[name] = value
		return strings.HasPrefix(name, "LINKEDIN_")
	})
	cmd, cancel := p.command("--aws", "--plain", "--no-browser", "--port", fmt.Sprint(freeport.Take(t)))
	defer cancel()
	file, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	x := &reader{t: t, file: file}
	go x.read()
	x.expect("Enter skips", "\r")
	x.expect("Create these? Yes or no:", "\r")
	x.expect("Enter alone is neither", "y\r")
	x.expect("Client ID", "two words\r")
	x.expect("contains a space", app["LINKEDIN_CLIENT_ID"]+"\r")
	x.expect("Primary Client Secret", app["LINKEDIN_CLIENT_SECRET"]+"\r")
	x.expect("Enter when it is registered", "\r")
	x.expect("Waiting for your browser", "")
	if err := (sandbox.Person{}).Allow(t.Context(), consentLink.FindString(x.text())); err != nil {
		t.Fatal(err)
	}
	x.expect("ana@example.com", "")
	x.expect("What now?", "keep\r")
	x.expect("resources. Next", "")
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, x.text())
	}
	if strings.Contains(x.text(), app["LINKEDIN_CLIENT_SECRET"]) {
		t.Error("the secret was echoed")
	}
}

func TestCtrlCWhileASecretIsTypedRestoresTheTerminal(t *testing.T) {
	t.Parallel()
	box := serveAWS(t)
	p := newPlace(t, slices.DeleteFunc(slices.Clone(box.env), func(v string) bool { return strings.HasPrefix(v, "LINKEDIN_CLIENT_SECRET") })...)
	cmd, cancel := p.command("--aws", "--plain", "--yes", "--no-browser", "--port", fmt.Sprint(freeport.Take(t)))
	defer cancel()
	file, tty, err := pty.Open() // held open, so that it outlives the program
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	defer tty.Close()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	x := &reader{t: t, file: file}
	go x.read()
	x.expect("Primary Client Secret", "")
	time.Sleep(50 * time.Millisecond) // until the echo is off
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	x.expect("Resume with", "")
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != steps.ExitInterrupted {
		t.Errorf("exit %d\n%s", code, x.text())
	}
	typed := "echo is on"
	_, _ = io.WriteString(file, typed)
	x.expect(typed, "")
}
