// Package linkedin is the vendor of the tutorial: Sign In with LinkedIn using
// OpenID Connect, and its userinfo endpoint.
package linkedin

import (
	_ "embed"

	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"agentcore-3lo/internal/pattern"
	"agentcore-3lo/internal/secret"
	"agentcore-3lo/internal/vendors"
)

// openAPI is the tutorial's document: one operation, GET /userinfo.
//
//go:embed openapi.json
var openAPI string

const (
	name    = "LinkedIn"
	health  = "https://www.linkedin-apistatus.com"
	product = "Sign In with LinkedIn using OpenID Connect"
)

// Vendor returns LinkedIn.
func Vendor() vendors.Vendor {
	return vendors.Vendor{
		Name:        name,
		Portal:      "https://www.linkedin.com/developers/apps",
		Permissions: "https://www.linkedin.com/mypreferences/d/data-sharing-for-permitted-services",

		Words: vendors.Words{
			Account:      "A LinkedIn account that can create a Page, or an existing app there.",
			Secret:       "Primary Client Secret",
			SecretPlace:  "the Auth tab, behind the eye",
			RedirectList: "Authorized redirect URLs",
			RedirectHelp: "It must be one of your app's Authorized redirect URLs, saved with Update.",
		},

		Target:    "LinkedInAuthCode",
		Operation: "getUserInfo",
		Scopes:    []string{"openid", "profile", "email"},
		OpenAPI:   openAPI,
		Private:   []string{"name", "given_name", "family_name", "email", "sub", "picture"},

		Type:     types.CredentialProviderVendorTypeLinkedinOauth2,
		Config:   config,
		ClientID: clientID,

		Forms: secret.Forms{
			ID:          pattern.New(`^(77|78|86)[0-9a-z]{12}$`),
			IDStart:     pattern.New(`^(77|78|86)[0-9a-z]{0,11}$`),
			IDLength:    14,
			Secret:      pattern.New(`^WPL_[0-9A-Z]+\.[0-9A-Za-z]+\.[0-9A-Za-z+/_=-]{4,}$`),
			SecretStart: "WPL_",
			Place:       "the Auth tab",
		},
		ClientIDVariable: "LINKEDIN_CLIENT_ID",
		SecretVariable:   "LINKEDIN_CLIENT_SECRET",

		Setup:       setup(),
		Registering: registering(),
		Mismatch:    "The redirect_uri does not match the registered value",
		Symptoms:    symptoms(),
		Errors:      vendorErrors(),
	}
}

func config(clientID, clientSecret string) types.Oauth2ProviderConfigInput {
	return &types.Oauth2ProviderConfigInputMemberLinkedinOauth2ProviderConfig{
		Value: types.LinkedinOauth2ProviderConfigInput{ClientId: &clientID, ClientSecret: &clientSecret},
	}
}

func clientID(out types.Oauth2ProviderConfigOutput) string {
	if linkedin, ok := out.(*types.Oauth2ProviderConfigOutputMemberLinkedinOauth2ProviderConfig); ok && linkedin != nil && linkedin.Value.ClientId != nil {
		return *linkedin.Value.ClientId
	}
	return ""
}

// symptoms are the pages on which a consent can end (LinkedIn, "Authorization
// Code Flow", and what its pages say).
func symptoms() []vendors.Symptom {
	return []vendors.Symptom{
		{Shows: "redirect_uri does not match", Short: "callback URL not in the app", Cause: "the callback URL is not in the app, or differs by a character",
			Fix: "register it exactly, then get a new link, because this one is used up", Place: vendors.Callback, Says: "redirect_uri"},
		{Shows: "unauthorized_scope_error", Short: "product not requested", Cause: "the product “" + product + "” was not added to the app",
			Fix: "request access in the Products tab, wait five minutes, then get a new link", Place: vendors.App, Says: "scope"},
		{Shows: "client_id is invalid", Short: "wrong client ID or secret", Cause: "no app has the client ID that AgentCore holds",
			Fix: "enter the app's client ID and secret, then get a new link", Place: vendors.App, Says: "client_id"},
		{Shows: "This site can't be reached", Short: "browser on another machine", Cause: "the browser runs on another machine than this listener, so localhost refuses to connect",
			Fix: "copy the address from the browser and paste it here, or forward the port", Place: vendors.Far},
		{Shows: "Invalid request (AgentCore)", Short: "link used, or too old", Cause: "the link was used already (a link preview counts) or is older than ten minutes",
			Fix: "get a new link", Place: vendors.Link},
		{Shows: "I chose Cancel", Short: "nothing was stored", Cause: "you refused consent, so nothing was stored", Fix: "get a new link", Place: vendors.Link},
		{Shows: "Another LinkedIn error", Short: "LinkedIn cannot answer now", Cause: "LinkedIn cannot handle the request (its status: " + health + ")",
			Fix: "wait a few minutes, then get a new link", Place: vendors.Link},
	}
}

// setup is how an app is created in LinkedIn's developer portal.
func setup() []vendors.Instruction {
	return []vendors.Instruction{
		{Name: "Page", Text: "For Business, Create a Company Page (skip it if you have one)", Brief: "create one, if you have none"},
		{Name: "App", Text: "Create app: any name, your Page, any logo", Brief: "Create app"},
		{Name: "Settings", Text: "Verify next to the Page, open the link, confirm", Brief: "Verify"},
		{Name: "Products", Text: "Request access: " + product, Brief: "Request access to Sign In"},
		{Name: "Auth", Text: "copy the ID and the secret; leave redirect URLs empty for now", Brief: "copy the ID and the secret"},
	}
}

// registering is how the callback URL is registered in the app.
func registering() []vendors.Instruction {
	return []vendors.Instruction{
		{Name: "Where", Text: "Auth tab, Authorized redirect URLs, pencil, + Add redirect URL"},
		{Name: "Save", Text: "choose Update; the URL is then in the list"},
	}
}
