//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"

	"agentcore-3lo/internal/testkit/freeport"
	"agentcore-3lo/steps"
)

// workshop is a served sandbox that people of one account share.
type workshop struct {
	t   *testing.T
	box served
}

func newWorkshop(t *testing.T) workshop {
	t.Helper()
	box, _ := serveSandbox(t, freeport.Take(t))
	return workshop{t, box}
}

// at is somebody at a computer of their own, who has walked a run there.
func (w workshop) at(key, run string) *place {
	w.t.Helper()
	p := newPlace(w.t, append(w.box.env, "AWS_ACCESS_KEY_ID="+key)...)
	p.must(0, nil, "walk", "--aws", "--yes", "--run", run, "--port", fmt.Sprint(freeport.Take(w.t)))
	return p
}

func (p *place) as(key string) *place {
	return &place{t: p.t, home: p.home, env: append(slices.Clone(p.env), "AWS_ACCESS_KEY_ID="+key)}
}

const (
	workshopOne = "111122223333_role_Workshop_one"
	workshopTwo = "111122223333_role_Workshop_two"
	colleague   = "111122223333_user_colleague"
)

// mustExist insists that all of the run's resources are there still.
func (p *place) mustExist(run string) {
	p.t.Helper()
	if out := p.must(0, []string{"exists"}, "status", "--run", run); strings.Contains(out, "GONE") {
		p.t.Errorf("run %s:\n%s", run, out)
	}
}

func TestCleanupAllDeletesWhatThisOwnerCreatedHereAndNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	mine, laptop, theirs := w.at(workshopOne, "mine"), w.at(workshopOne, "laptop"), w.at(colleague, "theirs")
	// A record of the colleague's run here proves nothing.
	record, err := os.ReadFile(filepath.Join(theirs.home, "runs", "theirs.json"))
	if err == nil {
		err = os.WriteFile(filepath.Join(mine.home, "runs", "theirs.json"), record, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	mine = mine.as(workshopTwo) // the session's name is another one today
	out := mine.must(0, []string{"Runs to clean up:\n- mine\n", "- laptop: created just now by role/Workshop, computer ", "- theirs: created just now by user/colleague", "--elsewhere"},
		"cleanup", "--all", "--aws", "--yes")
	if !strings.Contains(out, "gone role BedrockAgentCoreGatewayRole-mine") {
		t.Errorf("its own run is not deleted:\n%s", out)
	}
	laptop.mustExist("laptop")
	theirs.mustExist("theirs")
	mine.must(0, []string{"No run that you created from this computer is left"}, "cleanup", "--all", "--aws", "--yes")
	mine.must(steps.ExitUsage, []string{"--elsewhere goes with --all, or with --run NAME"}, "cleanup", "--elsewhere", "--yes")
	mine.must(0, []string{"No run other that you created from elsewhere is left"}, "cleanup", "--run", "other", "--elsewhere", "--aws", "--yes")
	mine.must(0, []string{"No run theirs that you created from elsewhere is left"}, "cleanup", "--run", "theirs", "--elsewhere", "--aws", "--yes")
	laptop.mustExist("laptop")
	out = mine.must(0, []string{"Run laptop is cleaned up"}, "cleanup", "--all", "--elsewhere", "--aws", "--yes")
	if strings.Contains(out, "Run theirs") {
		t.Errorf("the colleague's run is touched:\n%s", out)
	}
	theirs.mustExist("theirs")
	laptop.must(0, []string{"GONE"}, "status", "--run", "laptop")
}

// In a terminal every run from elsewhere needs a yes of its own, and Enter is no.
func TestRunsFromElsewhereNeedAYesEach(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	one, two := w.at(workshopOne, "one"), w.at(workshopOne, "two")
	lost := newPlace(t, append(w.box.env, "AWS_ACCESS_KEY_ID="+workshopTwo)...) // the state folder of neither
	cmd, cancel := lost.command("cleanup", "--all", "--aws", "--plain")
	defer cancel()
	file, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	x := &reader{t: t, file: file}
	go x.read()
	x.expect("Delete run one, created just now by role/Workshop, computer ", "\r")
	x.expect("Delete run two, created just now by role/Workshop, computer ", "y\r")
	x.expect("Run two is cleaned up", "")
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, x.text())
	}
	one.mustExist("one")
	two.must(0, []string{"GONE"}, "status", "--run", "two")
	if all, _ := os.ReadDir(filepath.Join(lost.home, "runs")); slices.ContainsFunc(all, func(e os.DirEntry) bool { return strings.HasSuffix(e.Name(), ".json") }) {
		t.Errorf("records were written: %v", all)
	}
}

