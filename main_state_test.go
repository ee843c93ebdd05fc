//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/internal/testkit/freeport"
	"agentcore-3lo/steps"
)

// walked is a run that is complete in a sandbox which the test can reach.
type walked struct {
	*place
	aws  *awsenv.Environment
	kill atomic.Pointer[exec.Cmd] // killed when it deletes something
	slow atomic.Pointer[string]   // the operation whose answer takes some seconds
	port string
}

func newWalked(t *testing.T) *walked {
	t.Helper()
	x := &walked{place: newPlace(t), port: fmt.Sprint(freeport.Take(t))}
	box := testkit.StartSandbox(t)
	x.aws = box.AWS
	box.Intercept(func(op string, _ int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
		if name := x.slow.Load(); name != nil && strings.HasSuffix(op, ":"+*name) {
			time.Sleep(3 * time.Second)
		}
		next.ServeHTTP(w, r)
		if cmd := x.kill.Load(); cmd != nil && strings.Contains(op, ":Delete") {
			_ = cmd.Process.Kill()
		}
		return true
	})
	x.must(0, []string{"ana@example.com"}, "walk", "--sandbox-url", box.Endpoint(), "--yes", "--plain", "--run", "mine", "--port", x.port)
	return x
}

// nextCommand is what status says of the run, and then runs. They must agree.
func (x *walked) nextCommand() (state, next string) {
	x.t.Helper()
	var listed struct {
		Runs []struct{ State, Next string }
	}
	var report struct{ State, Next string }
	for _, c := range []struct {
		words []string
		into  any
	}{{[]string{"status", "--json"}, &report}, {[]string{"runs", "--json"}, &listed}} {
		if err := json.Unmarshal([]byte(x.must(0, nil, c.words...)), c.into); err != nil {
			x.t.Fatal(err)
		}
	}
	if len(listed.Runs) != 1 || listed.Runs[0].State != report.State || listed.Runs[0].Next != report.Next {
		x.t.Errorf("runs says %+v, and status %+v", listed.Runs, report)
	}
	_, next, _ = strings.Cut(report.Next, "agentcore-3lo ")
	return report.State, next
}

// killCleanup begins a cleanup that is killed at its first deletion.
func (x *walked) killCleanup() {
	x.t.Helper()
	cmd, cancel := x.command("cleanup", "--yes")
	defer cancel()
	if err := cmd.Start(); err != nil {
		x.t.Fatal(err)
	}
	x.kill.Store(cmd)
	_ = cmd.Wait()
	x.kill.Store(nil)
	if code := cmd.ProcessState.ExitCode(); code != -1 {
		x.t.Fatalf("it was not killed: exit %d", code)
	}
}

func (x *walked) mustBe(state steps.RunState, next string) {
	x.t.Helper()
	if s, n := x.nextCommand(); s != string(state) || !strings.HasPrefix(n, next) {
		x.t.Errorf("state %q, next %q; want %q, %q", s, n, state, next)
	}
}

func TestEveryCommandSaysTheSameAboutARun(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*walked) error{
		"the provider is recreated": func(x *walked) error {
			x.must(0, nil, "run", "provider", "--recreate", "--yes", "--port", x.port)
			return nil
		},
		"the inbound half is recreated": func(x *walked) error {
			x.must(0, nil, "run", "inbound", "--recreate", "--yes", "--port", x.port)
			return nil
		},
		"somebody deletes the role": func(x *walked) error {
			role := aws.String(run.Names{Run: "mine"}.Role())
			list, err := x.aws.IAM.ListRolePolicies(t.Context(), &iam.ListRolePoliciesInput{RoleName: role})
			if err != nil {
				return err
			}
			for _, name := range list.PolicyNames {
				if _, err := x.aws.IAM.DeleteRolePolicy(t.Context(), &iam.DeleteRolePolicyInput{RoleName: role, PolicyName: &name}); err != nil {
					return err
				}
			}
			_, err = x.aws.IAM.DeleteRole(t.Context(), &iam.DeleteRoleInput{RoleName: role})
			return err
		},
		"somebody deletes the target": func(x *walked) error {
			list, err := x.aws.Control.ListGateways(t.Context(), &control.ListGatewaysInput{})
			if err != nil {
				return err
			}
			gateway := list.Items[0].GatewayId
			targets, err := x.aws.Control.ListGatewayTargets(t.Context(), &control.ListGatewayTargetsInput{GatewayIdentifier: gateway})
			if err != nil {
				return err
			}
			_, err = x.aws.Control.DeleteGatewayTarget(t.Context(), &control.DeleteGatewayTargetInput{GatewayIdentifier: gateway, TargetId: targets.Items[0].TargetId})
			for err == nil && len(targets.Items) > 0 { // it is listed while it is being deleted
				targets, err = x.aws.Control.ListGatewayTargets(t.Context(), &control.ListGatewayTargetsInput{GatewayIdentifier: gateway})
			}
			return err
		},
		"somebody deletes the app client": func(x *walked) error {
			pools, err := x.aws.Cognito.ListUserPools(t.Context(), &cognito.ListUserPoolsInput{MaxResults: aws.Int32(5)})
			if err != nil {
				return err
			}
			pool := pools.UserPools[0].Id
			clients, err := x.aws.Cognito.ListUserPoolClients(t.Context(), &cognito.ListUserPoolClientsInput{UserPoolId: pool, MaxResults: aws.Int32(5)})
			if err != nil {
				return err
			}
			_, err = x.aws.Cognito.DeleteUserPoolClient(t.Context(), &cognito.DeleteUserPoolClientInput{UserPoolId: pool, ClientId: clients.UserPoolClients[0].ClientId})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newWalked(t)
			x.mustBe(steps.RunComplete, "run invoke --run mine")
			if err := spoil(x); err != nil {
				t.Fatal(err)
			}
			x.mustBe(steps.RunUnfinished, "walk --run mine")
			x.must(0, []string{"run mine", "ana@example.com"}, "walk", "--yes", "--plain") // the only one, and unfinished
			x.mustBe(steps.RunComplete, "run invoke --run mine")
			x.must(0, nil, "cleanup", "--yes")
			x.mustBe(steps.RunCleanedUp, "walk --new --sandbox-url "+x.aws.Portal[:len("http://127.0.0.1:")])
		})
	}
}

func TestACleanupThatWasKilledIsFinishedByCleanupAlone(t *testing.T) {
	t.Parallel()
	x := newWalked(t)
	x.killCleanup()
	x.mustBe(steps.RunCleaningUp, "cleanup --run mine")
	finish := []string{"cleanup --run mine"}
	x.must(steps.ExitUsage, finish, "walk", "--yes")
	x.must(steps.ExitUsage, finish, "walk", "--yes", "--run", "mine")
	x.must(steps.ExitUsage, finish, "run", "invoke", "--yes")
	x.must(0, []string{"cleaned up"}, "cleanup", "--yes")
	x.mustBe(steps.RunCleanedUp, "walk --new --sandbox-url")
}
