package callback

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
)

// maxToken bounds the body: AWS takes tokens of up to 131072 bytes.
const maxToken = 160 << 10

// token is POST /userIdentifier/token of the tutorial's server, which leaves it
// open to every page and every machine that reaches the port. Here only a
// program on this machine may say whose sessions are completed.
func (l *Listener) token(w http.ResponseWriter, r *http.Request) {
	if !l.fromHere(r) {
		l.report(Arrival{Kind: ArrivalBlocked}, nil)
		sendJSON(w, http.StatusForbidden, `{"detail":"Only a program on this machine may store a token"}`)
		return
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxToken))
	var body map[string]any // a struct's fields would match names in any case
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" || json.Unmarshal(raw, &body) != nil {
		body = nil
	}
	token, _ := body["user_token"].(string)
	if token == "" {
		sendJSON(w, http.StatusUnprocessableEntity, `{"detail":"The body has to be {\"user_token\": \"...\"}"}`)
		return
	}
	if l.opts.StoreToken(token) != nil {
		sendJSON(w, http.StatusUnprocessableEntity, `{"detail":"This token was not accepted"}`)
		return
	}
	sendJSON(w, http.StatusOK, "null")
}
