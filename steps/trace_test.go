package steps_test

import (
	"encoding/json"
	"slices"
	"testing"

	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
)

func TestTheJournalHasThePageThatIsShown(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	if err := s.Store().Save(testkit.NewRecord(s.Name, true)); err != nil {
		t.Fatal(err)
	}
	walk := s.NewWalk(nil)
	defer walk.Close()
	want := steps.Page{Step: steps.Consent, Enter: "open the link in your browser", Stage: true}
	walk.ShowPage(want)
	entries, err := s.Store().Entries(s.Name)
	if err != nil || len(entries) != 1 || entries[0].Kind != steps.PageKind || entries[0].Step != "consent" {
		t.Fatalf("%+v, %v", entries, err)
	}
	var got steps.Page
	if err := json.Unmarshal(entries[0].Body, &got); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
}

// A process that continues a run knows what was seen before it, and that the links of
// the process before are void.
func TestAResumedRunHasItsTrace(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	walk := s.NewWalk(nil)
	defer walk.Close()
	before, err := walk.Trace()
	if err != nil || len(before.Exchanges()) == 0 || before.Sequence().Headline != "complete" {
		t.Fatalf("%d exchanges, %q, %v", len(before.Exchanges()), before.Sequence().Headline, err)
	}
	s.MustComplete(s.Repeat(steps.Consent, steps.Invoke))
	entries, err := s.Store().Entries(s.Name)
	if err != nil || !slices.ContainsFunc(entries, func(e run.Entry) bool { return e.Kind == "opened" }) {
		t.Errorf("the journal does not tell one process from the next: %v", err)
	}
	after, err := walk.Trace()
	if err != nil || len(after.Exchanges()) <= len(before.Exchanges()) || after.Sequence().Headline != "complete" {
		t.Errorf("%d exchanges, %q, %v", len(after.Exchanges()), after.Sequence().Headline, err)
	}
}
