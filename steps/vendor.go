package steps

import (
	"encoding/json"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
)

// vendor is the one place that knows whose API the target calls.
var vendor = struct {
	Name, Portal, PortalHost, Product string
	TargetName, Operation             string
	Scopes                            []string
	Vendor                            control.CredentialProviderVendorType
	ClientIDVariable, SecretVariable  string
	Permissions                       string
	Health                            string // the status page of its API
}{
	Name:             "LinkedIn",
	Portal:           "https://www.linkedin.com/developers/apps",
	PortalHost:       "developer.linkedin.com",
	Product:          "Sign In with LinkedIn using OpenID Connect",
	TargetName:       "LinkedInAuthCode",
	Operation:        "getUserInfo",
	Scopes:           []string{"openid", "profile", "email"},
	Vendor:           control.CredentialProviderVendorTypeLinkedinOauth2,
	ClientIDVariable: "LINKEDIN_CLIENT_ID",
	SecretVariable:   "LINKEDIN_CLIENT_SECRET",
	Permissions:      "https://www.linkedin.com/mypreferences/d/data-sharing-for-permitted-services",
	Health:           "https://www.linkedin-apistatus.com",
}

// vendorInput is the credential provider's configuration.
func vendorInput(clientID, secret string) control.Oauth2ProviderConfigInput {
	return &control.Oauth2ProviderConfigInputMemberLinkedinOauth2ProviderConfig{
		Value: control.LinkedinOauth2ProviderConfigInput{ClientId: &clientID, ClientSecret: &secret},
	}
}

// vendorClientID reads the client id back; "" when the service does not say.
func vendorClientID(out control.Oauth2ProviderConfigOutput) string {
	if linkedin, ok := out.(*control.Oauth2ProviderConfigOutputMemberLinkedinOauth2ProviderConfig); ok && linkedin != nil && linkedin.Value.ClientId != nil {
		return *linkedin.Value.ClientId
	}
	return ""
}

// openAPI is the tutorial's document: one operation, GET /userinfo.
func openAPI() string {
	type object = map[string]any
	property := func(kind string) object { return object{"type": kind} }
	raw, _ := json.Marshal(object{ // a fixed document of plain maps always marshals
		"openapi": "3.0.0",
		"info":    object{"title": "LinkedIn UserInfo API", "version": "2.0.0"},
		"servers": []object{{"url": "https://api.linkedin.com/v2"}},
		"paths": object{"/userinfo": object{"get": object{
			"operationId": "getUserInfo",
			"summary":     "Get User Information",
			"security":    []object{{"BearerAuth": []string{}}},
			"responses": object{"200": object{
				"description": "Successful response",
				"content": object{"application/json": object{
					"schema": object{"$ref": "#/components/schemas/UserInfo"},
					"example": object{
						"sub": "782bbtaQ", "name": "John Doe", "given_name": "John", "family_name": "Doe",
						"picture": "https://media.licdn-ei.com/dms/image/C5F03AQHqK8v7tB1HCQ/profile-displayphoto-shrink_100_100/0/",
						"locale":  "en-US", "email": "doe@email.com", "email_verified": true,
					},
				}},
			}},
		}}},
		"components": object{
			"schemas": object{"UserInfo": object{"type": "object", "properties": object{
				"sub": property("string"), "name": property("string"), "given_name": property("string"), "family_name": property("string"),
				"picture": property("string"), "locale": property("string"), "email": property("string"), "email_verified": property("boolean"),
			}}},
			"securitySchemes": object{"BearerAuth": object{"type": "http", "scheme": "bearer"}},
		},
	})
	return string(raw)
}
