package state

import (
	"encoding/json"
	"time"
)

// Target is a gateway's target.
type Target struct {
	ID         string      `json:"id"`
	Input      TargetInput `json:"input"`
	Transition Transition  `json:"life"`
	Created    time.Time   `json:"created"`
	Updated    time.Time   `json:"updated"`
}

// TargetInput is the input of CreateGatewayTarget.
type TargetInput struct {
	GatewayIdentifier string             `json:"gatewayIdentifier,omitempty"`
	TargetID          string             `json:"targetId,omitempty"`
	Name              string             `json:"name"`
	Description       string             `json:"description,omitempty"`
	ClientToken       string             `json:"clientToken,omitempty"`
	Configuration     TargetConfig       `json:"targetConfiguration"`
	Credentials       []TargetCredential `json:"credentialProviderConfigurations,omitempty"`
	Metadata          json.RawMessage    `json:"metadataConfiguration,omitempty"`
}

// TargetConfig says what a target calls.
type TargetConfig struct {
	MCP *struct {
		OpenAPI *struct {
			Inline string `json:"inlinePayload"`
		} `json:"openApiSchema,omitempty"`
	} `json:"mcp,omitempty"`
}

// Document returns the inline OpenAPI document, or "".
func (c TargetConfig) Document() string {
	if c.MCP == nil || c.MCP.OpenAPI == nil {
		return ""
	}
	return c.MCP.OpenAPI.Inline
}

// TargetCredential says how a target authenticates.
type TargetCredential struct {
	Type     string `json:"credentialProviderType"`
	Provider *struct {
		OAuth *OAuthCredential `json:"oauthCredentialProvider,omitempty"`
	} `json:"credentialProvider,omitempty"`
}

// OAuthCredential is a credential provider and what to request from it.
type OAuthCredential struct {
	ProviderARN string            `json:"providerArn"`
	Scopes      []string          `json:"scopes"`
	Custom      map[string]string `json:"customParameters,omitempty"`
	GrantType   string            `json:"grantType,omitempty"`
	ReturnURL   string            `json:"defaultReturnUrl,omitempty"`
}

// AuthorizationCode is the grant type of 3LO.
const AuthorizationCode = "AUTHORIZATION_CODE"

// OAuth returns a target's credential, or nil if it is not OAuth.
func (in TargetInput) OAuth() *OAuthCredential {
	if len(in.Credentials) != 1 || in.Credentials[0].Type != "OAUTH" || in.Credentials[0].Provider == nil {
		return nil
	}
	return in.Credentials[0].Provider.OAuth
}
