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

// JSON is the media type of most responses.
const JSON = "application/json"

// Route is an operation and its path.
type Route struct {
	Pattern   string                     // of http.ServeMux
	Operation string                     // its name for Intercept and faults
	Name      func(*http.Request) string // the operation of a request; nil: Operation
	Serve     http.HandlerFunc
}

type bodyKey struct{}

// KeepBody reads a request's body, so that Body returns it. It fails if the body is
// larger than 4 MiB or cannot be read.
func KeepBody(w http.ResponseWriter, r *http.Request) (*http.Request, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, err
	}
	r = r.WithContext(context.WithValue(r.Context(), bodyKey{}, body))
	r.Body = io.NopCloser(bytes.NewReader(body))
	return r, nil
}

// Body returns the body that KeepBody read.
func Body(r *http.Request) []byte {
	body, _ := r.Context().Value(bodyKey{}).([]byte)
	return body
}

// WriteJSON responds with JSON.
func WriteJSON(w http.ResponseWriter, contentType string, status int, body any) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(body) // fails only if the client has disconnected
}

// Redirect redirects a browser without a Referer header.
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
