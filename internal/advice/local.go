package advice

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"agentcore-3lo/internal/private"
	"agentcore-3lo/internal/run"
)

// localCauses lie on this machine: the run's files, its lock, an interruption.
func localCauses() []Cause {
	return []Cause{
		{Name: "record of a newer version", Matches: as[*run.NewerError], Exit: ExitFailed,
			Next: text(func(Situation) string {
				return "Use the version of the program that wrote it, or a newer one. The record stays as it is."
			})},
		{Name: "damaged record", Matches: as[*run.CorruptError], Exit: ExitFailed, Next: damagedRecord},
		{Name: "run has this name in other letters", Matches: as[*run.CaseError], Exit: ExitUsage,
			Next: func(f Facts, _ Situation) string {
				var other *run.CaseError
				errors.As(f.Err, &other)
				return "Use the name as it is: --run " + other.Called
			}},
		{Name: "name no file can have", Matches: as[*run.NameError], Exit: ExitUsage,
			Next: text(func(Situation) string { return "Choose another name, such as --run demo-1" })},
		{Name: "endpoint without encryption", Matches: as[*run.EndpointError], Exit: ExitFailed,
			Next: func(f Facts, s Situation) string {
				var remembered *run.EndpointError
				errors.As(f.Err, &remembered)
				return fmt.Sprintf("If you trust it, set %s=%s in the environment, then: %s", remembered.Name, remembered.Endpoint, s.Retry)
			}},
		{Name: "state kept from this program", Matches: as[*private.Error], Exit: ExitFailed, Next: unusableFile},
		{Name: "run in use", Matches: as[*run.HeldError], Exit: ExitFailed,
			Next: text(func(Situation) string { return "Wait until it has ended, or stop it." })},
		{Name: "interrupted", Matches: func(f Facts) bool { return errors.Is(f.Err, context.Canceled) }, Exit: ExitInterrupted,
			Next: text(func(s Situation) string { return "Resume where it stopped: " + s.Retry })},
	}
}

func damagedRecord(f Facts, s Situation) string {
	var corrupt *run.CorruptError
	errors.As(f.Err, &corrupt)
	return "Move " + corrupt.Path + " to another folder. What the run created still carries its tags, so this deletes it: " +
		s.Program + " cleanup --all" + s.Flags
}

func unusableFile(f Facts, _ Situation) string {
	var unusable *private.Error
	errors.As(f.Err, &unusable)
	return unusable.Advice
}

// lateCauses are recognised only where nothing more specific was.
func lateCauses() []Cause {
	return []Cause{
		{Name: "state folder unusable", Exit: ExitFailed,
			Matches: func(f Facts) bool {
				return as[*fs.PathError](f) || as[*os.LinkError](f) || f.Says("$HOME is not defined")
			},
			Next: text(func(s Situation) string {
				return "The state folder cannot be used. Make room in it and let it be written, or set AGENTCORE_3LO_HOME to a folder that can be, then: " + s.Retry
			})},
		{Name: "still under way", Exit: ExitFailed,
			Matches: func(f Facts) bool { return errors.Is(f.Err, context.DeadlineExceeded) || f.Says("took longer than") },
			Next: text(func(s Situation) string {
				return "It may still get there. Wait a few minutes and look again: " + s.Run("status") + "\nThen go on: " + s.Retry
			})},
	}
}
