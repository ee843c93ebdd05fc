package steps

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	awsenv "agentcore-3lo/internal/aws"
)

// Connection is what another client needs to use the gateway.
type Connection struct {
	Run           string          `json:"run"`
	GatewayURL    string          `json:"gateway_url"`
	Tool          string          `json:"tool"`
	TokenCommand  string          `json:"token_command"` // prints a bearer and nothing else
	Curl          string          `json:"curl"`
	ClientConfig  json.RawMessage `json:"client_config"` // for MCP clients that take mcpServers
	ReturnURL     string          `json:"return_url"`
	ListenCommand string          `json:"listen_command"`
	Note          string          `json:"note,omitempty"` // what to know about the address
}

// listenCommand starts a listener at the return URL of this run.
func (t *Task) listenCommand(w *awsenv.Environment) string {
	command := t.Settings.Program + " listen --region " + w.Region
	if w.Sandbox {
		command = t.Settings.Program + " listen --sandbox"
	}
	if port := t.Record().Settings.Port; port != 0 {
		command += fmt.Sprintf(" --port %d", port)
	}
	if own := t.Record().Settings.ReturnURL; own != "" && !strings.HasPrefix(own, "http://localhost:") {
		command += " --return-url " + own
	}
	return command
}

// Connection reads the gateway's address back and writes the rest around it.
func (t *Task) Connection(ctx context.Context) (Connection, error) {
	w, err := t.connect(ctx)
	if err != nil {
		return Connection{}, err
	}
	address, err := t.gatewayURL(ctx, w)
	if err != nil {
		return Connection{}, err
	}
	c := Connection{Run: t.Names.Run, GatewayURL: address, Tool: t.Names.Tool(), ReturnURL: t.returnURL(),
		TokenCommand:  t.Command("token"),
		ListenCommand: t.listenCommand(w)}
	if w.Sandbox {
		c.Note = "The sandbox answers only while the walkthrough, or " + t.Settings.Program + " sandbox, is running, and its port may be another one then."
	}
	call, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": map[string]any{
		"name": c.Tool, "arguments": map[string]any{},
		"_meta": map[string]any{"aws.bedrock-agentcore.gateway/credentialProviderConfiguration": map[string]any{
			"oauthCredentialProvider": map[string]any{"returnUrl": c.ReturnURL, "forceAuthentication": false}}}}})
	if err != nil {
		return c, err
	}
	c.Curl = fmt.Sprintf(`curl -sS %s \
  -H "Authorization: Bearer $(%s)" \
  -H 'Content-Type: application/json' \
  -H 'Accept: application/json, text/event-stream' \
  -H 'MCP-Protocol-Version: 2025-11-25' \
  -d '%s'`, address, c.TokenCommand, call)
	c.ClientConfig, err = json.MarshalIndent(map[string]any{"mcpServers": map[string]any{t.Names.Gateway(): map[string]any{
		"type": "http", "url": address, "headers": map[string]string{
			"Authorization":        "Bearer ${AGENTCORE_3LO_BEARER}",
			"MCP-Protocol-Version": "2025-11-25",
		}}}}, "", "  ")
	return c, err
}

// Text is the connection for a person.
func (c Connection) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Gateway URL: %s\nTool: %s\n\n", c.GatewayURL, c.Tool)
	if c.Note != "" {
		fmt.Fprintf(&b, "%s\n\n", c.Note)
	}
	fmt.Fprintf(&b, "A bearer (it lives about an hour): %s\n\n", c.TokenCommand)
	fmt.Fprintf(&b, "With curl:\n%s\n\n", c.Curl)
	fmt.Fprintf(&b, "In an MCP client (export AGENTCORE_3LO_BEARER=$(%s) first):\n%s\n\n", c.TokenCommand, c.ClientConfig)
	fmt.Fprintf(&b, "When the gateway asks for consent again, something must finish session binding: %s\n", c.ListenCommand)
	b.WriteString("This bearer is a machine's: everybody who holds the machine client shares one identity, and so one stored token. " +
		"For real users, put a user pool sign-in (authorization code with PKCE) in front, so that each caller's JWT has a subject of its own.")
	return b.String()
}

// Bearer returns a token for the gateway that lives at least a minute.
func (t *Task) Bearer(ctx context.Context) (string, error) { return t.token(ctx, time.Minute) }
