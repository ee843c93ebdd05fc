package steps_test

import (
	"testing"
	"time"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
)

// Until the plan is agreed to a printed walk repeats what selects the
// environment; after that it names the run, whose record knows the rest.
func TestPrintedCommandsSelectTheEnvironmentOfTheRun(t *testing.T) {
	const generated = "20260102-030405-abcd"
	box := &awsenv.Sandbox{}
	for name, x := range map[string]struct {
		run                   string
		world                 run.Environment
		options               awsenv.Options
		agreed                bool
		walk, status, another string
	}{
		"sandbox, first page":   {run: generated, world: run.Environment{Sandbox: true}, options: awsenv.Options{Sandbox: box}, walk: "walk --sandbox", status: "status --run " + generated, another: "walk --new --sandbox"},
		"sandbox, agreed":       {run: generated, world: run.Environment{Sandbox: true}, options: awsenv.Options{Sandbox: box}, agreed: true, walk: "walk --run " + generated, status: "status --run " + generated, another: "walk --new --sandbox"},
		"served, first page":    {run: "mine", world: run.Environment{Sandbox: true, SandboxURL: "http://127.0.0.1:9600"}, options: awsenv.Options{Sandbox: box}, walk: "walk --sandbox-url http://127.0.0.1:9600 --run mine", status: "status --run mine", another: "walk --new --sandbox-url http://127.0.0.1:9600"},
		"AWS, first page":       {run: generated, walk: "walk --aws", status: "status --run " + generated, another: "walk --new --aws"},
		"AWS, by flags":         {run: generated, options: awsenv.Options{Profile: "corp dev", Region: "eu-west-1", IMDS: true}, walk: "walk --aws --profile 'corp dev' --region eu-west-1 --imds", status: "status --imds --run " + generated, another: "walk --new --aws --profile 'corp dev' --region eu-west-1 --imds"},
		"AWS, agreed":           {run: generated, world: run.Environment{Account: "111122223333", Region: "us-east-1", Profile: "p"}, agreed: true, walk: "walk --run " + generated, status: "status --run " + generated, another: "walk --new --aws --profile p --region us-east-1"},
		"all runs of a sandbox": {world: run.Environment{Sandbox: true}, walk: "walk --sandbox", status: "status --sandbox", another: "walk --new --sandbox"},
	} {
		t.Run(name, func(t *testing.T) {
			r := testkit.NewRecord(x.run, x.world.Sandbox)
			r.Environment = x.world
			if x.agreed {
				r.Agreed = time.Now()
			}
			walk := testkit.NewWalk(run.Store{Dir: t.TempDir()}, r, func(s *steps.Settings) { s.World = x.options })
			for want, got := range map[string]string{x.walk: walk.Commands.Line("walk"), x.status: walk.Commands.Line("status"), x.another: walk.Commands.Another()} {
				if got != "agentcore-3lo "+want {
					t.Errorf("%q, want %q", got, want)
				}
			}
		})
	}
}
