package cli

import (
	"agentcore-3lo/steps"
	"agentcore-3lo/ui/terminal"
)

// servedSandbox is the built-in sandbox, serving.
type servedSandbox struct {
	Endpoint string
	Own      bool // this process serves it, until Close
	Close    func()
	// LiftFaults ends the faults that have made a call fail. Only a sandbox of
	// this process has it.
	LiftFaults func()
}

// program is what the commands have in common: their flags, the terminal, and what
// the process is given.
type program struct {
	flags
	keepEndpoints bool // the run stays at its endpoints, whatever the AWS configuration says
	Terminal      *terminal.Terminal
	Env           func(string) string
	Version       string
	// OpenSandbox serves the sandbox whose state is kept in the folder, or joins
	// the process that does.
	OpenSandbox func(dir string) (*servedSandbox, error)
	// Person plays the person at a sandbox.
	Person steps.Simulated
}
