package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"agentcore-3lo/internal/clients"
	"agentcore-3lo/internal/commandline"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/shell"
	"agentcore-3lo/steps"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/ndjson"
)

// clientReport is what connect --client tells.
type clientReport struct {
	Client  string `json:"client"`
	Entry   string `json:"entry"` // the name of the entry
	Mode    string `json:"mode,omitempty"`
	File    string `json:"file,omitempty"`
	Config  string `json:"config,omitempty"`         // what to add to File
	Add     string `json:"add_command,omitempty"`    // instead of File
	Remove  string `json:"remove_command,omitempty"` // undoes it
	Consent string `json:"consent,omitempty"`        // what the client does with a consent link by itself
	Changed bool   `json:"changed"`                  // by --write or --remove
	Backup  string `json:"backup,omitempty"`         // File before the change
}

// clientSetup is one client, whose configuration gets the entry of a run.
type clientSetup struct {
	program *program
	client  clients.Client
	here    clients.Machine
}

// connectClient shows what to add to one client, or changes its file.
func connectClient(ctx context.Context, a *program, c clients.Client, o connectOptions) error {
	if err := a.check(); err != nil {
		return err
	}
	here, err := clients.ThisMachine(a.Env)
	if err != nil {
		return err
	}
	setup := clientSetup{a, c, here}
	if o.remove {
		name, err := setup.runName(ctx)
		if err != nil {
			return err
		}
		return setup.remove(ctx, name)
	}
	name, server, err := setup.server(ctx, o)
	if err != nil {
		return err
	}
	if o.write {
		return setup.write(ctx, name, server)
	}
	return setup.show(name, server)
}

// runName is the run whose entry is removed, which may be cleaned up or forgotten.
func (s clientSetup) runName(ctx context.Context) (string, error) {
	if s.program.Run != "" {
		return s.program.Run, nil
	}
	_, r, err := s.program.existing(ctx, "connect", "--client", s.client.ID, "--remove")
	switch {
	case err != nil:
		return "", err
	case r == nil:
		return "", refused("there is no run here", "Name the run of the entry: "+commandline.Line(shell.Program(), "connect", "--client", s.client.ID, "--remove", "--run", "NAME"))
	}
	return r.Run, nil
}

// server is what the entry makes the client use, and the name of the run.
func (s clientSetup) server(ctx context.Context, o connectOptions) (string, clients.Server, error) {
	a, again := s.program, []string{"connect", "--client", s.client.ID}
	if o.write {
		again = append(again, "--write")
	}
	if o.direct {
		again = append(again, "--direct")
		opened, connection, err := connection(ctx, a, again...)
		if opened != nil {
			defer opened.close()
		}
		return connection.Run, clients.Server{Name: clients.EntryName(connection.Run), URL: connection.GatewayURL, Token: steps.BearerVariable}, err
	}
	_, r, err := a.existing(ctx, again...)
	if err == nil && r == nil {
		err = a.noRun()
	}
	if err == nil {
		err = a.checkUsable(r)
	}
	if err == nil && !slices.Contains(steps.DoneSteps(r), steps.Target) {
		err = refused("run "+r.Run+" has no tool yet", "Finish it: "+commandline.Line(shell.Program(), "walk", "--run", r.Run))
	}
	if err != nil {
		return "", clients.Server{}, err
	}
	server, err := bridgeServer(a, r, append(again, "--run", r.Run))
	return r.Run, server, err
}

// awsVariables name files and profiles, and have no secrets. A client may keep the
// environment from the programs that it starts.
var awsVariables = []string{"AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"}

