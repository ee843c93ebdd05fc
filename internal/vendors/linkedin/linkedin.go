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
		Private:   []string{"email", "sub"},

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

		Symptoms: symptoms(),
		Errors:   vendorErrors(),
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
		{Shows: "“The redirect_uri does not match the registered value”", Cause: "the callback URL is not in the app, or differs by a character",
			Fix: "register it exactly, then get a new link, because this one is used up", Place: vendors.Callback, Says: "redirect_uri"},
		{Shows: "“unauthorized_scope_error” or a scope that is not authorized", Cause: "the product “" + product + "” was not added to the app",
			Fix: "request access in the Products tab, wait five minutes, then get a new link", Place: vendors.App, Says: "scope"},
		{Shows: "“client_id” is invalid, or the app does not exist", Cause: "no app has the client ID that AgentCore holds",
			Fix: "enter the app's client ID and secret, then get a new link", Place: vendors.App, Says: "client_id"},
		{Shows: "“This site can't be reached”, “localhost refused to connect”", Cause: "the browser runs on another machine than this listener",
			Fix: "copy the address from the browser and paste it here, or forward the port", Place: vendors.Far},
		{Shows: "“Invalid request” at AgentCore", Cause: "the link was used already (a link preview counts) or is older than ten minutes",
			Fix: "get a new link", Place: vendors.Link},
		{Shows: "You pressed Cancel", Cause: "you refused consent, so nothing was stored", Fix: "get a new link", Place: vendors.Link},
		{Shows: "Another LinkedIn error", Cause: "LinkedIn cannot handle the request (its status: " + health + ")",
			Fix: "wait a few minutes, then get a new link", Place: vendors.Link},
	}
}
