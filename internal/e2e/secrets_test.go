//go:build unix

package e2e_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"agentcore-3lo/internal/testkit"
)

// spy collects the secrets of a run from its requests and responses.
type spy struct {
	mu      sync.Mutex
	secrets map[string]string // name by value
	session []string
	links   chan string
}

func newSpy(p *person) *spy {
	s := &spy{secrets: map[string]string{}, links: make(chan string, 10)}
	p.env["AWS_SECRET_ACCESS_KEY"] = "marked-aws-secret-key-0123456789-abcdefgh"
	p.env["AWS_SESSION_TOKEN"] = "marked-aws-session-token-0123456789-ABCDEFGH"
	s.add("AWS secret key", p.env["AWS_SECRET_ACCESS_KEY"])
	s.add("AWS session token", p.env["AWS_SESSION_TOKEN"])
	s.add("LinkedIn client secret", p.env["LINKEDIN_CLIENT_SECRET"])
	s.add("LinkedIn client secret in Basic", base64.StdEncoding.EncodeToString([]byte(p.env["LINKEDIN_CLIENT_ID"]+":"+p.env["LINKEDIN_CLIENT_SECRET"])))
	return s
}

func (s *spy) add(what, value string) {
	if len(value) < 8 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets[value] = what
	if escaped := url.QueryEscape(value); escaped != value {
		s.secrets[escaped] = what + ", escaped"
	}
}

// watch is an interceptor that collects the secrets of the program's exchanges.
func (s *spy) watch(op string, _ int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	switch op {
	case "token":
		if form, err := url.ParseQuery(string(body)); err == nil {
			s.add("machine client secret", form.Get("client_secret"))
			s.add("machine client secret in Basic", base64.StdEncoding.EncodeToString([]byte(form.Get("client_id")+":"+form.Get("client_secret"))))
		}
	case "gateway:tools/call":
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		for i, part := range strings.Split(token, ".") {
			s.add([]string{"JWT header", "JWT claims", "JWT signature"}[min(i, 2)], part)
		}
		kept := httptest.NewRecorder()
		next.ServeHTTP(kept, r)
		var reply struct {
			Error struct {
				Data struct{ Elicitations []struct{ URL string } }
			}
		}
		if json.Unmarshal(kept.Body.Bytes(), &reply) == nil {
			for _, e := range reply.Error.Data.Elicitations {
				u, _ := url.Parse(e.URL)
				urn := u.Query().Get("request_uri")
				s.mu.Lock()
				s.session = append(s.session, urn[strings.LastIndex(urn, ":")+1:])
				s.mu.Unlock()
				s.links <- e.URL
			}
		}
		for k, v := range kept.Header() {
			w.Header()[k] = v
		}
		w.WriteHeader(kept.Code)
		_, _ = w.Write(kept.Body.Bytes())
		return true
	}
	return false
}

// browse consents, and collects the secrets that a browser is sent.
func (s *spy) browse(link string) error {
	return allowWith(&http.Client{CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		s.add("authorization code", r.URL.Query().Get("code"))
		return nil
	}}, link)
}

// leaks lists the secrets in a text, also those that a narrow screen has split.
func (s *spy) leaks(text string, sessionToo bool) []string {
	const piece = 20
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for value, what := range s.secrets {
		for i := 0; i == 0 || i+piece <= len(value); i += piece {
			if strings.Contains(text, value[i:min(len(value), i+piece)]) {
				all = append(all, what)
				break
			}
		}
	}
	if sessionToo {
		for _, id := range s.session {
			if strings.Contains(text, id) {
				all = append(all, "session id")
			}
		}
	}
	return all
}

func (s *spy) kinds() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	var kinds []string
	for _, what := range s.secrets {
		what, _, _ = strings.Cut(what, ",")
		if !slices.Contains(kinds, what) {
			kinds = append(kinds, what)
		}
	}
	return len(kinds) + min(1, len(s.session))
}

