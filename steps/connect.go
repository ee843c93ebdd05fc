package steps

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"agentcore-3lo/internal/clients"
	"agentcore-3lo/internal/commandline"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/shell"
)

// BearerVariable is the environment variable that hands an access token from one
// command to the next. AgentCore completes a session only with the very token
// that made the call, so the caller and the listener share it.
const BearerVariable = "AGENTCORE_3LO_BEARER"

// Connection is what another client needs to use the gateway.
type Connection struct {
	Run           string          `json:"run"`
	GatewayURL    string          `json:"gateway_url"`
	Tool          string          `json:"tool"`
	TokenCommand  string          `json:"token_command"` // prints an access token and nothing else
	Curl          string          `json:"curl"`          // calls the tool with the token in BearerVariable, in the shell that started this program
	ClientConfig  json.RawMessage `json:"client_config"` // for MCP clients that take mcpServers
	ReturnURL     string          `json:"return_url"`
	ListenCommand string          `json:"listen_command"`            // finishes session binding with the token in BearerVariable
	ServeCommand  string          `json:"sandbox_command,omitempty"` // serves the sandbox, where no other process does
	Note          string          `json:"note,omitempty"`            // what to do first
	DirectCommand string          `json:"direct_command"`            // shows how to use the gateway without the bridge
	Agents        []Agent         `json:"clients"`

	build string // what to do before a client can start this program
}

// Surroundings are what a connection depends on beside the gateway.
type Surroundings struct {
	Commands   commandline.Writer
	OwnSandbox bool // this process serves the sandbox, which ends with it
	HoldsPort  bool // this process holds the port of the return URL
	Machine    clients.Machine
}

// Connect reads the gateway's address back and writes the rest around it.
func Connect(ctx context.Context, s provision.Scope, around Surroundings) (Connection, error) {
	address, err := gatewayURL(ctx, s)
	if err != nil {
		return Connection{}, err
	}
	c := Connection{Run: s.Run.Name(), GatewayURL: address, Tool: vendor.Tool(), ReturnURL: s.Run.Record().Settings.ReturnURL,
		TokenCommand: around.Commands.Line("token"), ListenCommand: around.Commands.Line("listen")}
	c.DirectCommand = around.Commands.Line("connect", "--direct")
	commands, build := built(around.Commands)
	c.Agents, c.build = Agents(commands, around.Machine), build
	var notes []string
	if around.HoldsPort {
		notes = append(notes, "Leave the walkthrough first: it holds the port of the return URL.")
	}
	if s.AWS.Sandbox {
		notes = append(notes, "The sandbox answers only while a process serves it.")
	}
	if around.OwnSandbox { // this process, which ends
		c.ServeCommand = commandline.Line(around.Commands.Program, "sandbox")
	}
	c.Note = strings.Join(notes, " ")
	call, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": map[string]any{
		"name": c.Tool, "arguments": map[string]any{},
		"_meta": map[string]any{"aws.bedrock-agentcore.gateway/credentialProviderConfiguration": map[string]any{
			"oauthCredentialProvider": map[string]any{"returnUrl": c.ReturnURL, "forceAuthentication": false}}}}})
	if err != nil {
		return c, err
	}
	c.Curl = toolCall(shell.Current(), address, c.TokenCommand, string(call))
	c.ClientConfig, err = json.MarshalIndent(map[string]any{"mcpServers": map[string]any{run.Names{Run: c.Run}.Gateway(): map[string]any{
		"type": "http", "url": address, "headers": map[string]string{
			"Authorization":        "Bearer ${" + BearerVariable + "}",
			"MCP-Protocol-Version": "2025-11-25",
		}}}}, "", "  ")
	return c, err
}

// Text says how to use the gateway without the bridge: steps to follow one after the
// other, in the shell that started this program.
func (c Connection) Text() string {
	var b strings.Builder
	n := 0
	step := func(what, command string) {
		n++
		fmt.Fprintf(&b, "%d. %s\n\n%s\n\n", n, what, command)
	}
	fmt.Fprintf(&b, "Gateway URL:\n%s\nTool: %s\nReturn URL: %s\n\n", c.GatewayURL, c.Tool, c.ReturnURL)
	if c.Note != "" {
		fmt.Fprintf(&b, "%s\n\n", c.Note)
	}
	b.WriteString("Call the tool\n\n")
	if c.ServeCommand != "" {
		step("Start the sandbox in another terminal, and keep it running:", c.ServeCommand)
	}
	step("Get an access token. It is valid for about an hour:", shell.Current().SetFrom(BearerVariable, c.TokenCommand))
	call := n + 1
	step("In the same shell, call the tool:", c.Curl)
	b.WriteString("If the answer is an error with code -32042, it holds a link:\nthe user has to consent (again)\n\n")
	step("In the same shell, start the listener. It needs the same token:", c.ListenCommand)
	n++
	fmt.Fprintf(&b, "%d. Open the link in a browser and allow access. When the browser says that\nall is set, stop the listener with Ctrl-C and repeat step %d.\n\n", n, call)
	fmt.Fprintf(&b, "Use an MCP client\n\nSet %s as in step %d, then start the client from that\nshell with this configuration:\n\n%s\n\n", BearerVariable, call-1, c.ClientConfig)
	b.WriteString("Everyone who holds this app client's secret is one user to AgentCore and\n" +
		"shares one stored token. For several users, put a sign-in in front\n" +
		"(authorization code with PKCE), so that each caller's token has its own\nsubject.")
	return b.String()
}
