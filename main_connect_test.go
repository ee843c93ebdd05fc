//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/internal/testkit/freeport"
)

// output collects what a process writes, and can be waited for.
type output struct{ testkit.Output }

func (o *output) wait(t *testing.T, words string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !strings.Contains(o.String(), words); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it does not say %q:\n%s", words, o.String())
		}
	}
}

// begin starts a command that runs until the test ends or interrupts it.
func (p *place) begin(args ...string) (*exec.Cmd, *output) {
	p.t.Helper()
	cmd, cancel := p.command(args...)
	out := &output{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
	})
	return cmd, out
}

// posixShell is one shell that is given command after command, as a person would.
type posixShell struct {
	t     *testing.T
	in    io.Writer
	lines chan string
}

func (p *place) shell() *posixShell {
	p.t.Helper()
	cmd := exec.Command("sh")
	cmd.Env, cmd.Dir = p.env, p.home
	in, err := cmd.StdinPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	s := &posixShell{p.t, in, make(chan string, 1000)}
	go func() {
		for r := bufio.NewScanner(out); r.Scan(); {
			s.lines <- r.Text()
		}
	}()
	return s
}

// do types a command and returns what is written until the given words.
func (s *posixShell) do(command, until string) string {
	s.t.Helper()
	if _, err := fmt.Fprintf(s.in, "%s\n", command); err != nil {
		s.t.Fatal(err)
	}
	var b strings.Builder
	for limit := time.After(20 * time.Second); ; {
		select {
		case line := <-s.lines:
			b.WriteString(line + "\n")
			if strings.Contains(line, until) {
				return b.String()
			}
		case <-limit:
			s.t.Fatalf("%s\ndoes not come to %q:\n%s", command, until, b.String())
		}
	}
}

// TestTheStepsOfConnectWorkToTheLetter follows what connect prints, in one shell
// and a second terminal.
func TestTheStepsOfConnectWorkToTheLetter(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("no curl here")
	}
	p := newPlace(t)
	p.must(0, nil, "--sandbox", "--yes", "--port", fmt.Sprint(freeport.Take(t)))
	text := p.must(0, nil, "connect", "--direct")
	commands := map[string]string{} // by number, the command below it
	for _, m := range regexp.MustCompile(`(?m)^(\d)\. .*:\n\n((?:.+\n)+)`).FindAllStringSubmatch(text, -1) {
		commands[m[1]] = strings.TrimSpace(m[2])
	}
	if len(commands) != 4 {
		t.Fatalf("the steps are %v in\n%s", commands, text)
	}
	_, serving := p.begin(strings.Fields(commands["1"])[1:]...)
	serving.wait(t, "SANDBOX at")
	sh := p.shell()
	sh.do(commands["2"]+"; echo done", "done")
	if out := sh.do(commands["3"]+"; echo", "isError"); !strings.Contains(out, "ana@example.com") {
		t.Errorf("the call answers %s", out)
	}
	// The user's consent is gone: a new one is asked for.
	out := sh.do(strings.Replace(commands["3"], `"forceAuthentication":false`, `"forceAuthentication":true`, 1)+"; echo", "-32042")
	var answer struct {
		Error struct {
			Data struct{ Elicitations []struct{ URL string } }
		}
	}
	if err := json.Unmarshal([]byte(out), &answer); err != nil || len(answer.Error.Data.Elicitations) != 1 {
		t.Fatalf("%v: %s", err, out)
	}
	sh.do(commands["4"]+" & listener=$!", "Press Ctrl-C to stop.")
	if err := (sandbox.Person{}).Allow(t.Context(), answer.Error.Data.Elicitations[0].URL); err != nil {
		t.Fatal(err)
	}
	sh.do("", "The session is bound")
	sh.do("kill $listener; wait $listener; echo exit $?", "exit 0") // without a terminal there is no Ctrl-C
	if out := sh.do(commands["3"]+"; echo", "isError"); !strings.Contains(out, "ana@example.com") {
		t.Errorf("after the consent the call answers %s", out)
	}
	if bound := regexp.MustCompile(`eyJ[\w-]+\.`); bound.MatchString(text) {
		t.Error("connect prints a token")
	}
}

