//go:build unix

package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
)

// oneRecord returns the path of the only record.
func (p *person) oneRecord(t testing.TB) string {
	t.Helper()
	found, _ := filepath.Glob(filepath.Join(p.state(), "runs", "*.json"))
	if len(found) != 1 {
		t.Fatalf("records: %v", found)
	}
	return found[0]
}

// TestTwoProcesses starts a second walk, a cleanup and a step on a run that is in
// progress: each names the process that has the lock, and the first walk continues.
func TestTwoProcesses(t *testing.T) {
	b := testkit.StartAWS(t)
	p := newPerson(t, b)
	first, link := p.startConsent(t)
	before := len(b.Calls())
	for _, args := range [][]string{p.walkArgs(), {"run", "invoke", "--json", "--yes"}, {"cleanup", "--yes", "--json"}} {
		x := p.command(t, args...)
		f := x.mustFail(t)
		if x.exit() != steps.ExitFailed || !strings.Contains(fmt.Sprint(f["why"]), fmt.Sprintf("process %d", first.cmd.Process.Pid)) {
			t.Errorf("%v: exit %d, %v; the holder is process %d", args, x.exit(), f, first.cmd.Process.Pid)
		}
	}
	for _, op := range b.Calls()[before:] {
		if op != "sts:GetCallerIdentity" {
			t.Errorf("a second process asked for %s", op)
		}
	}
	if err := allow(context.Background(), link); err != nil {
		t.Error(err)
	}
	first.mustSucceed(t, nil)
	mustHave(t, b.AWS, wholeRun, "at the end")
	// A process that was killed has no lock.
	second, _ := p.startAnotherConsent(t)
	second.kill()
	p.walk(t).mustSucceed(t, nil)
}

// TestUnusableRecord starts the program with a record of a newer version or another
// account, or a truncated or corrupt one. The error says so, no call changes
// anything, and the file is kept.
func TestUnusableRecord(t *testing.T) {
	truncated := func(raw []byte) []byte { return raw[:len(raw)/2] }
	for _, x := range []struct {
		name  string
		spoil func([]byte) []byte
		words []string
		exit  int
	}{
		{"newer", func(raw []byte) []byte { return bytes.Replace(raw, []byte(`"version": 1`), []byte(`"version": 99`), 1) }, []string{"version 99", "newer program"}, 1},
		{"truncated", truncated, []string{"is damaged"}, 1},
		{"empty", func([]byte) []byte { return nil }, []string{"is damaged"}, 1},
		{"zeros", func(raw []byte) []byte { return make([]byte, len(raw)) }, []string{"is damaged"}, 1},
		{"not JSON", func([]byte) []byte { return []byte("\x00\xffgarbage") }, []string{"is damaged"}, 1},
		{"another run's", func(raw []byte) []byte {
			return bytes.Replace(raw, []byte(`"run": "mine"`), []byte(`"run": "other"`), 1)
		}, []string{"is damaged"}, 1},
		{"another account's", func(raw []byte) []byte {
			return bytes.Replace(raw, []byte(`"account": "111122223333"`), []byte(`"account": "999988887777"`), 1)
		}, []string{"999988887777", "111122223333"}, steps.ExitDenied},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			b := testkit.StartAWS(t)
			p := newPerson(t, b)
			p.start(t, allow, append(p.walkArgs(), "--run", "mine")...).mustSucceed(t, nil)
			path := p.oneRecord(t)
			spoiled := x.spoil([]byte(read(t, path)))
			for _, args := range [][]string{append(p.walkArgs(), "--run", "mine"), {"cleanup", "--yes", "--json", "--run", "mine"}} {
				if err := os.WriteFile(path, spoiled, 0o600); err != nil {
					t.Fatal(err)
				}
				b.ForgetRequests()
				one := p.start(t, allow, args...)
				f := one.mustFail(t)
				if one.exit() != x.exit {
					t.Errorf("%s: exit %d, want %d", args[0], one.exit(), x.exit)
				}
				for _, w := range x.words {
					if !strings.Contains(fmt.Sprint(f["why"]), w) {
						t.Errorf("%s: it does not say %q: %v", args[0], w, f)
					}
				}
				for _, op := range b.Calls() {
					if mutates(op) {
						t.Errorf("%s: %s was called", args[0], op)
					}
				}
				if got := read(t, path); got != string(spoiled) && (x.exit != steps.ExitDenied || !sameButOverview(t, got, string(spoiled))) {
					t.Errorf("%s: the old file is not kept\nis  %s\nwas %s", args[0], got, spoiled)
				}
			}
			if x.exit == steps.ExitDenied {
				return
			}
			// The tags find the run, but the record is reported for as long as it exists.
			// What a newer version created is left to that version.
			all := p.command(t, "cleanup", "--all", "--aws", "--yes", "--json")
			left, _ := all.event("finished")["left"].([]any)
			if all.exit() != steps.ExitFailed || len(left) != 1 || left[0].(map[string]any)["kind"] != "record" || left[0].(map[string]any)["name"] != "mine" {
				t.Errorf("cleanup --all: exit %d, left %v\n%s", all.exit(), left, all.tail())
			}
			if got := countResources(t, b.AWS); (got == nothing) != (x.name != "newer") {
				t.Errorf("the services have %+v", got)
			}
			if got := read(t, path); got != string(spoiled) {
				t.Error("cleanup --all: the old file is not kept")
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if y := p.command(t, "cleanup", "--all", "--aws", "--yes", "--json"); y.exit() != 0 {
				t.Errorf("cleanup --all: exit %d\n%s", y.exit(), y.tail())
			}
			mustHave(t, b.AWS, nothing, "at the end")
		})
	}
}

