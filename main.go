// Agentcore-3lo walks a person from nothing to a working user-delegated tool
// call on an Amazon Bedrock AgentCore Gateway. This file is its command line.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/shell"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/userfile"
	"agentcore-3lo/steps"
	"agentcore-3lo/ui"
)

// version is set by the release build; otherwise the build information serves.
var version = ""

func main() {
	terminal := ui.NewTerminal(os.Getenv)
	ctx := untilInterrupted(terminal)
	cobra.MousetrapHelpText = "" // a double click in Explorer opens the start page
	code := execute(ctx, terminal, os.Args[1:])
	if terminal.Hint != "" && (code == steps.ExitUsage || code == steps.ExitNeedsPerson) {
		fmt.Fprintln(os.Stderr, terminal.Hint)
	}
	terminal.Restore()
	os.Exit(code)
}

// untilInterrupted returns a context that ends with the first signal that asks
// the program to end. A second one ends the process at once, and so do SIGQUIT
// and SIGABRT, which are sent when nothing else works; the terminal is restored
// all the same.
func untilInterrupted(terminal *ui.Terminal) context.Context {
	ctx, end := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGABRT} {
		if !signal.Ignored(s) { // as nohup does
			signal.Notify(signals, s)
		}
	}
	go func() {
		for s := range signals {
			if ctx.Err() != nil || s == syscall.SIGQUIT || s == syscall.SIGABRT {
				terminal.Restore()
				if os.Getenv("GOTRACEBACK") != "" { // what it was doing, as the runtime would tell
					stacks := make([]byte, 1<<20)
					_, _ = os.Stderr.Write(stacks[:runtime.Stack(stacks, true)])
				}
				os.Exit(steps.ExitInterrupted)
			}
			end()
		}
	}()
	return ctx
}

// execute carries out a command line and returns the exit code. This is the one
// place where an error becomes a message.
func execute(ctx context.Context, terminal *ui.Terminal, args []string) int {
	app := &ui.App{Terminal: terminal, Env: os.Getenv, Version: buildVersion()}
	defer ui.KeepWindow(app.Terminal)
	out := &ui.Checked{Writer: app.Terminal.Out}
	app.Terminal.Out = out
	app.Person = sandbox.Person{}
	app.OpenSandbox = func(dir string) (*ui.Sandbox, error) { return openSandbox(app, dir) }
	root := rootCommand(app)
	root.SetArgs(args)
	root.SetErr(app.Terminal.Err)
	command, err := root.ExecuteContextC(ctx)
	switch {
	case err == nil && out.Err() == nil:
		return steps.ExitDone
	case err == nil:
		fmt.Fprintf(app.Terminal.Err, "agentcore-3lo: %v\n", out.Err())
		return steps.ExitFailed
	}
	var exit ui.Exit
	if ctx.Err() != nil && !errors.As(err, &exit) {
		err = ctx.Err() // whatever the interrupt has broken
	}
	app.JSON = app.JSON || wantsJSON(args)
	return app.Fail(err, slices.Contains([]string{root.Name(), "walk", "run", "cleanup", "listen"}, command.Name()))
}

