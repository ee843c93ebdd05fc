package state

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// The MCP versions that gateways support.
const (
	Version20250326 = "2025-03-26"
	Version20250618 = "2025-06-18"
	Version20251125 = "2025-11-25" // adds URL elicitation
)

// Gateway is an AgentCore gateway.
type Gateway struct {
	ID         string             `json:"id"`
	Account    string             `json:"account"`
	Region     string             `json:"region"`
	Input      GatewayInput       `json:"input"`
	Tags       map[string]string  `json:"tags"`
	Targets    map[string]*Target `json:"targets"`
	Transition Transition         `json:"life"`
	Failure    string             `json:"failure,omitempty"` // why it is FAILED
	Created    time.Time          `json:"created"`
	Updated    time.Time          `json:"updated"`
}

// ARN is the gateway's Amazon Resource Name.
func (g *Gateway) ARN() string {
	return fmt.Sprintf("arn:aws:bedrock-agentcore:%s:%s:gateway/%s", g.Region, g.Account, g.ID)
}

// StableStatus returns the status of a gateway that is not changing.
func (g *Gateway) StableStatus() string {
	if g.Failure != "" {
		return "FAILED"
	}
	return Ready
}

// GatewayInput is the input of CreateGateway. Members that do not affect the
// sandbox are returned unchanged.
type GatewayInput struct {
	GatewayIdentifier string            `json:"gatewayIdentifier,omitempty"`
	Name              string            `json:"name"`
	Description       string            `json:"description,omitempty"`
	ClientToken       string            `json:"clientToken,omitempty"`
	RoleARN           string            `json:"roleArn"`
	ProtocolType      string            `json:"protocolType,omitempty"`
	Protocol          *GatewayProtocol  `json:"protocolConfiguration,omitempty"`
	AuthorizerType    string            `json:"authorizerType"`
	Authorizer        *Authorizer       `json:"authorizerConfiguration,omitempty"`
	ExceptionLevel    string            `json:"exceptionLevel,omitempty"`
	KMSKeyARN         string            `json:"kmsKeyArn,omitempty"`
	Interceptors      json.RawMessage   `json:"interceptorConfigurations,omitempty"`
	PolicyEngine      json.RawMessage   `json:"policyEngineConfiguration,omitempty"`
	Tags              map[string]string `json:"tags,omitempty"`
}

// GatewayProtocol is a gateway's MCP configuration.
type GatewayProtocol struct {
	MCP struct {
		Versions     []string        `json:"supportedVersions,omitempty"`
		Instructions string          `json:"instructions,omitempty"`
		SearchType   string          `json:"searchType,omitempty"`
		Session      json.RawMessage `json:"sessionConfiguration,omitempty"`
		Streaming    json.RawMessage `json:"streamingConfiguration,omitempty"`
	} `json:"mcp"`
}

// Versions returns the MCP versions that the gateway supports. The default is the
// oldest only, as in AgentCore.
func (in GatewayInput) Versions() []string {
	if in.Protocol == nil || len(in.Protocol.MCP.Versions) == 0 {
		return []string{Version20250326}
	}
	return in.Protocol.MCP.Versions
}

// Authorizer is a gateway's custom JWT authorizer.
type Authorizer struct {
	JWT struct {
		DiscoveryURL string          `json:"discoveryUrl"`
		Audience     []string        `json:"allowedAudience,omitempty"`
		Clients      []string        `json:"allowedClients,omitempty"`
		Scopes       []string        `json:"allowedScopes,omitempty"`
		Claims       json.RawMessage `json:"customClaims,omitempty"`
	} `json:"customJWTAuthorizer"`
}

// Pool returns the ID of the user pool in the discovery URL, whatever its origin.
func (a *Authorizer) Pool() string {
	if a == nil {
		return ""
	}
	path := strings.TrimSuffix(a.JWT.DiscoveryURL, "/.well-known/openid-configuration")
	return path[strings.LastIndex(path, "/")+1:]
}
