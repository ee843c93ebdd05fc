// Package vendors describes the identity providers whose APIs a gateway can call on
// behalf of a user. Everything specific to one of them is in its Vendor value.
package vendors

import (
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"agentcore-3lo/callback"
	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/secret"
)

// Vendor is one identity provider with the API that the walkthrough calls.
type Vendor struct {
	Name        string // as users know it
	Portal      string // URL of the developer portal
	Permissions string // URL of the page where a user withdraws a consent
	Words       Words

	Target    string   // name of the gateway's target
	Operation string   // operation ID of the API that the tool calls
	Scopes    []string // to which the user consents
	OpenAPI   string   // OpenAPI 3 document of the API, JSON
	Private   []string // fields of its answer that identify the user; the mask hides them

	Type     types.CredentialProviderVendorType
	Config   func(clientID, clientSecret string) types.Oauth2ProviderConfigInput
	ClientID func(types.Oauth2ProviderConfigOutput) string // "" = the service does not say

	Forms            secret.Forms // what its client IDs and secrets look like
	ClientIDVariable string       // environment variables that hold them
	SecretVariable   string

	Setup       []Instruction // how an app is created in the developer portal
	Registering []Instruction // how the callback URL is registered in the app
	Mismatch    string        // what a browser shows when it is not
	Symptoms    []Symptom
	Errors      advice.Vendor
}

// Words are what a vendor's developer portal calls things.
type Words struct {
	Account      string // what a person needs there, a sentence
	Secret       string // the label of the client secret
	SecretPlace  string // where the client secret is, after "In"
	RedirectList string // the label of the redirect URLs
	RedirectHelp string // how a redirect URL is registered, a sentence
}

// Tool is the name under which a gateway offers the operation: target, three
// underscores, operation (AgentCore developer guide, "Understand how AgentCore
// Gateway tools are named").
func (v Vendor) Tool() string { return v.Target + "___" + v.Operation }

// Refusal returns the meaning of an error code with which a consent can end.
func (v Vendor) Refusal(code string) callback.Refusal {
	found, _ := advice.For(&callback.RefusedError{Code: code}, v.Errors)
	switch found.Cause {
	case advice.ConsentRefused:
		return callback.RefusalDeclined
	case advice.ScopeNotGranted:
		return callback.RefusalMissingScope
	}
	return callback.RefusalOther
}

// Instruction is one thing to do in a developer portal.
type Instruction struct {
	Name  string // where: a tab, or what is created
	Text  string // what to do there, in one line
	Brief string // the same in a few words
}

// Place says where a symptom is fixed.
type Place string

// The places.
const (
	App      Place = "app"      // the app's settings at the vendor, or its ID and secret
	Callback Place = "callback" // the callback URL that is registered there
	Link     Place = "link"     // a new link
	Far      Place = "far"      // the browser is on another machine
)

// Symptom is what a browser shows when the consent does not come back.
type Symptom struct {
	Shows      string // what the page says, in a few words
	Short      string // the cause in a few words
	Cause, Fix string
	Place      Place
	Says       string // a word that the page contains; "" = unknown
}
