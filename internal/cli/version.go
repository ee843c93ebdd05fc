package cli

import (
	"context"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"agentcore-3lo/ui/ndjson"
)

func newVersionCommand(a *program) *cobra.Command {
	return command(a, runVersion, "version", "Print the version",
		"version")
}

func runVersion(_ context.Context, a *program) error {
	if a.JSON {
		return ndjson.Value(a.Terminal.Out, "version", "", map[string]string{"version": a.Version, "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH})
	}
	_, err := fmt.Fprintf(a.Terminal.Out, "agentcore-3lo %s (%s, %s/%s)\n", a.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