// search checks the content and mode of every file under the home folder, and every
// process of the machine. It returns the number of places it has checked.
func (s *spy) search(t *testing.T, p *person, children ...int) int {
	t.Helper()
	places := 0
	for path, info := range files(t, p.state()) {
		mode := info.Mode().Perm()
		if info.IsDir() && mode != 0o700 || !info.IsDir() && mode != 0o600 {
			t.Errorf("%s has mode %o", path, mode)
		}
		if found := s.leaks(path, true); found != nil {
			t.Errorf("the name %s contains %v", path, found)
		}
		if info.Mode().IsRegular() {
			places++
			if found := s.leaks(read(t, path), true); found != nil {
				t.Errorf("%s holds %v", path, found)
			}
		}
	}
	processes, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range processes {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue // the process has ended
		}
		if found := s.leaks(string(raw), true); found != nil {
			t.Errorf("%s contains %v", path, found)
		}
	}
	if len(processes) > 0 {
		places++
	}
	for _, pid := range children {
		places++
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
		if err == nil {
			if found := s.leaks(string(raw), true); found != nil {
				t.Errorf("the environment of a child contains %v", found)
			}
		}
	}
	return places
}

// TestNoSecretLeaks walks with marked secrets in all front ends, at the log's
// highest level, and searches files, output, the process list and a crash dump for
// them.
func TestNoSecretLeaks(t *testing.T) {
	var places, secrets int
	for _, mode := range []string{"json", "plain", "screen"} {
		t.Run(mode, func(t *testing.T) {
			b := testkit.StartAWS(t)
			p := newPerson(t, b)
			s := newSpy(p)
			b.Intercept(s.watch)
			args := []string{"walk", "--aws", "--yes", "--port", fmt.Sprint(p.port)}
			switch mode {
			case "json", "plain":
				args = append(args, "--"+mode)
			case "screen":
				delete(p.env, "CI")
				p.env["TERM"] = "xterm-256color"
			}
			x := s.open(t, p, mode == "screen", args...)
			link := <-s.links
			x.shown(t)
			places += s.search(t, p) // while the consent is pending
			if err := s.browse(link); err != nil {
				t.Fatal(err)
			}
			if code := x.ended(t); code != 0 {
				t.Fatalf("exit %d\n%s", code, x.out.String())
			}
			if !strings.Contains(x.out.String(), "ana@example.com") {
				t.Errorf("the profile was not shown\n%s", x.out.String())
			}
			texts := map[string]string{"walk": x.out.String()}
			// The commands after a walk, with and without failures.
			for _, words := range [][]string{{"status"}, {"runs"}, {"connect"}, {"policy"}, {"plan"}, {"status", "--json"}, {"connect", "--json"}, {"run", "invoke", "--yes", "--plain"}} {
				y := s.open(t, p, false, words...)
				y.ended(t)
				texts[strings.Join(words, " ")] = y.out.String()
			}
			for name, fail := range map[string]testkit.Interceptor{
				"bearer refused": func(op string, n int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
					if op != "gateway:tools/call" {
						return s.watch(op, n, w, r, next)
					}
					w.Header().Set("Content-Type", "application/json")
					w.WriteHeader(401)
					// A service that repeats the request in its error.
					fmt.Fprintf(w, `{"jsonrpc":"2.0","id":0,"error":{"code":-32001,"message":"Invalid Bearer token %s"}}`, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
					return true
				},
				"token refused": func(op string, _ int, w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
					if op != "token" {
						return false
					}
					w.WriteHeader(400)
					_ = r.ParseForm()
					fmt.Fprintf(w, `{"error":"invalid_client %s"}`, r.Form.Get("client_secret"))
					return true
				},
			} {
				b.Intercept(fail)
				y := s.open(t, p, false, "run", "invoke", "--yes", "--plain")
				if y.ended(t) == 0 {
					t.Errorf("%s: it did not fail", name)
				}
				texts[name] = y.out.String()
			}
			b.Intercept(s.watch)
			for _, words := range [][]string{{"run", "linkedin", "provider", "--yes", "--json"}, {"cleanup", "--yes", "--plain"}} {
				y := s.open(t, p, false, words...)
				y.ended(t)
				texts[strings.Join(words, " ")] = y.out.String()
			}
			for name, text := range texts {
				places++
				if found := s.leaks(text, false); found != nil {
					t.Errorf("%s shows %v", name, found)
				}
				s.onlyInLinks(t, name, text)
			}
			places += s.search(t, p)
			logs, _ := filepath.Glob(filepath.Join(p.state(), "logs", "*.log"))
			if len(logs) == 0 || !strings.Contains(read(t, logs[0]), "level=DEBUG") {
				t.Errorf("the logs %v do not have the highest level", logs)
			}
			// The search above included the journal, which must not be empty.
			journals, _ := filepath.Glob(filepath.Join(p.state(), "journals", "*.ndjson"))
			if len(journals) != 1 {
				t.Fatalf("the journals are %v", journals)
			}
			journal := read(t, journals[0])
			for _, operation := range []string{"CreateOauth2CredentialProvider", "DescribeUserPoolClient", "client_credentials", "tools/call", "CompleteResourceTokenAuth"} {
				if !strings.Contains(journal, `"operation":"`+operation+`"`) {
					t.Errorf("the journal lacks %s", operation)
				}
			}
			if strings.Contains(journal, "ana@example.com") {
				t.Error("the journal contains a value of the profile")
			}
			if s.kinds() < 10 {
				t.Errorf("only %d kinds of secret were seen: %v", s.kinds(), s.secrets)
			}
			secrets = max(secrets, s.kinds())
		})
	}
	t.Run("crash dump", func(t *testing.T) {
		b := testkit.StartAWS(t)
		p := newPerson(t, b)
		s := newSpy(p)
		p.env["GOTRACEBACK"] = "all"
		b.Intercept(s.watch)
		x := s.open(t, p, false, p.walkArgs()...)
		<-s.links
		x.shown(t)
		_ = x.cmd.Process.Signal(syscall.SIGQUIT)
		x.ended(t)
		if !strings.Contains(x.out.String(), "goroutine ") {
			t.Errorf("no crash dump\n%s", x.out.String())
		}
		places++
		if found := s.leaks(x.out.String(), false); found != nil {
			t.Errorf("the dump holds %v", found)
		}
		places += s.search(t, p)
	})
	t.Logf("leaks looked for: %d secrets in %d places", secrets, places)
}

// onlyInLinks fails the test if a session is shown outside its link.
func (s *spy) onlyInLinks(t *testing.T, name, text string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.session {
		for rest := text; ; {
			before, after, found := strings.Cut(rest, id)
			if !found {
				break
			}
			if from := before[max(0, len(before)-120):]; !strings.Contains(from, "authorize?request_uri=") && !strings.Contains(from, "request_uri") {
				t.Errorf("%s shows a session outside its link: %q", name, from)
			}
			rest = after
		}
	}
}

// watched is a process, in a terminal or not, whose whole output is kept.
type watched struct {
	cmd  *exec.Cmd
	done chan struct{}
	out  testkit.Output
}

// open starts the program with umask 0, so that it must set the modes itself.
func (s *spy) open(t *testing.T, p *person, terminal bool, args ...string) *watched {
	t.Helper()
	x := &watched{done: make(chan struct{})}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	x.cmd = exec.CommandContext(ctx, "sh", append([]string{"-c", `umask 000; exec "$0" "$@"`, program}, args...)...)
	x.cmd.Env, x.cmd.Dir = p.environ(), p.home
	x.cmd.Stdout, x.cmd.Stderr = &x.out, &x.out
	var master *os.File
	if terminal {
		var tty *os.File
		var err error
		if master, tty, err = pty.Open(); err != nil {
			t.Skipf("no terminal can be opened here: %v", err)
		}
		_ = pty.Setsize(master, &pty.Winsize{Rows: 40, Cols: 120})
		x.cmd.Stdin, x.cmd.Stdout, x.cmd.Stderr = tty, tty, tty
		x.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
		go func() { _, _ = io.Copy(&x.out, master) }()
		t.Cleanup(func() { _ = tty.Close() })
	}
	if err := x.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(x.done)
		defer cancel()
		_ = x.cmd.Wait()
		if master != nil {
			time.Sleep(50 * time.Millisecond)
			_ = master.Close()
		}
	}()
	t.Cleanup(func() { _ = x.cmd.Process.Kill(); <-x.done })
	return x
}

func (x *watched) ended(t *testing.T) int {
	t.Helper()
	<-x.done
	return x.cmd.ProcessState.ExitCode()
}

// shown waits until the screen shows the link.
func (x *watched) shown(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if strings.Contains(x.out.String(), "request_uri") {
			return
		}
	}
	t.Fatalf("the link was not shown\n%s", x.out.String())
}
