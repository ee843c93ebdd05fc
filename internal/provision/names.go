package provision

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
)

// Names derives every resource's name from the run's, as the tutorial does from
// its timestamp.
type Names struct{ Run string }

// The names, in the order of creation. That of the target is the vendor's.
func (n Names) UserPool() string       { return "agentcore-gateway-authcode-pool-" + n.Run }
func (n Names) ResourceServer() string { return "agentcore-gateway-authcode-id-" + n.Run }
func (n Names) ResourceServerName() string {
	return "agentcore-gateway-authcode-name-" + n.Run
}
func (n Names) Client() string   { return "agentcore-gateway-authcode-client-" + n.Run }
func (n Names) Scope() string    { return "mcp-target-" + n.Run }
func (n Names) Role() string     { return "BedrockAgentCoreGatewayRole-" + n.Run }
func (n Names) Gateway() string  { return "gateway-authcode-" + n.Run }
func (n Names) Provider() string { return "ac-gateway-mcp-server-identity-authcode-" + n.Run }

// FullScope is the scope in Cognito's form, "<resource server>/<scope>".
func (n Names) FullScope() string { return n.ResourceServer() + "/" + n.Scope() }

// GatewayPattern matches the gateway's ID: its name in lower case, a hyphen and
// ten characters.
func (n Names) GatewayPattern() string { return strings.ToLower(n.Gateway()) + "-*" }

// Domain is the pool's prefix domain: the pool ID without its underscore, in
// lower case. It is known only once the pool exists. A pool ID may hold by
// chance a word that a domain must not (Cognito developer guide, "Using the
// Amazon Cognito domain"); a hyphen parts it then.
func (n Names) Domain(poolID string) string {
	return reserved.Replace(strings.ToLower(strings.ReplaceAll(poolID, "_", "")))
}

var reserved = strings.NewReplacer("aws", "a-ws", "amazon", "a-mazon", "cognito", "c-ognito")

// randomHex is so many random bytes as digits and the letters a to f, which
// spell no word that AWS reserves.
func randomHex(bytes int) string {
	raw := make([]byte, bytes)
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	return hex.EncodeToString(raw)
}

// newClientToken makes an idempotency token: 33 to 256 letters, digits and
// hyphens (AgentCore service model).
func newClientToken() string { return randomHex(20) }