// sameButOverview compares two records except for the first step, which makes no
// calls and is repeated before the credentials are checked.
func sameButOverview(t *testing.T, a, b string) bool {
	t.Helper()
	var x, y run.Record
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	delete(x.Steps, string(steps.Overview))
	delete(y.Steps, string(steps.Overview))
	return reflect.DeepEqual(x, y)
}

// asNobody runs the program as a user to whom file modes apply; they do not apply
// to root.
func (p *person) asNobody(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	p.uid = 65534
	err := filepath.WalkDir(p.home, func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Chown(path, 65534, 65534))
	})
	for dir := p.home; dir != "/" && dir != os.TempDir(); dir = filepath.Dir(dir) {
		_ = os.Chmod(dir, 0o755)
	}
	if err := errors.Join(err, os.Chmod(filepath.Dir(program), 0o755)); err != nil {
		t.Fatal(err)
	}
}

// TestReadOnlyState starts with a read-only state folder, and makes it read-only
// during a walk. The error says so, the record is kept, and the walk resumes once
// the folder is writable again.
func TestReadOnlyState(t *testing.T) {
	t.Run("from the start", func(t *testing.T) {
		b := testkit.StartAWS(t)
		p := newPerson(t, b)
		p.asNobody(t)
		if err := os.Chmod(p.home, 0o555); err != nil {
			t.Fatal(err)
		}
		defer os.Chmod(p.home, 0o755)
		x := p.start(t, allow, p.walkArgs()...)
		<-x.done
		f := x.event("failed")
		if x.exit() != steps.ExitFailed || !strings.Contains(fmt.Sprint(f["why"]), "permission denied") || !strings.Contains(fmt.Sprint(f["why"]), p.state()) {
			t.Errorf("exit %d: %v", x.exit(), f)
		}
		for _, op := range b.Calls() {
			if mutates(op) {
				t.Errorf("%s was called and could not have been recorded", op)
			}
		}
	})
	t.Run("in the middle", func(t *testing.T) {
		b := testkit.StartAWS(t)
		p := newPerson(t, b)
		p.asNobody(t)
		runs := filepath.Join(p.state(), "runs")
		var before string
		b.Intercept(func(op string, _ int, _ http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
			if op == "iam:PutRolePolicy" { // just before the record announces the gateway
				before = read(t, p.oneRecord(t))
				_ = os.Chmod(runs, 0o555)
			}
			return false
		})
		x := p.start(t, allow, p.walkArgs()...)
		f := x.mustFail(t)
		if x.exit() != steps.ExitFailed || !strings.Contains(fmt.Sprint(f["next"]), "AGENTCORE_3LO_HOME") {
			t.Errorf("exit %d: %v", x.exit(), f)
		}
		if got := countResources(t, b.AWS); got.Gateways != 0 {
			t.Error("a gateway was created but could not be recorded")
		}
		_ = os.Chmod(runs, 0o755)
		var r run.Record
		if after := read(t, p.oneRecord(t)); json.Unmarshal([]byte(after), &r) != nil || before == "" {
			t.Errorf("the old record is not kept: %s", after)
		}
		b.Intercept(nil)
		p.walk(t).mustSucceed(t, nil)
		mustHave(t, b.AWS, wholeRun, "at the end")
	})
}

