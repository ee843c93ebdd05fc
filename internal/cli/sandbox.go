package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/commandline"
	"agentcore-3lo/internal/private"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/shell"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/userfile"
	"agentcore-3lo/steps"
	"agentcore-3lo/ui/ndjson"
)

// openSandbox serves the sandbox for this process, or joins another one.
func openSandbox(app *program, dir string) (*servedSandbox, error) {
	latency, err := latencyOf(app.Latency)
	if err != nil {
		return nil, err
	}
	faults, err := parseFaults(app.Faults)
	if err != nil {
		return nil, err
	}
	server, endpoint, err := sandbox.Open(sandbox.Options{Dir: dir, Port: app.SandboxPort, PublicURL: app.PublicURL, Latency: latency, Faults: faults})
	var taken *sandbox.PortTakenError
	if errors.As(err, &taken) {
		return nil, portTaken(taken, fmt.Sprintf("add --sandbox-port %d to the command, once.", taken.Free))
	}
	if err != nil {
		return nil, err
	}
	if server == nil {
		return &servedSandbox{Endpoint: endpoint, Close: func() {}}, nil
	}
	return &servedSandbox{Endpoint: endpoint, Own: true, Close: func() { _ = server.Close() }, LiftFaults: server.LiftFaults}, nil
}

// portTaken is what to do about a sandbox's port that another program uses. other is the
// way to the free port, if there is one.
func portTaken(taken *sandbox.PortTakenError, other string) advice.Problem {
	next := "Stop the program that uses the port."
	if taken.Free != 0 {
		next = "Stop the program that uses the port, or " + other
	}
	return advice.Problem{Doing: "opening the sandbox", Err: taken, Next: next}
}

// latencyOf reads --latency. A person in a terminal gets a lifelike sandbox.
func latencyOf(flag string) (sandbox.Latency, error) {
	switch {
	case flag == "" && term.IsTerminal(int(os.Stdout.Fd())):
		return sandbox.LatencyLifelike, nil
	case flag == "":
		return sandbox.LatencyNone, nil
	case !slices.Contains(sandbox.Latencies(), sandbox.Latency(flag)):
		return "", exitError{Code: steps.ExitUsage, Err: fmt.Errorf("--latency is none, lifelike, slow or jittered, not %q", flag)}
	}
	return sandbox.Latency(flag), nil
}

// sandboxOptions are the flags of the command that serves the sandbox.
type sandboxOptions struct {
	program    *program
	port       int
	policyFile string
	faults     []string
}

func newSandboxCommand(a *program) *cobra.Command {
	o := &sandboxOptions{program: a}
	c := command(a, func(ctx context.Context, _ *program) error { return runSandbox(ctx, o) }, "sandbox", "Serve the sandbox until Ctrl-C",
		"sandbox", "sandbox --port 9600 --json")
	c.Flags().IntVar(&o.port, "port", 0, fmt.Sprintf("port to serve on, from now on (default: the same as last time, or from %d on)", sandbox.DefaultPort))
	c.Flags().StringVar(&a.PublicURL, "public-url", "", "URL at which a browser reaches the sandbox, if its port is forwarded")
	c.Flags().StringArrayVar(&o.faults, "fault", nil, "KIND@OPERATION or KIND@OPERATION#N: make every call of it go wrong, or the N-th (may be repeated)")
	completeFaults(c)
	c.Flags().StringVar(&o.policyFile, "caller-policy", "", "file with the IAM policy that AWS callers have (default: everything is allowed)")
	return c
}