func rootCommand(app *ui.App) *cobra.Command {
	me := ui.Program()
	example := func(lines ...string) string { return "  " + me + " " + strings.Join(lines, "\n  "+me+" ") }
	walk := func(cmd *cobra.Command, _ []string) error { return app.Walk(cmd.Context()) }

	root := &cobra.Command{
		Use:   "agentcore-3lo",
		Short: "Set up a user-delegated tool call on an AgentCore Gateway",
		Long: "Guides you through the whole setup, explains each step, survives interruption, and cleans up.\n" +
			"Without a command it is the walkthrough. A new run needs --sandbox or --aws, or your choice on the start page.",
		Example: example("--sandbox", "--sandbox --yes", "--aws", "--profile NAME --region us-east-1", "status", "cleanup"),
		Args:    noArgs, RunE: walk, SilenceUsage: true, SilenceErrors: true,
	}
	root.SetFlagErrorFunc(flagError)
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		if cmd.Flags().Changed("run") && app.Run == "" { // a script's variable that is not set
			return ui.Refused("--run has no name behind it", seeHelp(cmd))
		}
		return nil
	}
	everywhere(app, root)

	walkCommand := &cobra.Command{Use: "walk", Short: "Start the walkthrough: a new run, or one to resume", Args: noArgs,
		Example: example("walk --sandbox", "walk --sandbox --yes --json", "walk --new --region eu-west-1"), RunE: walk}
	runCommand := &cobra.Command{Use: "run STEP...", Short: "Re-run specific steps", Args: cobra.ArbitraryArgs,
		Example: example("run invoke", "run consent invoke", "run linkedin", "run provider --recreate"),
		RunE:    func(cmd *cobra.Command, args []string) error { return app.RunSteps(cmd.Context(), args) }}
	for _, c := range []*cobra.Command{root, walkCommand, runCommand} {
		walking(app, c)
	}
	runCommand.Flags().BoolVar(&app.Recreate, "recreate", false, "recreate the provider or the inbound side; lists what depends on it and asks first")
	for _, c := range []*cobra.Command{root, walkCommand} {
		c.Flags().BoolVar(&app.New, "new", false, "start a new run")
		roles(app, c)
	}
	runCommand.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var ids []string
		for _, s := range steps.Tutorial() {
			ids = append(ids, string(s.ID)+"\t"+s.Title)
		}
		return ids, cobra.ShellCompDirectiveNoFileComp
	}

	simple := func(use, short, example string, do func(context.Context) error) *cobra.Command {
		return &cobra.Command{Use: use, Short: short, Example: example, Args: noArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return do(cmd.Context()) }}
	}
	all := false
	cleanup := simple("cleanup", "Delete everything a run created, and verify the deletion", example("cleanup", "cleanup --yes --run NAME", "cleanup --all"),
		func(ctx context.Context) error { return app.Cleanup(ctx, all) })
	cleanup.Flags().BoolVar(&all, "all", false, "all runs that you created from this computer, including runs without a local record")
	cleanup.Flags().BoolVar(&app.Elsewhere, "elsewhere", false, "with --all or --run: also delete what you created from another computer")
	yes(app, cleanup)
	named := ""
	listen := simple("listen", "Run only the callback listener (advanced)", example("listen --run NAME", "listen --region us-east-1"),
		func(ctx context.Context) error { return app.Listen(ctx, named) })
	listen.Long = "Finishes session binding for a tool call that another program made, in place of the tutorial's\n" +
		"oauth2_callback_server.py. The token that made the call comes from AGENTCORE_3LO_BEARER, or by\n" +
		"POST /userIdentifier/token. With --run it uses the environment, port and return URL of that run."
	listen.Flags().StringVar(&named, "session", "", "complete this session (URN) and no other")
	listening(app, listen)

	policy := simple("policy", "Print the IAM policy that the caller needs", example("policy > policy.json", "policy --run NAME", "policy --role-arn ARN"), app.Policy)
	roles(app, policy)

	root.AddCommand(walkCommand, runCommand, cleanup, listen,
		simple("steps", "List the steps and what each one needs", example("steps", "steps --json"), app.Steps),
		simple("status", "Show what exists, and the next command", example("status", "status --json --run NAME"), app.Status),
		simple("runs", "List the runs on this computer", example("runs"), app.Runs),
		simple("plan", "Show what a run would create; changes nothing", example("plan", "plan --json"), app.Plan),
		simple("connect", "Show how to use the gateway from another client", example("connect"), app.Connect),
		simple("token", "Print an access token for the gateway, and nothing else", example("token"), app.Token),
		simple("whoami", "Show which AWS identity is used; changes nothing", example("whoami", "whoami --profile NAME --json"), app.WhoAmI),
		policy,
		sandboxCommand(app, example("sandbox", "sandbox --port 9600 --json")),
		simple("version", "Print the version", example("version"), func(context.Context) error { return printVersion(app) }))
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil {
		completion.RunE = func(c *cobra.Command, args []string) error { // a shell that cobra does not know
			if len(args) > 0 {
				return ui.Exit{Code: steps.ExitUsage, Err: fmt.Errorf("there is no completion for %q\nSee: %s completion --help", args[0], me)}
			}
			return c.Help()
		}
		completion.Args = cobra.ArbitraryArgs
	}
	return root
}

// noArgs refuses stray words with the exit code of a usage error.
var noArgs = usageArgs(cobra.NoArgs)

func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return ui.Refused(err.Error(), seeHelp(cmd))
		}
		return nil
	}
}

func everywhere(app *ui.App, c *cobra.Command) {
	f := c.PersistentFlags()
	f.BoolVar(&app.Sandbox, "sandbox", false, "use the built-in sandbox: no account, no network")
	f.StringVar(&app.SandboxURL, "sandbox-url", "", "use the sandbox that another process serves at this loopback URL")
	f.BoolVar(&app.AWS, "aws", false, "use AWS, with the account and region of your AWS configuration")
	f.StringVar(&app.Region, "region", "", "use AWS, in this region (default: AWS_REGION, then the profile)")
	f.StringVar(&app.Profile, "profile", "", "use AWS, with this profile")
	f.BoolVar(&app.IMDS, "imds", false, "get credentials from the instance metadata service")
	f.StringVar(&app.Run, "run", "", "name of the run; the command uses that run's environment")
	f.BoolVar(&app.JSON, "json", false, "print one JSON object per line on standard output, and nothing else")
	f.IntVar(&app.SandboxPort, "sandbox-port", 0, "port of the sandbox; later commands use it, too (default: the last one used)")
	f.StringVar(&app.Latency, "latency", "", "how slow the sandbox is: none, lifelike or slow (default: lifelike in a terminal)")
}

