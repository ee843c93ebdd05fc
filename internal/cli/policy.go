package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"agentcore-3lo/internal/iampolicy"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/ui/ndjson"
)

func newPolicyCommand(a *program) *cobra.Command {
	c := command(a, runPolicy, "policy", "Print the IAM policy that the caller needs",
		"policy > policy.json", "policy --run NAME", "policy --role-arn ARN")
	roleFlags(a, c)
	return c
}

// runPolicy prints the IAM policy that the caller needs. Account and region are
// those of --run, or of the only run in AWS, and wildcards otherwise.
func runPolicy(ctx context.Context, a *program) error {
	if err := a.check(); err != nil {
		return err
	}
	store, err := a.store()
	if err != nil {
		return err
	}
	var r *run.Record
	if a.Run != "" {
		if r, err = a.load(ctx, store); err != nil {
			return err
		}
	} else if in, _ := run.Select(usableRecords(store, a.Terminal.Err), func(r *run.Record) bool {
		return !r.Environment.Sandbox && r.Environment.Within(run.Environment{Region: a.Region})
	}); len(in) == 1 {
		r = in[0]
	}
	scope := iampolicy.Scope{Account: "*", Region: cmp.Or(a.Region, "*"), RoleARN: a.RoleARN, Boundary: a.PermissionsBoundary}
	if r != nil && !r.Environment.Sandbox {
		scope = iampolicy.ScopeOf(r, scope)
	}
	policy := iampolicy.Caller(scope)
	if a.JSON {
		return ndjson.Value(a.Terminal.Out, "policy", a.Run, map[string]any{"policy": json.RawMessage(policy)})
	}
	fmt.Fprintln(a.Terminal.Out, policy)
	return nil
}