// runSandbox serves the sandbox for any AWS client until the context ends.
func runSandbox(ctx context.Context, o *sandboxOptions) error {
	options, err := o.options(ctx)
	if err != nil {
		return err
	}
	server, endpoint, err := sandbox.Open(options)
	var taken *sandbox.PortTakenError
	switch {
	case errors.As(err, &taken):
		return portTaken(taken, fmt.Sprintf("choose a free one: %s sandbox --port %d", shell.Program(), taken.Free))
	case err != nil:
		return err
	case server == nil:
		return advice.Problem{Doing: "opening the sandbox", Err: fmt.Errorf("another process serves this sandbox already, at %s", endpoint),
			Next: "Every command with --sandbox uses that one. To serve it here, end that process first."}
	}
	defer server.Close()
	if err := announce(o.program, server); err != nil {
		return err
	}
	if len(o.faults) > 0 {
		fmt.Fprintln(o.program.Terminal.Err, "Injecting faults:", strings.Join(o.faults, " "))
	}
	if o.policyFile != "" {
		fmt.Fprintln(o.program.Terminal.Err, "Callers are limited to the policy in", o.policyFile)
	}
	<-ctx.Done()
	return nil
}

// options are those of the sandbox. What is wrong with a flag is a usage error.
func (o *sandboxOptions) options(ctx context.Context) (options sandbox.Options, err error) {
	if o.program.Latency == "" {
		o.program.Latency = string(sandbox.LatencyNone)
	}
	if options.Latency, err = latencyOf(o.program.Latency); err != nil {
		return options, err
	}
	if o.port < 0 || o.port > 65535 {
		return options, usage("--port is a number from 1 to 65535")
	}
	options.Port, options.PublicURL = cmp.Or(o.port, o.program.SandboxPort), o.program.PublicURL
	if options.Faults, err = parseFaults(o.faults); err != nil {
		return options, err
	}
	if o.policyFile != "" {
		if options.CallerPolicy, err = readPolicy(ctx, o.policyFile); err != nil {
			return options, usage("--caller-policy %s: %w", o.policyFile, err)
		}
	}
	options.Dir, err = o.program.sandboxDir()
	return options, err
}

// readPolicy reads a policy file; IAM policies have 10,240 characters at most.
func readPolicy(ctx context.Context, path string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	raw, err := userfile.Read(ctx, path, 256<<10)
	if err != nil {
		return "", err
	}
	policy, err := text.Decode(raw)
	if err != nil {
		return "", fmt.Errorf("%w; save it as UTF-8", err)
	}
	_, err = sandbox.PolicyAllows(policy, "", "", nil)
	return policy, err
}

func announce(app *program, server *sandbox.Server) error {
	out, env := app.Terminal.Out, server.Env()
	if app.JSON {
		return ndjson.Value(out, "sandbox", "", map[string]any{"endpoint": server.Endpoint(), "env": env})
	}
	fmt.Fprintf(out, "SANDBOX at %s\nDeveloper portal: %s\n\nFor any AWS client:\n\n", server.Endpoint(), server.PortalURL())
	for _, name := range slices.Sorted(maps.Keys(env)) {
		fmt.Fprintln(out, "  "+shell.Current().SetVariable(name, env[name]))
	}
	fmt.Fprintf(out, "\nFor this program: %s\n\nPress Ctrl-C to stop. State is saved.\n", commandline.Line(shell.Program(), "walk", "--sandbox-url", server.Endpoint()))
	return nil
}

// openSandbox opens the sandbox of the state folder, or joins it.
func (a *program) openSandbox() (*servedSandbox, error) {
	dir, err := a.sandboxDir()
	if err != nil {
		return nil, fmt.Errorf("open the sandbox: %w", err)
	}
	box, err := a.OpenSandbox(dir)
	if err != nil {
		return nil, fmt.Errorf("open the sandbox: %w", err)
	}
	return box, nil
}

// sandboxDir is the folder that keeps the sandbox's state. It is created if it
// is missing.
func (a *program) sandboxDir() (string, error) {
	store, err := a.store()
	if err != nil {
		return "", err
	}
	dir, err := private.Make(store.Dir, "sandbox")
	if err != nil {
		return "", err
	}
	defer dir.Close()
	return dir.Path(""), nil
}
