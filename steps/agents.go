package steps

import (
	"fmt"
	"slices"
	"strings"

	"agentcore-3lo/internal/clients"
	"agentcore-3lo/internal/commandline"
	"agentcore-3lo/internal/shell"
)

// Agent is an MCP client that can use a run.
type Agent struct {
	Client  string `json:"client"`
	Title   string `json:"title"`
	Found   bool   `json:"found"` // it seems to be installed on this machine
	File    string `json:"file,omitempty"`
	Writes  bool   `json:"writes"`  // connect --write can add the entry to File
	Command string `json:"command"` // shows what to add
}

// Agents lists the clients, those that are found on this machine first.
func Agents(commands commandline.Writer, here clients.Machine) []Agent {
	var all []Agent
	for _, c := range clients.All() {
		all = append(all, Agent{Client: c.ID, Title: c.Title, Found: c.Found(here), File: c.File(here), Writes: c.Writes, Command: commands.Line("connect", "--client", c.ID)})
	}
	slices.SortStableFunc(all, func(a, b Agent) int {
		switch {
		case a.Found == b.Found:
			return 0
		case a.Found:
			return -1
		}
		return 1
	})
	return all
}

// built changes commands of a program that was started by go run, which no client
// can start, to those of the same program once it is built. build is the command
// that builds it, or "".
func built(commands commandline.Writer) (_ commandline.Writer, build string) {
	if _, lasting := shell.Executable(); lasting {
		return commands, ""
	}
	commands.Program = shell.BuiltProgram()
	return commands, "go build ."
}

// Overview says how an agent uses the run.
func (c Connection) Overview() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Gateway URL:\n%s\nTool: %s\n\n", c.GatewayURL, c.Tool)
	b.WriteString("An MCP client, such as a coding agent, starts this program as a local\n" +
		"MCP server, the bridge. It renews the access token, and asks you when a\n" +
		"call needs consent.\n\n")
	if c.build != "" {
		fmt.Fprintf(&b, "Build the program first, because go run deletes it when it ends:\n%s\n\n", c.build)
	}
	list := func(heading string, found bool) {
		for _, a := range c.Agents {
			if a.Found != found {
				continue
			}
			if heading != "" {
				b.WriteString(heading + ":\n")
				heading = ""
			}
			fmt.Fprintf(&b, "  %-14s  %s\n", a.Client, a.Title)
		}
	}
	list("Found on this machine", true)
	list("Other clients", false)
	fmt.Fprintf(&b, "\nShow what to add to one of them:\n%s\n\n", c.Agents[0].Command)
	b.WriteString("For codex, cursor and vscode, --write adds it to the client's file.\n\n")
	fmt.Fprintf(&b, "Use the gateway without the bridge, with curl or any other client:\n%s", c.DirectCommand)
	return b.String()
}