// TestFullDisk fills the disk of the state folder during a run.
func TestFullDisk(t *testing.T) {
	b := testkit.StartAWS(t)
	p := newPerson(t, b)
	if err := os.MkdirAll(p.state(), 0o700); err != nil {
		t.Fatal(err)
	}
	mount := exec.Command("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", p.state())
	if out, err := mount.CombinedOutput(); err != nil {
		t.Skipf("a small disk cannot be mounted here (%v: %s); read-only folders are tested all the same", err, bytes.TrimSpace(out))
	}
	defer exec.Command("umount", "-l", p.state()).Run()
	ballast := filepath.Join(p.state(), "ballast")
	b.Intercept(func(op string, _ int, _ http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
		if op == "iam:PutRolePolicy" {
			f, err := os.Create(ballast)
			if err == nil {
				_, err = io.Copy(f, zeros{})
				_ = f.Close()
			}
			if !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("the disk is not full: %v", err)
			}
		}
		return false
	})
	x := p.start(t, allow, p.walkArgs()...)
	f := x.mustFail(t)
	if x.exit() != steps.ExitFailed || !strings.Contains(fmt.Sprint(f["why"]), "no space left") || !strings.Contains(fmt.Sprint(f["next"]), "Make room") {
		t.Errorf("exit %d: %v", x.exit(), f)
	}
	if got := countResources(t, b.AWS); got.Gateways != 0 {
		t.Error("a gateway was created but could not be recorded")
	}
	if _, err := (run.Store{Dir: p.state()}).Load(strings.TrimSuffix(filepath.Base(p.oneRecord(t)), ".json")); err != nil {
		t.Errorf("the old record is not kept: %v", err)
	}
	_ = os.Remove(ballast)
	b.Intercept(nil)
	p.walk(t).mustSucceed(t, nil)
	mustHave(t, b.AWS, wholeRun, "at the end")
	p.mustClean(t, b)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// TestSignals interrupts a run at several moments. The program exits soon, says so,
// leaves no listener, and its record can be resumed.
func TestSignals(t *testing.T) {
	_, ops := reference(t)
	var sent atomic.Int64
	t.Run("moments", func(t *testing.T) {
		for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
			for _, at := range []int{1, 2, len(ops) / 4, len(ops) / 2, 3 * len(ops) / 4, len(ops) - 6, 0} {
				name := fmt.Sprintf("%v at exchange %d", sig, at)
				if at == 0 {
					name = fmt.Sprintf("%v while the person is at the browser", sig)
				}
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					b := testkit.StartAWS(t)
					p := newPerson(t, b)
					var once sync.Once
					pid := make(chan int, 1)
					b.Intercept(eachCall(func(_ string, n int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
						if n != at {
							return false
						}
						once.Do(func() { _ = syscall.Kill(<-pid, sig) })
						time.Sleep(20 * time.Millisecond) // respond after the program has received the signal
						return false
					}))
					follow := allow
					if at == 0 {
						follow = nil
					}
					x := p.start(t, follow, p.walkArgs()...)
					pid <- x.cmd.Process.Pid
					if at == 0 {
						if x.await(isConsent) == nil {
							t.Fatalf("no consent\n%s", x.tail())
						}
						if conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", p.port)); err != nil {
							t.Errorf("no listener: %v", err)
						} else {
							defer conn.Close() // a silent connection must not delay the exit
						}
						_ = x.cmd.Process.Signal(sig)
					}
					began := time.Now()
					<-x.done
					if took := time.Since(began); took > 10*time.Second {
						t.Errorf("it took %s to end", took)
					}
					if x.exit() != steps.ExitInterrupted {
						t.Errorf("exit %d\n%s", x.exit(), x.tail())
					}
					last := x.event("finished")
					if last == nil || last["ok"] != false {
						t.Errorf("the last line: %v", last)
					}
					for _, host := range []string{"127.0.0.1", "::1"} {
						if conn, err := net.Dial("tcp", net.JoinHostPort(host, fmt.Sprint(p.port))); err == nil {
							_ = conn.Close()
							t.Error("the listener is still open")
						}
					}
					b.Intercept(nil)
					p.walk(t).mustSucceed(t, nil)
					mustHave(t, b.AWS, wholeRun, "at the end")
					p.mustClean(t, b)
					sent.Add(1)
				})
			}
		}
	})
	t.Logf("signals sent: %d", sent.Load())
}
