package advice

import (
	"errors"
	"fmt"

	"agentcore-3lo/internal/private"
	"agentcore-3lo/internal/run"
)

// onThisMachine has the causes of the run's files, its lock, interruptions and waits.
func onThisMachine() map[Cause]Advice {
	return map[Cause]Advice{
		RecordTooNew: {Exit: ExitFailed, words: func(failed) string {
			return "Use the version of the program that wrote it, or a newer one. The record is unchanged."
		}},
		RecordDamaged: {Exit: ExitFailed, words: func(c failed) string {
			return "Move " + as[*run.CorruptError](c).Path + " to another folder. What the run created still carries its tags, so this deletes it: " +
				c.Program + " cleanup --all" + c.Flags
		}},
		RunInOtherCase: {Exit: ExitUsage, words: func(c failed) string {
			return "Use the name as it is: --run " + as[*run.CaseError](c).Called
		}},
		RunNameUnusable: {Exit: ExitUsage, words: func(failed) string {
			return "Choose another name, such as --run demo-1"
		}},
		EndpointUnencrypted: {Exit: ExitFailed, words: func(c failed) string {
			e := as[*run.EndpointError](c)
			return fmt.Sprintf("If you trust it, set %s=%s in the environment. Then resume: %s", e.Name, e.Endpoint, c.Retry)
		}},
		StateUnusable: {Exit: ExitFailed, words: func(c failed) string { return as[*private.Error](c).Advice }},
		RunInUse:      {Exit: ExitFailed, words: func(failed) string { return "Wait until the other command has ended, or stop it." }},
		Interrupted:   {Exit: ExitInterrupted, words: func(c failed) string { return "Resume where it stopped: " + c.Retry }},
		StateFolder: {Exit: ExitFailed, words: func(c failed) string {
			return "The state folder cannot be used. Make room on its disk and make it writable, or set AGENTCORE_3LO_HOME to another folder. Then resume: " + c.Retry
		}},
		StillUnderWay: {Exit: ExitFailed, words: func(c failed) string {
			return "It may still finish. Wait a few minutes and check: " + c.Run("status") + "\nThen resume: " + c.Retry
		}},
	}
}

// as returns the error of that type in a failure, or nil.
func as[E error](c failed) E {
	var e E
	errors.As(c.Err, &e)
	return e
}