const madeUp = "urn:ietf:params:oauth:request_uri:made-up"

// TestListenReportsInPlainTextAndInNDJSON sends the listener what it cannot use.
func TestListenReportsInPlainTextAndInNDJSON(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"plain", "json"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			p, port := newPlace(t), freeport.Take(t)
			p.env = append(p.env, "AGENTCORE_3LO_BEARER=not.the.token")
			args := []string{"listen", "--sandbox", "--port", fmt.Sprint(port)}
			if mode == "json" {
				args = append(args, "--json")
			}
			cmd, out := p.begin(args...)
			out.wait(t, "istening")
			base := fmt.Sprintf("http://localhost:%d", port)
			for _, target := range []string{"/oauth2/callback", "/oauth2/callback?error=access_denied", "/oauth2/callback?error=%1b%5b2J", "/oauth2/callback?session_id=" + madeUp} {
				resp, err := http.Get(base + target)
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				time.Sleep(1100 * time.Millisecond) // lines of one kind are limited to one a second
			}
			out.wait(t, "could not be bound")
			resp, err := http.Post(base+"/userIdentifier/token", "application/json", strings.NewReader(`{"user_token":"another"}`))
			if err != nil {
				t.Fatal(err)
			}
			if resp.Body.Close(); resp.StatusCode != http.StatusNotFound {
				t.Errorf("the token can be replaced: %d", resp.StatusCode)
			}
			_ = cmd.Process.Signal(os.Interrupt)
			if err := cmd.Wait(); err != nil {
				t.Errorf("%v", err)
			}
			said := out.String()
			for _, want := range []string{"without a session", `access_denied`, "very token"} {
				if !strings.Contains(said, want) {
					t.Errorf("it does not say %q:\n%s", want, said)
				}
			}
			for _, private := range []string{madeUp, "not.the.token", "\x1b"} {
				if strings.Contains(said, private) {
					t.Errorf("it says %q:\n%s", private, said)
				}
			}
			if mode == "plain" {
				return
			}
			all := lines(t, said)
			if all[0]["event"] != "listening" || all[len(all)-1]["event"] != "finished" || all[len(all)-1]["exit_code"] != 0.0 {
				t.Errorf("from %v to %v", all[0], all[len(all)-1])
			}
		})
	}
}

// TestListenTellsItsFailuresInTheFormThatWasAskedFor covers a port that is taken
// and flags that contradict each other.
func TestListenTellsItsFailuresInTheFormThatWasAskedFor(t *testing.T) {
	t.Parallel()
	p, port := newPlace(t), fmt.Sprint(freeport.Take(t))
	_, out := p.begin("listen", "--sandbox", "--port", port)
	out.wait(t, "Listening")
	code, said, errs := p.run("listen", "--sandbox", "--port", port)
	if code != 1 || !strings.Contains(errs, "port "+port+" is taken by") || !strings.Contains(errs, "Next") {
		t.Errorf("exit %d\n%s\n%s", code, said, errs)
	}
	code, said, _ = p.run("listen", "--sandbox", "--port", port, "--json")
	if all := lines(t, said); code != 1 || len(all) != 2 || all[0]["event"] != "failed" || all[1]["event"] != "finished" {
		t.Errorf("exit %d\n%s", code, said)
	}
	for _, args := range [][]string{
		{"--port", port, "--return-url", "http://localhost:1/x"},
		{"--return-url", "http://localhost:9090"},
		{"--session", "rubbish"},
		{"--run", "unknown"},
	} {
		if code, said, errs := p.run(append([]string{"listen", "--sandbox"}, args...)...); code != 2 {
			t.Errorf("%v: exit %d\n%s\n%s", args, code, said, errs)
		}
	}
}
