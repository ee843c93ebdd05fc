package run_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"agentcore-3lo/internal/run"
)

// On a disk that ignores case, "Demo.json" opens "demo.json". Names are
// compared as the folder spells them, so every disk behaves the same.
func TestANameInOtherLettersIsAnotherRunsAndRenamesNothing(t *testing.T) {
	s := run.Store{Dir: t.TempDir()}
	if err := s.Save(sample("demo-A1")); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(s.Path("demo-A1"))
	for _, name := range []string{"Demo-A1", "demo-a1", "DEMO-A1"} {
		_, loading := s.Load(name)
		for _, err := range []error{loading, s.Save(sample(name))} {
			var other *run.CaseError
			if !errors.As(err, &other) || other.Called != "demo-A1" || !strings.Contains(err.Error(), "the run is called demo-A1") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if _, err := s.Load("demo-A2"); !errors.Is(err, run.ErrNotFound) {
		t.Errorf("a name that differs in more than case: %v", err)
	}
	if after, _ := os.ReadFile(s.Path("demo-A1")); string(after) != string(before) {
		t.Errorf("the record changed to %s", after)
	}
	if all, broken := s.List(); len(all) != 1 || len(broken) != 0 {
		t.Errorf("%v %v", all, broken)
	}
}

// Two runs whose names differ in case alone may come from a disk that tells
// them apart. Each keeps its name.
func TestARunIsFoundByItsExactNameBesideOneInOtherLetters(t *testing.T) {
	s := run.Store{Dir: t.TempDir()}
	put(t, s.Path("demo"), `{"version":1,"run":"demo"}`)
	put(t, s.Path("Demo"), `{"version":1,"run":"Demo"}`)
	names, _ := os.ReadDir(s.Dir + "/runs")
	if len(names) != 2 {
		t.Skip("this disk ignores case")
	}
	for _, name := range []string{"demo", "Demo"} {
		if r, err := s.Load(name); err != nil || r.Run != name {
			t.Errorf("%s: %+v %v", name, r, err)
		}
	}
}

func TestNamesThatSomeComputerCannotKeepAreRefused(t *testing.T) {
	s := run.Store{Dir: t.TempDir()}
	for _, name := range []string{"CON", "con", "Prn", "AUX", "nul", "COM1", "com9", "COM0", "LPT1", "lpt3", "COM¹", "LPT²", "com³", "CONIN$", "conout$",
		"NUL.txt", "con.tar.gz", "COM1.log", "nul .txt", "demo.", "demo..", "demo ", "demo. ", "", ".", "..", ".hidden", "../up", "a/b", `a\b`, "c:", "a:stream", "a*", "a?", "a|b", "a\x00b", "a\nb", "/etc/passwd"} {
		var bad *run.NameError
		if err := run.CheckName(name); !errors.As(err, &bad) {
			t.Errorf("CheckName(%q): %v", name, err)
		}
		_, loading := s.Load(name)
		_, locking := s.Lock(name)
		for _, err := range []error{loading, locking, s.Save(sample(name))} {
			if !errors.As(err, &bad) {
				t.Errorf("%q: %v", name, err)
			}
		}
	}
	for _, name := range []string{"demo", "console", "com", "com10", "COM", "lpt", "nul1", "a-CON", "CON-a", "auxiliary", "a.b", "20260102-0304-ab"} {
		if err := run.CheckName(name); err != nil {
			t.Errorf("CheckName(%q): %v", name, err)
		}
	}
}

func TestARecordAloneSendsNothingUnencryptedOverANetwork(t *testing.T) {
	for endpoint, safe := range map[string]bool{
		"https://vpce-1.sts.us-east-1.vpce.amazonaws.com": true, "http://localhost:4566": true, "http://LOCALHOST:4566": true, "http://127.0.0.1:4566": true,
		"http://127.8.0.1:1": true, "http://[::1]:4566": true, "https://10.0.0.7": true,
		"http://10.0.0.7:4566": false, "http://localstack:4566": false, "http://localhost.example.com": false, "http://127.0.0.1.example.com": false,
		"http://example.com#@localhost": false, "http://localhost@example.com": false, "https://user:pass@example.com": false, "ftp://localhost": false,
		"localhost:4566": false, "//localhost": false, "": false, "http://": false, "file:///etc": false, "http://0.0.0.0:1": false, "http://2130706433": false,
	} {
		if got := run.Safe(endpoint); got != safe {
			t.Errorf("Safe(%q) = %v", endpoint, got)
		}
		if endpoint == "" {
			continue // none is remembered
		}
		s := run.Store{Dir: t.TempDir()}
		put(t, s.Path("b"), `{"version":1,"run":"b","world":{"endpoints":{"AWS_ENDPOINT_URL_STS":"`+endpoint+`"}}}`)
		var refused *run.EndpointError
		if _, err := s.Load("b"); errors.As(err, &refused) == safe || safe && err != nil {
			t.Errorf("%q: %v", endpoint, err)
		}
		for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"} { // the person names it now
			t.Setenv(name, endpoint)
			if _, err := s.Load("b"); err != nil {
				t.Errorf("%q with %s: %v", endpoint, name, err)
			}
			t.Setenv(name, "")
		}
		t.Setenv("AWS_ENDPOINT_URL", "http://another.example.com")
		if _, err := s.Load("b"); errors.As(err, &refused) == safe {
			t.Errorf("%q with another in the environment: %v", endpoint, err)
		}
		t.Setenv("AWS_ENDPOINT_URL", "")
	}
}

// TestOnlyANameWithRandomLettersIsUntouched: a name that somebody gave may have been
// used before, and so may one that comes from a record.
func TestOnlyANameWithRandomLettersIsUntouched(t *testing.T) {
	store, kind := run.Store{Dir: t.TempDir()}, "user_pool"
	made := run.New(store, run.Begin(time.Now(), run.Environment{}), true)
	if !made.Untouched(kind) {
		t.Error("a run that was just named is touched")
	}
	if err := errors.Join(made.Keep(), made.Intend(run.Resource{Kind: kind})); err != nil {
		t.Fatal(err)
	}
	if made.Untouched(kind) || !made.Untouched("role") {
		t.Error("only the kind that it tried to create is touched")
	}
	loaded, err := store.Load(made.Name())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*run.Record{loaded, run.NewRecord("mine", run.Environment{})} {
		if run.New(store, r, true).Untouched("role") {
			t.Errorf("run %s is untouched", r.Run)
		}
	}
}
