package cli

import (
	"errors"
	"strings"
	"testing"
	"time"

	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
)

// remembered is a run as its record has it.
func remembered(name string, state steps.RunState, w run.Environment) *run.Record {
	r := testkit.NewRecord(name, w.Sandbox)
	r.Environment, r.Agreed = w, time.Now()
	switch state {
	case steps.RunNotAgreed:
		r.Agreed = time.Time{}
	case steps.RunComplete:
		for _, s := range steps.Tutorial() {
			m := run.Mark{Done: time.Now()}
			if s.Inputs != nil {
				m.Inputs = s.Inputs(r).String()
			}
			r.Steps[string(s.ID)] = m
		}
	case steps.RunCleaningUp:
		r.Cleaning = time.Now()
	case steps.RunCleanedUp:
		r.Cleaned = time.Now()
	}
	if got := steps.StateOf(r); got != state {
		panic(name + " is " + string(got))
	}
	return r
}

// A walk works in the environment that the person chose, and in no other.
func TestTheEnvironmentIsTheOneThatWasChosen(t *testing.T) {
	box, aws := run.Environment{Sandbox: true}, run.Environment{Account: "111122223333", Region: "us-east-1"}
	other := run.Environment{Account: "999988887777", Region: "eu-west-1"}
	served := run.Environment{Sandbox: true, SandboxURL: "http://127.0.0.1:9600"}
	begun := func(name string, w run.Environment) *run.Record { return remembered(name, steps.RunUnfinished, w) }
	all := func(r ...*run.Record) []*run.Record { return r }
	tests := map[string]struct {
		flags  flags
		ask    bool
		named  *run.Record
		runs   []*run.Record
		chosen run.Environment // what the flags select
		want   string          // "page", "resume NAME", "begin ENVIRONMENT", or "usage" with words
	}{
		"nothing here, nobody to ask":            {want: "usage walk --sandbox|walk --aws"},
		"nothing here, a person":                 {ask: true, want: "page"},
		"one sandbox run":                        {runs: all(begun("a", box)), want: "resume a"},
		"one AWS run":                            {runs: all(begun("a", aws)), want: "resume a"},
		"one run, a person":                      {ask: true, runs: all(begun("a", box)), want: "page"},
		"two runs":                               {runs: all(begun("a", box), begun("b", aws)), want: "usage walk --run a|walk --run b|account 111122223333"},
		"a finished run is not resumed unasked":  {runs: all(remembered("a", steps.RunComplete, box)), want: "usage walk --sandbox|walk --aws"},
		"a cleaned run is not resumed unasked":   {runs: all(remembered("a", steps.RunCleanedUp, aws)), want: "usage walk --sandbox|walk --aws"},
		"one unfinished among others":            {runs: all(remembered("a", steps.RunComplete, aws), begun("b", served), remembered("c", steps.RunCleanedUp, box)), want: "resume b"},
		"a cleanup to finish":                    {runs: all(remembered("a", steps.RunCleaningUp, aws)), want: "usage cleanup --run a"},
		"a run that another process is planning": {runs: all(remembered("a", steps.RunNotAgreed, box)), want: "usage walk --sandbox|walk --aws"},

		"--sandbox, nothing here":           {flags: flags{Sandbox: true}, chosen: box, want: "begin the sandbox"},
		"--sandbox, an AWS run":             {flags: flags{Sandbox: true}, chosen: box, runs: all(begun("a", aws)), want: "begin the sandbox"},
		"--sandbox, the newest":             {flags: flags{Sandbox: true}, chosen: box, runs: all(begun("a", aws), begun("b", box), begun("c", box)), want: "resume b"},
		"--sandbox, a finished one":         {flags: flags{Sandbox: true}, chosen: box, runs: all(remembered("a", steps.RunComplete, box)), want: "resume a"},
		"--sandbox, one being cleaned up":   {flags: flags{Sandbox: true}, chosen: box, runs: all(remembered("a", steps.RunCleaningUp, box)), want: "begin the sandbox"},
		"--sandbox, one served elsewhere":   {flags: flags{Sandbox: true}, chosen: box, runs: all(begun("a", served)), want: "begin the sandbox"},
		"--sandbox-url":                     {flags: flags{SandboxURL: served.SandboxURL}, chosen: served, runs: all(begun("a", box), begun("b", served)), want: "resume b"},
		"--sandbox --new":                   {flags: flags{Sandbox: true, New: true}, chosen: box, runs: all(begun("a", box)), want: "begin the sandbox"},
		"--aws, a sandbox run":              {flags: flags{AWS: true}, chosen: run.Environment{}, runs: all(begun("a", box)), want: "begin AWS"},
		"--aws, in this account":            {flags: flags{AWS: true}, chosen: aws, runs: all(begun("a", other), begun("b", aws)), want: "resume b"},
		"--region of another run":           {flags: flags{Region: "eu-west-1"}, chosen: run.Environment{Region: "eu-west-1"}, runs: all(begun("a", aws), begun("b", other)), want: "resume b"},
		"--profile, a person, a word":       {flags: flags{Profile: "p"}, chosen: run.Environment{Profile: "p"}, ask: true, want: "begin AWS"},
		"--aws, another endpoint":           {flags: flags{AWS: true}, chosen: run.Environment{Endpoints: map[string]string{"AWS_ENDPOINT_URL_STS": "http://a"}}, runs: all(begun("a", aws)), want: "begin AWS"},
		"--new alone":                       {flags: flags{New: true}, runs: all(begun("a", box)), want: "usage walk --new --sandbox|walk --new --aws"},
		"--new alone, a person":             {flags: flags{New: true}, ask: true, want: "page"},
		"the commands repeat --yes, --json": {flags: flags{Yes: true, JSON: true}, want: "usage walk --sandbox --yes --json|walk --aws --yes --json"},

		"--run":                         {flags: flags{Run: "a"}, named: begun("a", box), runs: all(begun("a", box), begun("b", aws)), want: "resume a"},
		"--run in AWS":                  {flags: flags{Run: "a"}, named: begun("a", aws), want: "resume a"},
		"--run, on its first page":      {flags: flags{Run: "a"}, named: remembered("a", steps.RunNotAgreed, box), want: "resume a"},
		"--run nobody knows":            {flags: flags{Run: "a"}, want: "usage walk --run a --sandbox|walk --run a --aws"},
		"--run nobody knows, a person":  {flags: flags{Run: "a"}, ask: true, want: "usage no run"},
		"--run nobody knows, a word":    {flags: flags{Run: "a", Sandbox: true}, chosen: box, want: "begin the sandbox"},
		"--run of a cleaned AWS run":    {flags: flags{Run: "a"}, named: remembered("a", steps.RunCleanedUp, aws), want: "usage cleaned up|--aws --region us-east-1"},
		"--run of a cleaned box run":    {flags: flags{Run: "a"}, named: remembered("a", steps.RunCleanedUp, box), want: "usage walk --run a --sandbox"},
		"--run cleaned, a word":         {flags: flags{Run: "a", AWS: true}, named: remembered("a", steps.RunCleanedUp, aws), want: "begin AWS"},
		"--run being cleaned up":        {flags: flags{Run: "a"}, named: remembered("a", steps.RunCleaningUp, aws), want: "usage cleanup --run a"},
		"--run box --aws":               {flags: flags{Run: "a", AWS: true}, named: begun("a", box), want: "usage --aws|--new"},
		"--run box --region":            {flags: flags{Run: "a", Region: "us-east-1"}, chosen: run.Environment{Region: "us-east-1"}, named: begun("a", box), want: "usage --region|walk --new --region us-east-1"},
		"--run box --profile":           {flags: flags{Run: "a", Profile: "p"}, chosen: run.Environment{Profile: "p"}, named: begun("a", box), want: "usage --profile|--new"},
		"--run aws --sandbox":           {flags: flags{Run: "a", Sandbox: true}, chosen: box, named: begun("a", aws), want: "usage --sandbox|--new"},
		"--run aws --sandbox-url":       {flags: flags{Run: "a", SandboxURL: served.SandboxURL}, chosen: served, named: begun("a", aws), want: "usage --sandbox-url|walk --new --sandbox-url " + served.SandboxURL},
		"--run aws, another region":     {flags: flags{Run: "a", Region: "eu-west-1"}, chosen: run.Environment{Region: "eu-west-1"}, named: begun("a", aws), want: "usage --region|--new"},
		"--run cleaned box --aws":       {flags: flags{Run: "a", AWS: true}, named: remembered("a", steps.RunCleanedUp, box), want: "usage --aws|--new"},
		"--run served box, by own flag": {flags: flags{Run: "a", Sandbox: true}, chosen: box, named: begun("a", served), want: "usage --sandbox|" + served.SandboxURL},
	}
	for name, x := range tests {
		t.Run(name, func(t *testing.T) {
			d, err := x.flags.decide(x.named, x.runs, x.chosen, x.ask)
			got := "usage"
			switch {
			case err != nil:
			case d.startPage:
				got = "page"
			case d.resume != nil:
				got = "resume " + d.resume.Run
			case d.begin != nil:
				got = "begin " + environment(&run.Record{Environment: run.Environment{Sandbox: d.begin.Sandbox, SandboxURL: d.begin.SandboxURL}})
			}
			kind, words, _ := strings.Cut(x.want, " ")
			if kind != "usage" {
				if got != x.want || err != nil {
					t.Errorf("%s %v, want %s", got, err, x.want)
				}
				return
			}
			var exit exitError
			if !errors.As(err, &exit) || exit.Code != steps.ExitUsage {
				t.Fatalf("%s %v, want a usage error", got, err)
			}
			for _, w := range strings.Split(words, "|") {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("it does not say %q: %v", w, err)
				}
			}
		})
	}
}

func TestFlagsThatSelectTwoEnvironmentsAreRefused(t *testing.T) {
	for words, o := range map[string]flags{
		"--sandbox --region":       {Sandbox: true, Region: "us-east-1"},
		"--sandbox --profile":      {Sandbox: true, Profile: "p"},
		"--sandbox --aws":          {Sandbox: true, AWS: true},
		"--sandbox-url --aws":      {SandboxURL: "http://127.0.0.1:1", AWS: true},
		"--sandbox-url --profile":  {SandboxURL: "http://127.0.0.1:1", Profile: "p"},
		"--sandbox --sandbox-url":  {Sandbox: true, SandboxURL: "http://127.0.0.1:1"},
		"--sandbox --aws --region": {Sandbox: true, AWS: true, Region: "us-east-1"},
	} {
		err := o.contradiction()
		for _, w := range strings.Fields(words)[:2] {
			if exit := (exitError{}); !errors.As(err, &exit) || exit.Code != steps.ExitUsage || !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %v", words, err)
			}
		}
	}
	for _, o := range []flags{{}, {Sandbox: true}, {AWS: true, Region: "us-east-1", Profile: "p"}, {SandboxURL: "http://127.0.0.1:1"}} {
		if err := o.contradiction(); err != nil {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
