package callback

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
)

// maxToken limits the body, in bytes. AWS accepts tokens of up to 131072 bytes.
const maxToken = 160 << 10

// storeToken handles POST /userIdentifier/token. The tutorial's server accepts it from any
// page and any machine that reaches the port; here only a program on this machine may
// set the token for which sessions are completed.
func (l *Listener) storeToken(w http.ResponseWriter, r *http.Request) {
	if !l.isLocalProgram(r) {
		l.report(Arrival{Kind: ArrivalBlocked, Status: http.StatusForbidden}, nil)
		sendJSON(w, http.StatusForbidden, `{"detail":"Only a program on this machine may store a token"}`)
		return
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxToken))
	var body map[string]any // a struct would match field names in any case
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" || json.Unmarshal(raw, &body) != nil {
		body = nil
	}
	token, _ := body["user_token"].(string)
	if token == "" {
		sendJSON(w, http.StatusUnprocessableEntity, `{"detail":"The body must be {\"user_token\": \"...\"}"}`)
		return
	}
	if l.opts.StoreToken(token) != nil {
		sendJSON(w, http.StatusUnprocessableEntity, `{"detail":"This token was not accepted"}`)
		return
	}
	sendJSON(w, http.StatusOK, "null")
}
