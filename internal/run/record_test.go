package run_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"agentcore-3lo/internal/run"
)

func sample(name string) *run.Record {
	return &run.Record{Version: run.Version, Run: name, Created: time.Now().UTC().Round(0), Environment: run.Environment{Account: "111122223333", Region: "us-east-1"},
		Resources: []run.Resource{{Kind: "gateway", Name: "g", ClientToken: "t", Intended: time.Now().UTC().Round(0)}}, Steps: map[string]run.Mark{"inbound": {Inputs: "b"}}}
}

func TestWhatIsSavedIsLoadedAgain(t *testing.T) {
	s := run.Store{Dir: t.TempDir()}
	r := sample("a")
	if err := s.Save(r); err != nil {
		t.Fatal(err)
	}
	got, err := s.Load("a")
	if err != nil || !reflect.DeepEqual(got, r) {
		t.Errorf("got %+v %v\nwant %+v", got, err, r)
	}
	if _, err := s.Load("b"); !errors.Is(err, run.ErrNotFound) {
		t.Errorf("a run that is not there: %v", err)
	}
}

func TestOnlyItsOwnerMayReadARecord(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has other permissions")
	}
	s := run.Store{Dir: filepath.Join(t.TempDir(), "state")}
	if err := s.Save(sample("a")); err != nil {
		t.Fatal(err)
	}
	lock, err := s.Lock("a")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	found := 0
	err = filepath.WalkDir(s.Dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		want := os.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		} else {
			found++
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", path, info.Mode().Perm(), want)
		}
		return err
	})
	if err != nil || found < 3 {
		t.Errorf("%d files, %v", found, err)
	}
}

