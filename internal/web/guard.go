package web

import (
	"net/http"
	"strings"
)

// Protect sets the headers that every answer to a browser carries: nothing is
// cached, framed, sniffed, or readable by another origin. policy is its Policy.
func Protect(h http.Header, policy string) {
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// IsNavigation reports whether a request is a top-level navigation in a browser tab: not a
// fetch, image, frame or form of another page, not a prefetch, and without a body.
// curl and old browsers send no Fetch Metadata headers, so absent ones pass.
func IsNavigation(r *http.Request) bool {
	h := r.Header
	if len(h.Values("Origin")) > 0 || r.ContentLength != 0 {
		return false
	}
	for name, want := range map[string]string{"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"} {
		for _, value := range h.Values(name) {
			if value != want {
				return false
			}
		}
	}
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Moz", "X-Purpose"} {
		for _, value := range h.Values(name) {
			if v := strings.ToLower(value); strings.Contains(v, "prefetch") || strings.Contains(v, "prerender") || v == "preview" {
				return false
			}
		}
	}
	return true
}