func yes(app *ui.App, c *cobra.Command) {
	c.Flags().BoolVar(&app.Yes, "yes", false, "agree to the plan, the registration and the cleanup; never opens a link from a server")
	c.Flags().BoolVar(&app.Plain, "plain", false, "print plain lines; redraw nothing")
}

// roles are the flags about the gateway's role.
func roles(app *ui.App, c *cobra.Command) {
	c.Flags().StringVar(&app.RoleARN, "role-arn", "", "use this IAM role for the gateway; it is never changed or deleted")
	c.Flags().StringVar(&app.PermissionsBoundary, "permissions-boundary", "", "ARN of the permissions boundary for the role that is created")
}

func listening(app *ui.App, c *cobra.Command) {
	c.Flags().IntVar(&app.Port, "port", 0, "port of the callback listener (default: 9090, or the next free port)")
	c.Flags().StringVar(&app.ReturnURL, "return-url", "", "URL at which a browser reaches the listener, if its port is forwarded")
}

func walking(app *ui.App, c *cobra.Command) {
	yes(app, c)
	listening(app, c)
	f := c.Flags()
	f.StringVar(&app.Pace, "pace", "", "auto works ahead (default); manual waits for Enter before each step")
	f.BoolVar(&app.NoBrowser, "no-browser", false, "never open a browser")
	f.BoolVar(&app.RegisterReturnURL, "register-return-url", false, "register the return URL, so that AgentCore redirects browsers only to it")
	f.StringVar(&app.ClientID, "client-id", "", "client ID of the LinkedIn app (or LINKEDIN_CLIENT_ID)")
	f.StringVar(&app.SecretFile, "client-secret-file", "", "file with the client secret, - for standard input (or LINKEDIN_CLIENT_SECRET)")
	f.StringVar(&app.PublicURL, "public-url", "", "URL at which a browser reaches the sandbox, if its port is forwarded")
}

// openSandbox serves the sandbox for this process, or joins another one.
func openSandbox(app *ui.App, dir string) (*ui.Sandbox, error) {
	latency, err := latencyOf(app.Latency)
	if err != nil {
		return nil, err
	}
	server, endpoint, err := sandbox.Open(sandbox.Options{Dir: dir, Port: app.SandboxPort, PublicURL: app.PublicURL, Latency: latency})
	var taken *sandbox.PortTakenError
	if errors.As(err, &taken) {
		return nil, steps.Problem{Doing: "opening the sandbox", Err: taken,
			Next: fmt.Sprintf("Stop the program that uses the port, or add --sandbox-port %d to the command, once.", taken.Free)}
	}
	if err != nil {
		return nil, err
	}
	return &ui.Sandbox{Endpoint: endpoint, Own: server != nil, Close: func() {
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
		return "", ui.Exit{Code: steps.ExitUsage, Err: fmt.Errorf("--latency is none, lifelike or slow, not %q", flag)}
	}
	return sandbox.Latency(flag), nil
}

// sandboxCommand serves the sandbox for any AWS client until Ctrl-C.
func sandboxCommand(app *ui.App, example string) *cobra.Command {
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
				return ui.Exit{Code: steps.ExitUsage, Err: errors.New("--port is a number from 1 to 65535")}
			}
			o := sandbox.Options{Port: cmp.Or(port, app.SandboxPort), PublicURL: app.PublicURL, Latency: latency}
			for _, text := range faultTexts {
				fault, err := sandbox.ParseFault(text)
				if err != nil {
					return ui.Exit{Code: steps.ExitUsage, Err: err}
				}
				o.Faults = append(o.Faults, fault)
			}
			if policyFile != "" {
				policy, err := readPolicy(cmd.Context(), policyFile)
				if err != nil {
					return ui.Exit{Code: steps.ExitUsage, Err: fmt.Errorf("--caller-policy %s: %w", policyFile, err)}
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

func announce(app *ui.App, server *sandbox.Server) error {
	out, env := app.Terminal.Out, server.Env()
	if app.JSON {
		return ui.Value(out, "sandbox", "", map[string]any{"endpoint": server.Endpoint(), "env": env})
	}
	fmt.Fprintf(out, "SANDBOX at %s\nDeveloper portal: %s\n\nFor any AWS client:\n\n", server.Endpoint(), server.PortalURL())
	for _, name := range slices.Sorted(maps.Keys(env)) {
		fmt.Fprintln(out, "  "+shell.Current().SetVariable(name, env[name]))
	}
	fmt.Fprintf(out, "\nFor this program: %s\n\nPress Ctrl-C to stop. State is saved.\n", steps.CommandLine(ui.Program(), "walk", "--sandbox-url", server.Endpoint()))
	return nil
}

func printVersion(app *ui.App) error {
	if app.JSON {
		return ui.Value(app.Terminal.Out, "version", "", map[string]string{"version": app.Version, "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH})
	}
	_, err := fmt.Fprintf(app.Terminal.Out, "agentcore-3lo %s (%s, %s/%s)\n", app.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// buildVersion is the released version, or the commit that was built.
func buildVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "commit " + s.Value[:12]
		}
	}
	return "development build"
}
