package aws

import "fmt"

// TokenError is a refusal of the user pool's token endpoint (RFC 6749, section
// 5.2; Amazon Cognito, "The token issuer endpoint"). Identity
// providers use the same codes, so the type says whose code it is.
type TokenError struct {
	Status      int    // HTTP
	Code        string // "invalid_client", ...; "" = the answer was not an OAuth error
	Description string // error_description; Cognito mostly sends none
}

func (e *TokenError) Error() string {
	text := fmt.Sprintf("the token endpoint answered HTTP %d", e.Status)
	if e.Code != "" {
		text += " " + e.Code
	}
	if e.Description != "" {
		text += ": " + e.Description
	}
	return text
}
