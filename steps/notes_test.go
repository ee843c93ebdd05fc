package steps_test

import (
	"os"
	"path/filepath"
	"testing"

	"agentcore-3lo/steps"
)

func TestEveryStepHasNotesAndYoursTakeTheirPlace(t *testing.T) {
	t.Parallel()
	all, err := steps.Notes(t.Context(), "")
	if err != nil || len(all) != len(steps.Tutorial())+1 {
		t.Fatalf("%d notes, %v", len(all), err)
	}
	for id, notes := range all {
		if len(notes) != 1 || len(notes[0].List) < 3 || len(notes[0].List) > 6 {
			t.Errorf("the notes of %s are not a list of 3 to 6 items: %v", id, notes)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "consent.md"), []byte("Smile.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	own, err := steps.Notes(t.Context(), dir)
	if err != nil || own[steps.Consent][0].Text != "Smile." || len(own[steps.Invoke][0].List) == 0 {
		t.Errorf("%v, %v", own[steps.Consent], err)
	}
}

func TestNotesThatCannotBeUsedAreRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := steps.Notes(t.Context(), filepath.Join(dir, "none")); err == nil {
		t.Error("a folder that does not exist passes")
	}
	if err := os.WriteFile(filepath.Join(dir, "invoke.md"), []byte("> quoted\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := steps.Notes(t.Context(), dir); err == nil {
		t.Error("Markdown outside the subset passes")
	}
	if _, err := steps.Notes(t.Context(), filepath.Join(dir, "invoke.md")); err == nil {
		t.Error("a file passes for a folder")
	}
}
