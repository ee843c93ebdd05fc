package cli

import (
	"github.com/spf13/cobra"
)

func everywhere(app *App, c *cobra.Command) {
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

func yes(app *App, c *cobra.Command) {
	c.Flags().BoolVar(&app.Yes, "yes", false, "agree to the plan, the registration and the cleanup; never opens a link from a server")
	c.Flags().BoolVar(&app.Plain, "plain", false, "print plain lines; redraw nothing")
}

// roles are the flags about the gateway's role.
func roles(app *App, c *cobra.Command) {
	c.Flags().StringVar(&app.RoleARN, "role-arn", "", "use this IAM role for the gateway; it is never changed or deleted")
	c.Flags().StringVar(&app.PermissionsBoundary, "permissions-boundary", "", "ARN of the permissions boundary for the role that is created")
}

func listening(app *App, c *cobra.Command) {
	c.Flags().IntVar(&app.Port, "port", 0, "port of the callback listener (default: 9090, or the next free port)")
	c.Flags().StringVar(&app.ReturnURL, "return-url", "", "URL at which a browser reaches the listener, if its port is forwarded")
}

func walking(app *App, c *cobra.Command) {
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