func TestADamagedRecordStaysAsItIsWhateverIsDone(t *testing.T) {
	for name, raw := range map[string]string{"no JSON": "{", "empty": "", "another run": `{"version":1,"run":"b"}`, "no version": `{"run":"a"}`, "wrong types": `{"version":1,"run":"a","steps":3}`,
		"truncated": `{"version": 1, "run": "a", "resou`, "zeros": "\x00\x00\x00", "two records": `{"version":1,"run":"a"}{"version":1,"run":"a"}`} {
		t.Run(name, func(t *testing.T) {
			s := run.Store{Dir: t.TempDir()}
			put(t, s.Path("a"), raw)
			var said string
			for _, do := range []func() error{
				func() error { _, err := s.Load("a"); return err },
				func() error { _, err := s.Load("a"); return err },
				func() error { return s.Save(sample("a")) },
				func() error { _, broken := s.List(); return errors.Join(broken...) },
			} {
				err := do()
				var corrupt *run.CorruptError
				if !errors.As(err, &corrupt) || corrupt.Path != s.Path("a") || said != "" && err.Error() != said {
					t.Errorf("error %v, before %q", err, said)
				}
				said = err.Error()
				if got, _ := os.ReadFile(s.Path("a")); string(got) != raw {
					t.Errorf("the file is %q now", got)
				}
			}
			if names, _ := os.ReadDir(filepath.Dir(s.Path("a"))); len(names) != 1 {
				t.Errorf("the folder holds %v", names)
			}
		})
	}
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestANewerRecordIsRefusedAndStaysWhereItIs(t *testing.T) {
	s := run.Store{Dir: t.TempDir()}
	path := s.Path("a")
	_ = os.MkdirAll(filepath.Dir(path), 0o700)
	raw := fmt.Sprintf(`{"version":%d,"run":"a"}`, run.Version+1)
	if err := os.WriteFile(path, []byte(raw), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := s.Load("a")
	var newer *run.NewerError
	if !errors.As(err, &newer) || newer.Version != run.Version+1 {
		t.Fatalf("error %v", err)
	}
	if got, _ := os.ReadFile(path); string(got) != raw {
		t.Errorf("the file is %q now", got)
	}
}

// TestMain lets this binary be the other process that holds a lock.
func TestMain(m *testing.M) {
	if dir := os.Getenv("HOLD_LOCK_IN"); dir != "" {
		if _, err := (run.Store{Dir: dir}).Lock("a"); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("held")
		time.Sleep(time.Minute)
	}
	os.Exit(m.Run())
}

func TestARunIsHeldByOneProcessAndFreedHoweverThatEnds(t *testing.T) {
	s := run.Store{Dir: t.TempDir()}
	other := exec.Command(os.Args[0])
	other.Env = append(os.Environ(), "HOLD_LOCK_IN="+s.Dir)
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	word := make([]byte, 4)
	if _, err := out.Read(word); err != nil || string(word) != "held" {
		t.Fatalf("%q %v", word, err)
	}
	_, err = s.Lock("a")
	var held *run.HeldError
	if !errors.As(err, &held) || !strings.Contains(err.Error(), fmt.Sprint("process ", other.Process.Pid)) {
		t.Errorf("error %v", err)
	}
	if b, err := s.Lock("b"); err != nil {
		t.Errorf("another run is held too: %v", err)
	} else {
		b.Release()
	}
	_ = other.Process.Kill()
	_ = other.Wait()
	lock, err := s.Lock("a")
	if err != nil {
		t.Fatalf("after its death: %v", err)
	}
	lock.Release()
	if again, err := s.Lock("a"); err != nil {
		t.Errorf("after the release: %v", err)
	} else {
		again.Release()
	}
}

func TestTheListIsNewestFirstAndNamesWhatCannotBeRead(t *testing.T) {
	s := run.Store{Dir: t.TempDir()}
	if all, broken := s.List(); len(all) != 0 || len(broken) != 0 {
		t.Errorf("an empty folder: %v %v", all, broken)
	}
	for i, run := range []string{"old", "new"} {
		r := sample(run)
		r.Created = time.Date(2026, 1, 1+i, 0, 0, 0, 0, time.UTC)
		if err := s.Save(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(s.Path("bad"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	all, broken := s.List()
	if len(all) != 2 || all[0].Run != "new" || len(broken) != 1 {
		t.Errorf("%v %v", all, broken)
	}
	again, broken := s.List()
	if len(again) != 2 || len(broken) != 1 {
		t.Errorf("listed once more: %v %v", again, broken)
	}
}

func TestARunIsFoundInItsOwnEnvironmentAlone(t *testing.T) {
	custom := map[string]string{"AWS_ENDPOINT_URL_STS": "http://a"}
	runs := []*run.Record{
		{Run: "box", Environment: run.Environment{Sandbox: true, Account: "1", Region: "us-east-1"}},
		{Run: "served", Environment: run.Environment{Sandbox: true, SandboxURL: "http://127.0.0.1:9600", Account: "1", Region: "us-east-1"}},
		{Run: "aws", Environment: run.Environment{Account: "2", Region: "eu-west-1"}},
		{Run: "custom", Environment: run.Environment{Account: "1", Region: "us-east-1", Endpoints: custom}},
		{Run: "new", Environment: run.Environment{}},
	}
	for want, chosen := range map[string]run.Environment{
		"[box]":            {Sandbox: true},
		"[served]":         {Sandbox: true, SandboxURL: "http://127.0.0.1:9600", Region: "us-east-1"},
		"[aws custom new]": {},
		"[aws new]":        {Region: "eu-west-1", Endpoints: map[string]string{}},
		"[custom new]":     {Account: "1"},
		"[custom]":         {Endpoints: custom},
		"[]":               {Sandbox: true, SandboxURL: "http://127.0.0.1:9601"},
	} {
		left, cleaned := run.Select(runs, func(r *run.Record) bool { return r.Environment.Within(chosen) })
		var names []string
		for _, r := range left {
			names = append(names, r.Run)
		}
		if got := fmt.Sprint(names); got != want || cleaned != nil {
			t.Errorf("%+v: %s, want %s", chosen, got, want)
		}
	}
	runs[2].Cleaned = time.Now()
	if left, cleaned := run.Select(runs, func(*run.Record) bool { return true }); len(left) != 4 || cleaned != runs[2] {
		t.Errorf("%v %v", left, cleaned)
	}
}

func TestTheStateFolderFollowsTheEnvironment(t *testing.T) {
	env := func(m map[string]string) func(string) string { return func(k string) string { return m[k] } }
	dir := t.TempDir()
	if got, err := run.Home(env(map[string]string{"AGENTCORE_3LO_HOME": dir})); err != nil || got != dir {
		t.Errorf("%s %v", got, err)
	}
	if got, err := run.Home(env(map[string]string{"XDG_STATE_HOME": dir})); runtime.GOOS == "linux" && (err != nil || got != filepath.Join(dir, "agentcore-3lo")) {
		t.Errorf("%s %v", got, err)
	}
}

func TestASaveThatFailsLeavesTheOldRecord(t *testing.T) {
	if os.Getuid() == 0 {
		t.Log("as root the folder stays writable; a file in its place serves")
	}
	dir := t.TempDir()
	s := run.Store{Dir: filepath.Join(dir, "file")}
	if err := os.WriteFile(s.Dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(sample("a")); err == nil {
		t.Error("no error")
	}
}

// A lock that nobody needs any more leaves no file, and where several take turns
// its removal lets no two of them have the run at once.
func TestALockOfARunWithoutARecordLeavesNothing(t *testing.T) {
	s := run.Store{Dir: t.TempDir()}
	var holders, turns atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 3000 {
				lock, err := s.Lock("gone")
				if err != nil {
					continue
				}
				if holders.Add(1) != 1 {
					t.Error("two hold the run")
				}
				turns.Add(1)
				runtime.Gosched()
				holders.Add(-1)
				lock.Release()
			}
		})
	}
	all.Wait()
	if files, _ := os.ReadDir(filepath.Join(s.Dir, "runs")); len(files) != 0 || turns.Load() == 0 {
		t.Errorf("after %d turns there are %v", turns.Load(), files)
	}
	if err := s.Save(&run.Record{Version: run.Version, Run: "kept"}); err != nil {
		t.Fatal(err)
	}
	lock, err := s.Lock("kept")
	if err != nil {
		t.Fatal(err)
	}
	lock.Release()
	if _, err := os.Stat(filepath.Join(s.Dir, "runs", "kept.lock")); err != nil {
		t.Errorf("the lock of a run with a record: %v", err)
	}
}
