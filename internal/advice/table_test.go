package advice_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
)

// declared are the causes of this package and of the package aws.
func declared(t *testing.T) []advice.Cause {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "cause.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var causes []advice.Cause
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			causes = append(causes, advice.Cause(value))
		}
		return true
	})
	for _, cause := range awsenv.Causes() {
		causes = append(causes, advice.Cause(cause))
	}
	return causes
}

// everyExample has the sign-in's causes, too.
func everyExample() map[advice.Cause][]error {
	all := maps.Clone(examples)
	for _, cause := range awsenv.Causes() {
		all[advice.Cause(cause)] = []error{signInFailure(cause)}
	}
	return all
}

func TestEveryCauseHasOneEntryAndAnExample(t *testing.T) {
	entries := map[advice.Cause]int{}
	for _, part := range advice.Parts {
		for cause := range part() {
			entries[cause]++
		}
	}
	causes := declared(t)
	for _, cause := range causes {
		if entries[cause] != 1 {
			t.Errorf("%s has %d entries", cause, entries[cause])
		}
		if len(everyExample()[cause]) == 0 {
			t.Errorf("%s has no example", cause)
		}
	}
	for cause := range entries {
		if !slices.Contains(causes, cause) {
			t.Errorf("%q is no cause", cause)
		}
	}
}

func TestEveryExampleFindsItsAdviceInAnyOrderOfTheTables(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			v := linkedin
			if seed > 0 {
				advice.Shuffle(t, random)
				v.Consent = slices.Clone(v.Consent)
				random.Shuffle(len(v.Consent), func(i, j int) { v.Consent[i], v.Consent[j] = v.Consent[j], v.Consent[i] })
			}
			for cause, errs := range everyExample() {
				for _, err := range errs {
					a, known := advice.For(err, v)
					switch {
					case !known || a.Cause != cause:
						t.Errorf("%v: recognised as %q, want %q", err, a.Cause, cause)
					case a.Next(situation()) == "" || a.Exit == advice.ExitDone:
						t.Errorf("%v: no advice, or the exit code of a success", err)
					}
				}
			}
		})
	}
}

// A run that waits for a sign-in must not tell the person to start another one.
func TestTheAdviceOfARunThatWaitsHasNoCommandToResume(t *testing.T) {
	for _, cause := range awsenv.Causes() {
		a, _ := advice.For(signInFailure(cause), linkedin)
		next := advice.WithoutResume(a.Next(situation()))
		if next == "" || strings.Contains(next, "‹retry›") {
			t.Errorf("%s: %q", cause, next)
		}
	}
}

func TestEveryWordingHasItsSource(t *testing.T) {
	for _, p := range append(advice.Phrases(), linkedin.Consent...) {
		if p.Source == "" {
			t.Errorf("%s: %s has no source", p.Cause, p.Words)
		}
	}
	told := map[string]advice.Cause{}
	for _, c := range advice.Codes() {
		if c.Source == "" {
			t.Errorf("%s: %s has no source", c.Cause, c.Code)
		}
		if told[c.Code] != "" {
			t.Errorf("%s tells both %s and %s", c.Code, told[c.Code], c.Cause)
		}
		told[c.Code] = c.Cause
	}
}

// Another vendor's name and words take the place of LinkedIn's.
func TestTheVendorsWordsComeFromTheVendor(t *testing.T) {
	other := advice.Vendor{Name: "Example", Health: "https://status.example", Consent: linkedin.Consent, API: linkedin.API, Daily: linkedin.Daily,
		Access: "Enable the profile API.", Secrets: "the keys page", Settings: "the settings page", Usage: "the quota page", Reset: "noon", CodeLife: "a minute"}
	for cause, errs := range everyExample() {
		for _, err := range errs {
			a, _ := advice.For(err, other)
			next := a.Next(situation())
			for _, word := range []string{"LinkedIn", " tab", "midnight", "half an hour", "%!"} {
				if strings.Contains(next, word) {
					t.Errorf("%s says %q: %s", cause, word, next)
				}
			}
		}
	}
	for cause, words := range map[advice.Cause]string{advice.ScopeNotGranted: other.Access, advice.PermissionMissing: other.Access, advice.ClientRefused: other.Secrets,
		advice.ConsentOtherError: other.Settings, advice.VendorThrottling: other.Usage, advice.DailyLimit: other.Reset, advice.CodeRefused: other.CodeLife,
		advice.VendorUnavailable: other.Health} {
		a, _ := advice.For(examples[cause][0], other)
		if next := a.Next(situation()); !strings.Contains(next, words) {
			t.Errorf("%s lacks %q: %s", cause, words, next)
		}
	}
}
