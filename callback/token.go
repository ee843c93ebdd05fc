package callback

import (
	"encoding/json"
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
		l.report(ArrivalBlocked, nil, nil)
		sendJSON(w, http.StatusForbidden, `{"detail":"Only a program on this machine may store a token"}`)
		return
	}
	var body struct {
		UserToken *string `json:"user_token"`
	}
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxToken)).Decode(&body)
	if media != "application/json" || err != nil || body.UserToken == nil || *body.UserToken == "" {
		sendJSON(w, http.StatusUnprocessableEntity, `{"detail":"The body has to be {\"user_token\": \"...\"}"}`)
		return
	}
	if l.opts.StoreToken(*body.UserToken) != nil {
		sendJSON(w, http.StatusUnprocessableEntity, `{"detail":"This token was not accepted"}`)
		return
	}
	sendJSON(w, http.StatusOK, "null")
}
