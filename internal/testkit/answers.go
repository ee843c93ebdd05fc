package testkit

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
)

// Refuse responds with an error in the format of AgentCore and Cognito.
func Refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-Errortype", code)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": code, "message": message})
}

// RefuseXML responds with an error in the format of IAM and STS.
func RefuseXML(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>req-1</RequestId></ErrorResponse>", code, message)
}

// Rewrite passes the request to the sandbox, and changes the body of a successful
// response.
func Rewrite(w http.ResponseWriter, r *http.Request, next http.Handler, change func([]byte) []byte) {
	kept := httptest.NewRecorder()
	next.ServeHTTP(kept, r)
	maps.Copy(w.Header(), kept.Header())
	body := kept.Body.Bytes()
	if kept.Code < 300 && len(body) > 0 {
		body = change(body)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if kept.Code == http.StatusNoContent {
		w.Header().Del("Content-Length")
	}
	w.WriteHeader(kept.Code)
	_, _ = w.Write(body)
}

// RewriteJSON is Rewrite for a JSON object. Other bodies are not changed.
func RewriteJSON(w http.ResponseWriter, r *http.Request, next http.Handler, change func(map[string]any)) {
	Rewrite(w, r, next, func(raw []byte) []byte {
		var body map[string]any
		if json.Unmarshal(raw, &body) != nil {
			return raw
		}
		change(body)
		raw, _ = json.Marshal(body)
		return raw
	})
}
