package run

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"agentcore-3lo/internal/pattern"
)

// Names derives every resource's name from the run's, as the tutorial does from
// its timestamp.
type Names struct{ Run string }

// The names below are in the order of creation. The vendor names the target.

// UserPool returns the name of the user pool.
func (n Names) UserPool() string { return "agentcore-gateway-authcode-pool-" + n.Run }

// ResourceServer returns the identifier of the resource server.
func (n Names) ResourceServer() string { return "agentcore-gateway-authcode-id-" + n.Run }

// ResourceServerName returns the display name of the resource server.
func (n Names) ResourceServerName() string { return "agentcore-gateway-authcode-name-" + n.Run }

// Client returns the name of the app client.
func (n Names) Client() string { return "agentcore-gateway-authcode-client-" + n.Run }

// Scope returns the scope without its resource server; see FullScope.
func (n Names) Scope() string { return "mcp-target-" + n.Run }

// Role returns the name of the gateway's IAM role.
func (n Names) Role() string { return "BedrockAgentCoreGatewayRole-" + n.Run }

// Gateway returns the name of the gateway.
func (n Names) Gateway() string { return "gateway-authcode-" + n.Run }

// Provider returns the name of the credential provider.
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
	return awsWords.Replace(strings.ToLower(strings.ReplaceAll(poolID, "_", "")))
}

var awsWords = strings.NewReplacer("aws", "a-ws", "amazon", "a-mazon", "cognito", "c-ognito")

var awsName = pattern.New(`^[0-9A-Za-z](-?[0-9A-Za-z])*$`)

// CheckAWSName refuses a name of a run from which AWS would not take resource
// names. The longest one made of it, the role's, has 64 characters at most.
func CheckAWSName(name string) error {
	if len(name) > 36 || !awsName.MatchString(name) {
		return fmt.Errorf("%q is no run name: letters and digits, single hyphens between them, at most 36 characters", name)
	}
	return CheckName(name)
}

// NewName is the UTC time with four random letters behind it: a room of people
// shares an account.
func NewName(now time.Time) string {
	letters := make([]byte, 4)
	_, _ = rand.Read(letters) // never fails (crypto/rand)
	for i := range letters {
		letters[i] = 'a' + letters[i]%26
	}
	return fmt.Sprintf("%s-%s", now.UTC().Format("20060102-150405"), letters)
}

var generated = pattern.New(`^[0-9]{8}-[0-9]{6}-[a-z]{4}$`)

// IsGenerated says that NewName may have made the name.
func IsGenerated(name string) bool { return generated.MatchString(name) }
