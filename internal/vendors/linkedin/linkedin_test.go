package linkedin

import (
	"testing"

	"agentcore-3lo/callback"
)

func TestTheErrorsOfAConsentHaveAMeaning(t *testing.T) {
	for code, want := range map[string]callback.Refusal{
		"access_denied":            callback.RefusalDeclined,
		"user_cancelled_login":     callback.RefusalDeclined,
		"user_cancelled_authorize": callback.RefusalDeclined,
		"User_Cancelled_Authorize": callback.RefusalDeclined,
		"invalid_scope":            callback.RefusalMissingScope,
		"unauthorized_scope_error": callback.RefusalMissingScope,
		"server_error":             callback.RefusalOther,
		"":                         callback.RefusalOther,
	} {
		if got := Vendor().Refusal(code); got != want {
			t.Errorf("%q means %q, want %q", code, got, want)
		}
	}
}
