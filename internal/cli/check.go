package cli

import (
	"net/url"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/shell"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/returnurl"
)

// flags are those of the command line.
type flags struct {
	Sandbox, AWS, New, Plain, JSON, Yes, NoBrowser, IMDS, Recreate, ASCII, Stage bool
	Brief                                                                        bool
	RegisterReturnURL, Elsewhere                                                 bool
	SandboxURL, Latency, PublicURL, Record                                       string
	Region, Profile, Run, Pace, ReturnURL, RoleARN                               string
	PermissionsBoundary                                                          string
	ClientID, SecretFile                                                         string
	Port, SandboxPort                                                            int
	Faults                                                                       []string
	Speed                                                                        float64
}

// check refuses flags that contradict one another.
func (a *program) check() error {
	if err := a.contradiction(); err != nil {
		return err
	}
	if _, err := awsenv.LoopbackURL(a.SandboxURL); err != nil && a.SandboxURL != "" {
		return usage("--sandbox-url %s: %w. Forward the port of a sandbox elsewhere, for example with ssh -N -L 9595:127.0.0.1:9595 HOST, and give --sandbox-url http://127.0.0.1:9595", text.HideUser(a.SandboxURL), err)
	}
	if u, err := url.Parse(a.SandboxURL); a.SandboxURL != "" && (err != nil || u.Port() == "") {
		return usage("--sandbox-url %s names no port; the command %s sandbox prints the address that it serves", a.SandboxURL, shell.Program())
	}
	switch {
	case a.New && a.Run != "":
		return usage("--new chooses the name of the run; leave out --run or --new")
	case a.Plain && a.JSON:
		return usage("choose one of --plain and --json")
	case a.Brief && a.JSON:
		return usage("choose one of --brief and --json")
	case a.Pace != "" && a.Pace != "auto" && a.Pace != "manual":
		return usage("--pace is auto or manual, not %q", a.Pace)
	case a.Stage && (a.Plain || a.Brief || a.JSON || !a.Terminal.Fancy):
		return usage("--stage is for the full screen of a terminal; leave it out here")
	case a.Pace == "manual" && !a.Terminal.Attended:
		return usage("--pace manual needs a person at a terminal")
	case a.Port < 0 || a.Port > 65535:
		return usage("--port is a number from 1 to 65535")
	case a.SandboxPort != 0 && a.SandboxURL != "":
		return usage("--sandbox-url already has a port; leave out --sandbox-port")
	case a.SandboxPort < 0 || a.SandboxPort > 65535:
		return usage("--sandbox-port is a number from 1 to 65535")
	}
	if err := a.checkRehearsal(); err != nil {
		return err
	}
	if a.Run != "" {
		if err := run.CheckAWSName(a.Run); err != nil {
			return exitError{steps.ExitUsage, err}
		}
	}
	if _, err := returnurl.ListenAt(run.Settings{}, a.ReturnURL, a.Port); err != nil {
		return exitError{steps.ExitUsage, err}
	}
	if a.RoleARN != "" {
		if err := provision.CheckRoleARN(a.RoleARN); err != nil {
			return exitError{steps.ExitUsage, err}
		}
	}
	if a.PermissionsBoundary != "" {
		if err := provision.CheckBoundaryARN(a.PermissionsBoundary); err != nil {
			return exitError{steps.ExitUsage, err}
		}
	}
	if a.RoleARN != "" && a.PermissionsBoundary != "" {
		return usage("--permissions-boundary is for a role that the walkthrough creates, and --role-arn names an existing role; choose one of them")
	}
	if err := steps.CheckRegionName(a.Region); err != nil {
		return exitError{steps.ExitUsage, err}
	}
	return nil
}

// attended says whether a person can answer. A secret on standard input takes
// their place there.
func (a *program) attended() bool { return a.Terminal.Attended && a.SecretFile != "-" }