// bridgeServer is this program as the MCP server of a run. again is the command that is
// being carried out.
func bridgeServer(a *program, r *run.Record, again []string) (clients.Server, error) {
	executable, lasting := shell.Executable()
	if !lasting {
		return clients.Server{}, refused("go run deletes this program when it ends, so a client could not start it",
			"Build it first: go build .\nThen: "+commandline.Line(shell.BuiltProgram(), again...))
	}
	s := clients.Server{Name: clients.EntryName(r.Run), Command: executable, Args: []string{"mcp", "--run", r.Run}, Env: map[string]string{}}
	if a.IMDS {
		s.Args = append(s.Args, "--imds")
	}
	if home := a.Env("AGENTCORE_3LO_HOME"); home != "" {
		absolute, err := filepath.Abs(home)
		if err != nil {
			return s, err
		}
		s.Env["AGENTCORE_3LO_HOME"] = absolute
	}
	if !r.Environment.Sandbox {
		for _, name := range awsVariables {
			if v := a.Env(name); v != "" {
				s.Env[name] = v
			}
		}
	}
	return s, nil
}

// show prints the command that adds the entry, or the entry and its file.
func (s clientSetup) show(name string, server clients.Server) error {
	c := s.client
	r := clientReport{Client: c.ID, Entry: server.Name, Mode: "bridge", Consent: c.Consent}
	if server.URL != "" {
		r.Mode = "direct"
	}
	if add := c.AddCommand(server); add != nil {
		r.Add = shell.Current().Join(add...)
		if remove := c.RemoveCommand(server); remove != nil {
			r.Remove = shell.Current().Join(remove...)
		}
	} else {
		config, err := c.Snippet(server)
		if err != nil {
			return err
		}
		r.File, r.Config = c.File(s.here), config
	}
	if s.program.JSON {
		return ndjson.Value(s.program.Terminal.Out, "connect", name, r)
	}
	fmt.Fprint(s.program.Terminal.Out, s.text(name, server, r))
	return nil
}

// text says what to add to the client, and what happens then.
func (s clientSetup) text(name string, server clients.Server, r clientReport) string {
	var b strings.Builder
	a, c := s.program, s.client
	direct, write := server.URL != "", []string{"--write"}
	say := func(lines string) { b.WriteString(ui.Wrap(lines, a.Terminal.Width, "")) }
	me := func(words ...string) string {
		return commandline.Line(shell.Program(), append(words, "--run", name)...)
	}
	if direct {
		write = append(write, "--direct")
		fmt.Fprintf(&b, "Get an access token. It is valid for about an hour:\n%s\n\n", shell.Current().SetFrom(server.Token, me("token")))
	}
	if r.Add != "" {
		fmt.Fprintf(&b, "Run this command:\n%s\n\n", r.Add)
	} else {
		fmt.Fprintf(&b, "Add this to %s:\n%s\n\n", r.File, r.Config)
	}
	if c.Writes {
		fmt.Fprintf(&b, "Or let this command add it:\n%s\n\n", me(append([]string{"connect", "--client", c.ID}, write...)...))
	}
	if say(c.Then); c.Check != "" {
		fmt.Fprintf(&b, "To check: %s\n", c.Check)
	}
	if r.Remove != "" {
		fmt.Fprintf(&b, "To remove it: %s\n", r.Remove)
	}
	b.WriteString("\n")
	if !direct {
		say("When a call needs consent, the bridge asks you.")
		switch place := placeOf(a, name); {
		case place.Sandbox:
			say("The bridge starts the sandbox, if that does not run yet.")
		case a.Env("AWS_ACCESS_KEY_ID") != "":
			say("Your AWS credentials come from environment variables. They are secrets, so they are not part of this, and clients may keep them from the bridge. Use a profile.")
		}
		say("Without the bridge (--direct): " + c.Consent)
		return b.String()
	}
	say("Start " + c.Title + " from the shell that has the token. " + c.ThenDirect)
	say(c.Consent)
	say("No client binds the session. Before you open a link, start the listener in a shell that has the same token:")
	fmt.Fprintf(&b, "%s\n", me("listen"))
	if place := placeOf(a, name); place.Sandbox && place.SandboxURL == "" {
		say("The sandbox has to run meanwhile:")
		fmt.Fprintf(&b, "%s\n", commandline.Line(shell.Program(), "sandbox"))
	}
	return b.String()
}

// placeOf is where a run is; without a record, nowhere.
func placeOf(a *program, name string) run.Environment {
	if store, err := a.store(); err == nil {
		if r, err := store.Load(name); err == nil {
			return r.Environment
		}
	}
	return run.Environment{}
}
