//go:build unix

package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"agentcore-3lo/internal/testkit"
)

// process is a running program. A browser may follow the consent links that it
// shows.
type process struct {
	t      testing.TB
	cmd    *exec.Cmd
	done   chan struct{} // closed when the process has ended and its output has been read
	stderr bytes.Buffer

	mu     sync.Mutex
	events []map[string]any
	raw    bytes.Buffer
	notify chan struct{}
}

// limit is the time after which a process that hangs is killed.
const limit = 60 * time.Second

// walkArgs returns the arguments of a scripted walk with a user at a browser.
func (p *person) walkArgs() []string {
	return []string{"walk", "--aws", "--json", "--yes", "--port", fmt.Sprint(p.port)}
}

// start starts the program. follow is what the browser does with a consent link; if
// nil, no link is followed.
func (p *person) start(t testing.TB, follow func(ctx context.Context, url string) error, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	x := &process{t: t, done: make(chan struct{}), notify: make(chan struct{}, 1)}
	x.cmd = exec.CommandContext(ctx, program, args...)
	x.cmd.Env, x.cmd.Dir = p.environ(), p.home
	x.cmd.Stderr = &x.stderr
	if p.uid != 0 {
		x.cmd.SysProcAttr = as(p.uid)
	}
	out, err := x.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := x.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(x.done)
		defer cancel()
		var browsers sync.WaitGroup
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 4<<20)
		for lines.Scan() {
			var e map[string]any
			known := json.Unmarshal(lines.Bytes(), &e) == nil
			x.mu.Lock()
			x.raw.Write(append(lines.Bytes(), '\n'))
			if known {
				x.events = append(x.events, e)
			}
			x.mu.Unlock()
			if known && e["event"] == "url" && e["purpose"] == "consent" && follow != nil {
				browsers.Go(func() { _ = follow(ctx, e["url"].(string)) }) // the program may have been killed
			}
			select {
			case x.notify <- struct{}{}:
			default:
			}
		}
		_ = x.cmd.Wait()
		cancel() // browsers can no longer reach the program
		browsers.Wait()
	}()
	t.Cleanup(func() { x.kill() })
	return x
}

// consentURL returns the link that was shown last.
func (x *process) consentURL() string {
	for _, e := range slices.Backward(x.allEvents()) {
		if e["event"] == "url" && e["purpose"] == "consent" {
			return e["url"].(string)
		}
	}
	return ""
}

// kill kills the process and waits for its end.
func (x *process) kill() {
	_ = x.cmd.Process.Kill()
	<-x.done
}

// stop kills the process without waiting, so that a handler that holds its request
// may call it.
func (x *process) stop() { _ = x.cmd.Process.Kill() }

func (x *process) exit() int { <-x.done; return x.cmd.ProcessState.ExitCode() }

func (x *process) allEvents() []map[string]any {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.events)
}

func (x *process) output() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.raw.String() + x.stderrText()
}

func (x *process) stderrText() string {
	select {
	case <-x.done:
		return x.stderr.String()
	default:
		return ""
	}
}

func (x *process) event(name string) map[string]any {
	for _, e := range slices.Backward(x.allEvents()) {
		if e["event"] == name {
			return e
		}
	}
	return nil
}

// await waits for an event that fits. It returns nil if the process ends first.
func (x *process) await(fits func(map[string]any) bool) map[string]any {
	seen := 0
	for {
		all := x.allEvents()
		for _, e := range all[seen:] {
			if fits(e) {
				return e
			}
		}
		seen = len(all)
		select {
		case <-x.notify:
		case <-x.done:
			for _, e := range x.allEvents()[seen:] {
				if fits(e) {
					return e
				}
			}
			return nil
		}
	}
}

// profile returns the result of the tool, or nil.
func (x *process) profile() any {
	if e := x.event("result"); e != nil {
		return e["profile"]
	}
	return nil
}

// walk runs a walk to its end.
func (p *person) walk(t testing.TB) *process {
	t.Helper()
	x := p.start(t, allow, p.walkArgs()...)
	<-x.done
	return x
}

func (p *person) command(t testing.TB, args ...string) *process {
	t.Helper()
	x := p.start(t, nil, args...)
	<-x.done
	return x
}

// mustSucceed fails the test unless the exit code is 0 and the profile is as wanted.
func (x *process) mustSucceed(t testing.TB, want any) {
	t.Helper()
	if code := x.exit(); code != 0 || x.profile() == nil {
		t.Fatalf("exit %d, profile %v\n%s", code, x.profile(), x.tail())
	}
	if want != nil && !reflect.DeepEqual(x.profile(), want) {
		t.Errorf("another profile: %v, want %v", x.profile(), want)
	}
}

func (x *process) tail() string {
	text := x.output()
	return text[max(0, len(text)-3000):]
}

// mustClean cleans up and fails the test if a resource is left.
func (p *person) mustClean(t testing.TB, b *testkit.Sandbox) {
	t.Helper()
	x := p.command(t, "cleanup", "--yes", "--json")
	if code := x.exit(); code != 0 {
		t.Fatalf("cleanup: exit %d\n%s", code, x.tail())
	}
	mustHave(t, b.AWS, nothing, "after cleanup")
}

// mustFail returns the four-part error. It fails the test if there is none, or if the
// last line does not agree with the exit code.
func (x *process) mustFail(t testing.TB) map[string]any {
	t.Helper()
	<-x.done
	f, last := x.event("failed"), x.event("finished")
	if f == nil || last == nil {
		t.Fatalf("exit %d without the four parts\n%s", x.exit(), x.tail())
	}
	why, _ := f["why"].(map[string]any)
	if f["doing"] == "" || why == nil || why["message"] == "" || f["next"] == "" || f["log"] == "" {
		t.Errorf("a part is missing: %v", f)
	}
	if code, _ := last["exit_code"].(float64); int(code) != x.exit() || x.exit() == 0 {
		t.Errorf("exit %d, and the last line says %v", x.exit(), last["exit_code"])
	}
	return f
}
