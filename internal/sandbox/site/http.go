package site

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
)

const maxBody = 4 << 20

// JSON is the media type of most answers.
const JSON = "application/json"

// Route says where an operation is served.
type Route struct {
	Pattern   string                     // as http.ServeMux reads it
	Operation string                     // as Intercept and faults name it
	Name      func(*http.Request) string // nil: Operation; else the operation that a request asks for
	Serve     http.HandlerFunc
}

type bodyKey struct{}

// KeepBody reads a request's body, so that Body returns it. It fails for a body
// that is larger than 4 MiB or cannot be read.
func KeepBody(w http.ResponseWriter, r *http.Request) (*http.Request, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, err
	}
	r = r.WithContext(context.WithValue(r.Context(), bodyKey{}, body))
	r.Body = io.NopCloser(bytes.NewReader(body))
	return r, nil
}

// Body is the body that KeepBody read.
func Body(r *http.Request) []byte {
	body, _ := r.Context().Value(bodyKey{}).([]byte)
	return body
}

// WriteJSON answers with a body in JSON.
func WriteJSON(w http.ResponseWriter, contentType string, status int, body any) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(body) // a client that went away is no news
}

// Redirect sends a browser to another URL, without telling that one where it came from.
func Redirect(w http.ResponseWriter, r *http.Request, next string) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, next, http.StatusFound)
}

// WithQuery adds parameters to a URL that may already have some.
func WithQuery(link string, add url.Values) string {
	separator := "?"
	if strings.Contains(link, "?") {
		separator = "&"
	}
	return link + separator + add.Encode()
}
