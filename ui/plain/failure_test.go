package plain

import (
	"strings"
	"testing"

	"agentcore-3lo/internal/shell"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui/terminal"
)

// A terminal gets lines that fit, with commands on lines of their own; a log gets
// whole lines.
func TestAFailureFitsTheTerminal(t *testing.T) {
	t.Parallel()
	resume := shell.Program() + " walk --run 20261126-002312-eeuk"
	f := engine.Failure{Doing: "creating the gateway", Next: "Make room on the disk and make it writable. Then resume: " + resume + "\n{\n  \"Effect\": \"Allow\"\n}", Log: "/log",
		Why: engine.Why{Service: "IAM CreateRole", Code: "AccessDenied", RequestID: "r-1", Message: "the caller is not allowed to create roles in this account"}}
	at := Failure(f, &terminal.Terminal{Width: 40, Attended: true})
	want := "\nFailed while creating the gateway.\nWhy: the caller is not allowed to create\nroles in this account\nFrom: IAM CreateRole, AccessDenied,\nrequest r-1\n" +
		"Next: Make room on the disk and make it\nwritable. Then resume:\n" + resume + "\n{\n  \"Effect\": \"Allow\"\n}\nLog: /log\n"
	if at != want {
		t.Errorf("at a terminal:\n%s\nwant\n%s", at, want)
	}
	if log := Failure(f, &terminal.Terminal{Width: 40}); !strings.Contains(log, "\nWhy: "+f.Why.Message+"\n") {
		t.Errorf("in a log:\n%s", log)
	}
	f.Declined = true
	if said := Failure(f, &terminal.Terminal{Width: 80}); !strings.HasPrefix(said, "\nStopped while ") {
		t.Errorf("declined:\n%s", said)
	}
}