// unusable are the ways in which a record cannot be used. Each leaves something
// at the path, and says what every command calls it.
func unusable(t *testing.T, path string, whole []byte) map[string]struct {
	spoil func()
	says  string
} {
	write := func(path string, content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	remove := func() {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
	}
	do := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	elsewhere := filepath.Join(t.TempDir(), "elsewhere.json")
	return map[string]struct {
		spoil func()
		says  string
	}{
		"cut off":       {func() { write(path, whole[:len(whole)/3]) }, "damaged"},
		"another run's": {func() { write(path, bytes.ReplaceAll(whole, []byte(`"bad"`), []byte(`"good"`))) }, "damaged"},
		"newer":         {func() { write(path, []byte(`{"version":99,"run":"bad"}`)) }, "version 99"},
		"a link":        {func() { write(elsewhere, whole); remove(); do(os.Symlink(elsewhere, path)) }, "but a link"},
		"a folder":      {func() { remove(); do(os.Mkdir(path, 0o700)) }, "bad.json"},
		"a pipe":        {func() { remove(); do(syscall.Mkfifo(path, 0o600)) }, "bad.json"},
		"with an endpoint in the clear": {func() {
			remove()
			write(path, bytes.Replace(whole, []byte(`"sandbox": true`), []byte(`"sandbox": false, "endpoints": {"AWS_ENDPOINT_URL": "http://192.0.2.7"}`), 1))
		}, "neither https nor on this computer"},
	}
}

// Whatever meets a record that cannot be used says so, keeps it, and begins
// nothing in its place.
func TestEveryCommandReportsARecordThatCannotBeUsedAndKeepsIt(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.must(0, nil, "--sandbox", "--yes", "--run", "bad", "--port", fmt.Sprint(freeport.Take(t)))
	path := filepath.Join(p.home, "runs", "bad.json")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range unusable(t, path, whole) {
		t.Run(name, func(t *testing.T) { // one after the other: they share the file
			c.spoil()
			p := &place{t: t, home: p.home, env: p.env}
			was, err := os.Lstat(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{
				{"walk", "--yes"}, {"walk", "--yes", "--json"}, {"walk", "--yes", "--run", "bad"}, {"walk", "--sandbox", "--yes", "--run", "bad"}, {"walk", "--sandbox", "--yes"}, {"walk", "--sandbox", "--yes", "--json"},
				{"run", "invoke", "--run", "bad", "--yes"}, {"run", "consent", "--yes"}, {"status"}, {"status", "--run", "bad"}, {"status", "--run", "bad", "--json"}, {"connect"}, {"connect", "--run", "bad"}, {"token"}, {"token", "--run", "bad"},
				{"runs"}, {"runs", "--json"}, {"runs", "--run", "bad"}, {"cleanup", "--yes"}, {"cleanup", "--yes", "--run", "bad"}, {"cleanup", "--yes", "--json"}, {"cleanup", "--yes", "--run", "bad", "--json"},
			} {
				out := p.must(steps.ExitFailed, []string{c.says, "bad"}, args...)
				if args[0] == "cleanup" && slices.Contains(args, "--json") && !strings.Contains(out, `"kind":"record","name":"bad"`) {
					t.Errorf("%v: the record is not left:\n%s", args, out)
				}
				if strings.Contains(out, "No run yet") || strings.Contains(out, "there is no run") {
					t.Errorf("%v: it says that there is no run:\n%s", args, out)
				}
				if is, err := os.Lstat(path); err != nil || !os.SameFile(was, is) || !was.ModTime().Equal(is.ModTime()) {
					t.Errorf("%v: the record is not kept: %v", args, err)
				}
				if all, _ := filepath.Glob(filepath.Join(p.home, "runs", "*.json")); len(all) != 1 {
					t.Errorf("%v: records %v", args, all)
				}
			}
			if err := os.RemoveAll(path); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, whole, 0o600); err != nil {
				t.Fatal(err)
			}
		})
	}
	// What the run created is found by its tags; the record is left all the same.
	if err := os.WriteFile(path, whole[:len(whole)/3], 0o600); err != nil {
		t.Fatal(err)
	}
	all := []string{"cleanup", "--all", "--sandbox", "--yes"}
	p.must(steps.ExitFailed, []string{"gone role BedrockAgentCoreGatewayRole-bad", "damaged", "Move " + path}, all...)
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("%v: the record is not kept: %v", all, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	p.must(0, []string{"No run of yours is left"}, all...)
}
