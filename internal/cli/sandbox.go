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
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/shell"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/userfile"
	"agentcore-3lo/steps"
	"agentcore-3lo/ui/ndjson"
)

// openSandbox serves the sandbox for this process, or joins another one.
func openSandbox(app *App, dir string) (*Sandbox, error) {
	latency, err := latencyOf(app.Latency)
	if err != nil {
		return nil, err
	}
	server, endpoint, err := sandbox.Open(sandbox.Options{Dir: dir, Port: app.SandboxPort, PublicURL: app.PublicURL, Latency: latency})
	var taken *sandbox.PortTakenError
	if errors.As(err, &taken) {
		return nil, advice.Problem{Doing: "opening the sandbox", Err: taken,
			Next: fmt.Sprintf("Stop the program that uses the port, or add --sandbox-port %d to the command, once.", taken.Free)}
	}
	if err != nil {
		return nil, err
	}
	return &Sandbox{Endpoint: endpoint, Own: server != nil, Close: func() {
		if server != nil {
			_ = server.Close()
		}
	}}, nil
}

// latencyOf reads --latency. A person in a terminal gets a lifelike sandbox.
func latencyOf(flag string) (sandbox.Latency, error) {
	known := []sandbox.Latency{sandbox.LatencyNone, sandbox.LatencyLifelike, sandbox.LatencySlow}
	switch {
	case flag == "" && term.IsTerminal(int(os.Stdout.Fd())):
		return sandbox.LatencyLifelike, nil
	case flag == "":
		return sandbox.LatencyNone, nil
	case !slices.Contains(known, sandbox.Latency(flag)):
		return "", Exit{Code: steps.ExitUsage, Err: fmt.Errorf("--latency is none, lifelike or slow, not %q", flag)}
	}
	return sandbox.Latency(flag), nil
}

// sandboxCommand serves the sandbox for any AWS client until Ctrl-C.
func sandboxCommand(app *App, example string) *cobra.Command {
	me, port, policyFile, faultTexts := shell.Program(), 0, "", []string{}
	c := &cobra.Command{Use: "sandbox", Short: "Serve the sandbox until Ctrl-C", Example: example, Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if app.Latency == "" {
				app.Latency = string(sandbox.LatencyNone)
			}
			latency, err := latencyOf(app.Latency)
			if err != nil {
				return err
			}
			if port < 0 || port > 65535 {
				return Exit{Code: steps.ExitUsage, Err: errors.New("--port is a number from 1 to 65535")}
			}
			o := sandbox.Options{Port: cmp.Or(port, app.SandboxPort), PublicURL: app.PublicURL, Latency: latency}
			for _, text := range faultTexts {
				fault, err := sandbox.ParseFault(text)
				if err != nil {
					return Exit{Code: steps.ExitUsage, Err: err}
				}
				o.Faults = append(o.Faults, fault)
			}
			if policyFile != "" {
				policy, err := readPolicy(cmd.Context(), policyFile)
				if err != nil {
					return Exit{Code: steps.ExitUsage, Err: fmt.Errorf("--caller-policy %s: %w", policyFile, err)}
				}
				o.CallerPolicy = policy
			}
			if o.Dir, err = app.SandboxDir(); err != nil {
				return err
			}
			server, endpoint, err := sandbox.Open(o)
			var taken *sandbox.PortTakenError
			if errors.As(err, &taken) {
				return fmt.Errorf("%w\nStop the program that uses the port, or choose a free one: %s sandbox --port %d", taken, me, taken.Free)
			}
			if err != nil {
				return err
			}
			if server == nil {
				return fmt.Errorf("another process serves this sandbox already, at %s", endpoint)
			}
			defer server.Close()
			if err := announce(app, server); err != nil {
				return err
			}
			if len(faultTexts) > 0 {
				fmt.Fprintln(app.Terminal.Err, "Injecting faults:", strings.Join(faultTexts, " "))
			}
			if policyFile != "" {
				fmt.Fprintln(app.Terminal.Err, "Callers are limited to the policy in", policyFile)
			}
			<-cmd.Context().Done()
			return nil
		}}
	c.Flags().IntVar(&port, "port", 0, fmt.Sprintf("port to serve on, from now on (default: the same as last time, or from %d on)", sandbox.DefaultPort))
	c.Flags().StringVar(&app.PublicURL, "public-url", "", "URL at which a browser reaches the sandbox, if its port is forwarded")
	c.Flags().StringArrayVar(&faultTexts, "fault", nil, "KIND@OPERATION or KIND@OPERATION#N: make every call of it go wrong, or the N-th (may be repeated)")
	c.Flags().StringVar(&policyFile, "caller-policy", "", "file with the IAM policy that AWS callers have (default: everything is allowed)")
	return c
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

func announce(app *App, server *sandbox.Server) error {
	out, env := app.Terminal.Out, server.Env()
	if app.JSON {
		return ndjson.Value(out, "sandbox", "", map[string]any{"endpoint": server.Endpoint(), "env": env})
	}
	fmt.Fprintf(out, "SANDBOX at %s\nDeveloper portal: %s\n\nFor any AWS client:\n\n", server.Endpoint(), server.PortalURL())
	for _, name := range slices.Sorted(maps.Keys(env)) {
		fmt.Fprintln(out, "  "+shell.Current().SetVariable(name, env[name]))
	}
	fmt.Fprintf(out, "\nFor this program: %s\n\nPress Ctrl-C to stop. State is saved.\n", steps.CommandLine(shell.Program(), "walk", "--sandbox-url", server.Endpoint()))
	return nil
}
