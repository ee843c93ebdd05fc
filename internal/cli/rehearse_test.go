package cli

import (
	"bytes"
	"strings"
	"testing"

	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui/terminal"
)

func TestAFailedStepLiftsTheFaults(t *testing.T) {
	var said bytes.Buffer
	s := &opened{program: &program{flags: flags{Faults: []string{"denied@iam:CreateRole"}}, Terminal: &terminal.Terminal{Err: &said}}}
	lifted := 0
	if err := s.rehearse(&servedSandbox{Own: true, LiftFaults: func() { lifted++ }}); err != nil {
		t.Fatal(err)
	}
	s.onFailure(engine.Failure{Exit: steps.ExitInterrupted}) // the person left
	if lifted != 0 {
		t.Error("an interruption lifts the faults")
	}
	s.onFailure(engine.Failure{Exit: steps.ExitDenied})
	if lifted != 1 {
		t.Error("a failure does not lift the faults")
	}
	if !strings.Contains(said.String(), "denied@iam:CreateRole") {
		t.Errorf("it says %q", said.String())
	}
}

func TestAFaultNeedsASandboxOfThisProcess(t *testing.T) {
	s := &opened{program: &program{flags: flags{Faults: []string{"denied@iam:CreateRole"}}}}
	if err := s.rehearse(&servedSandbox{}); err == nil || !strings.Contains(err.Error(), "another process serves this one") {
		t.Errorf("%v", err)
	}
}
