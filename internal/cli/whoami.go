package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/shell"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/account"
	"agentcore-3lo/ui/ndjson"
)

func newWhoAmICommand(a *program) *cobra.Command {
	return command(a, runWhoAmI, "whoami", "Show which AWS identity is used; changes nothing",
		"whoami", "whoami --profile NAME --json")
}

// runWhoAmI shows which identity the configuration leads to, and where each part
// of it comes from. It asks STS and the sources of the credentials, and changes
// nothing.
func runWhoAmI(ctx context.Context, a *program) error {
	if err := a.check(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, reportLimit)
	defer cancel()
	sandbox, aws := a.environmentFlags()
	again := slices.Concat([]string{"whoami"}, sandbox, aws)
	if a.IMDS {
		again = append(again, "--imds")
	}
	walk := steps.New(steps.Settings{Program: shell.Program(), SignIn: account.SignIn{World: a.awsOptions()}, Again: a.command(again...)}, run.Store{}, run.NewRecord("", run.Environment{Sandbox: a.Sandbox}), nil)
	walk.Redactor.Add(a.Env("AWS_SECRET_ACCESS_KEY"), a.Env("AWS_SESSION_TOKEN"))
	options, end, err := whoAmIOptions(ctx, a, walk)
	defer end()
	var who *awsenv.Caller
	if err == nil {
		who, err = awsenv.WhoAmI(ctx, options)
	}
	if err != nil {
		f := walk.Explain("", err)
		f.Doing = "finding out who is calling"
		f.Log = a.logBefore(f)
		a.show(err, f)
		return exitError{Code: f.Exit}
	}
	if a.JSON {
		return ndjson.Value(a.Terminal.Out, "whoami", "", who)
	}
	_, err = io.WriteString(a.Terminal.Out, renderCaller(who, time.Now()))
	return err
}

// whoAmIOptions chooses the environment to look at, with the terminal at its
// disposal.
func whoAmIOptions(ctx context.Context, a *program, walk *steps.Walk) (o awsenv.Options, end func(), err error) {
	address, end := a.SandboxURL, func() {}
	if a.Sandbox {
		box, err := a.openSandbox()
		if err != nil {
			return o, end, err
		}
		address, end = box.Endpoint, box.Close
	}
	if address != "" {
		o.Sandbox, err = awsenv.FindSandbox(ctx, address)
		return o, end, err
	}
	o = walk.Settings.World
	a.askOnErr(ctx, &o, walk.Redactor)
	return o, end, nil
}

func renderCaller(who *awsenv.Caller, now time.Time) string {
	var b strings.Builder
	line := func(label, value string) { fmt.Fprintf(&b, "%-12s %s\n", label, text.CleanLine(value)) }
	from := func(value, source string) string {
		if source == "" {
			return value
		}
		return value + " (" + source + ")"
	}
	line("Account", who.Account)
	line("Caller", who.Caller)
	line("Region", from(who.Region, who.RegionFrom))
	if who.Profile != "" {
		line("Profile", from(who.Profile, who.ProfileFrom))
	}
	for i, c := range who.Credentials {
		label, value := "Credentials", c.Provider
		if i > 0 {
			label, value = "", "from "+value
		}
		if c.Subject != "" {
			value += " " + c.Subject
		}
		if c.Profile != "" {
			value += ", profile " + c.Profile
		}
		line(label, value)
	}
	if who.Expires != nil {
		line("Expire", fmt.Sprintf("in %s, at %s", strings.TrimSuffix(who.Expires.Sub(now).Round(time.Minute).String(), "0s"), who.Expires.Local().Format("15:04 MST on 2 January")))
	}
	if len(who.Endpoints) == 0 {
		line("Endpoints", "AWS's own (partition "+who.Cloud+")")
	}
	label := "Endpoints"
	for i, e := range who.Endpoints {
		if i > 0 && e.URL == who.Endpoints[i-1].URL && e.From == who.Endpoints[i-1].From {
			continue // one line for services that share it
		}
		services := []string{}
		for _, other := range who.Endpoints {
			if other.URL == e.URL && other.From == e.From {
				services = append(services, other.Service)
			}
		}
		line(label, from(e.URL, e.From)+": "+strings.Join(services, ", "))
		label = ""
	}
	if who.Proxy != "" {
		line("Proxy", from(who.Proxy, who.ProxyFrom))
	}
	for _, note := range who.Notes {
		line("Note", note)
	}
	return b.String()
}
