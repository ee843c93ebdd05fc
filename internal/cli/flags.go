package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"agentcore-3lo/steps"
)

// commonFlags hold for every command: the environment, the run and the output.
func commonFlags(a *program, c *cobra.Command) {
	f := c.PersistentFlags()
	f.BoolVar(&a.Sandbox, "sandbox", false, "use the built-in sandbox: no account, no network")
	f.StringVar(&a.SandboxURL, "sandbox-url", "", "use the sandbox that another process serves at this loopback URL")
	f.BoolVar(&a.AWS, "aws", false, "use AWS, with the account and region of your AWS configuration")
	f.StringVar(&a.Region, "region", "", "use AWS, in this region (default: AWS_REGION, then the profile)")
	f.StringVar(&a.Profile, "profile", "", "use AWS, with this profile")
	f.BoolVar(&a.IMDS, "imds", false, "get credentials from the instance metadata service")
	f.StringVar(&a.Run, "run", "", "name of the run; the command uses that run's environment")
	f.BoolVar(&a.JSON, "json", false, "print one JSON object per line on standard output, and nothing else")
	f.IntVar(&a.SandboxPort, "sandbox-port", 0, "port of the sandbox; later commands use it, too (default: the last one used)")
	f.StringVar(&a.Latency, "latency", "", "how slow the sandbox is: none; lifelike, about as AWS; slow; or jittered, as over a bad network (default: lifelike in a terminal)")
}

// agreeFlags are about questions.
func agreeFlags(a *program, c *cobra.Command) {
	c.Flags().BoolVar(&a.Yes, "yes", false, "agree to the plan, the registration and the cleanup; never opens a link from a server")
	c.Flags().BoolVar(&a.Plain, "plain", false, "print plain lines, for a screen reader or a log; redraw nothing")
	c.Flags().BoolVar(&a.Brief, "brief", false, "print plain lines without calls, and only the first paragraph of each lesson")
}

// roleFlags are the flags about the gateway's role.
func roleFlags(a *program, c *cobra.Command) {
	c.Flags().StringVar(&a.RoleARN, "role-arn", "", "use this IAM role for the gateway; it is never changed or deleted")
	c.Flags().StringVar(&a.PermissionsBoundary, "permissions-boundary", "", "ARN of the permissions boundary for the role that is created")
}

// listenerFlags are about the callback listener.
func listenerFlags(a *program, c *cobra.Command) {
	c.Flags().IntVar(&a.Port, "port", 0, "port of the callback listener (default: 9090, or the next free port)")
	c.Flags().StringVar(&a.ReturnURL, "return-url", "", "URL at which a browser reaches the listener, if its port is forwarded")
}

// asciiFlag is that of commands that draw.
func asciiFlag(a *program, c *cobra.Command) {
	c.Flags().BoolVar(&a.ASCII, "ascii", false, "draw with ASCII characters only")
}

// walkFlags are those of commands that carry out steps.
func walkFlags(a *program, c *cobra.Command) {
	agreeFlags(a, c)
	listenerFlags(a, c)
	asciiFlag(a, c)
	f := c.Flags()
	f.StringVar(&a.Pace, "pace", "", "auto works ahead (default); manual waits for Enter before each step")
	f.BoolVar(&a.NoBrowser, "no-browser", false, "never open a browser")
	f.BoolVar(&a.Stage, "stage", false, "for a room full of people: one idea a page, masked, Enter before each step")
	f.BoolVar(&a.RegisterReturnURL, "register-return-url", false, "register the return URL, so that AgentCore redirects browsers only to it")
	f.StringVar(&a.ClientID, "client-id", "", fmt.Sprintf("client ID of the %s app (or %s)", steps.Vendor().Name, steps.Vendor().ClientIDVariable))
	f.StringVar(&a.SecretFile, "client-secret-file", "", fmt.Sprintf("file with the client secret, - for standard input (or %s)", steps.Vendor().SecretVariable))
	f.StringVar(&a.PublicURL, "public-url", "", "URL at which a browser reaches the sandbox, if its port is forwarded")
}

// newRunFlags are those of commands that can begin a run.
func newRunFlags(a *program, c *cobra.Command) {
	c.Flags().BoolVar(&a.New, "new", false, "start a new run")
	roleFlags(a, c)
}
