package aws

import (
	"encoding/base64"
	"sort"
	"strings"
	"time"
)

// Listing is one page of a list.
type Listing[T any] struct {
	Items []T
	Next  string // "" on the last page
}

// Page returns one page of a list. A token names the last item of the previous page
// by its key, so that items created or deleted in between are neither repeated nor
// skipped. It reports false for a token of another list.
func Page[T any](all []T, key func(T) string, list, token string, size int) (Listing[T], bool) {
	sort.Slice(all, func(i, j int) bool { return key(all[i]) < key(all[j]) })
	if token != "" {
		raw, err := base64.RawURLEncoding.DecodeString(token)
		after, found := strings.CutPrefix(string(raw), list+"\x00")
		if err != nil || !found {
			return Listing[T]{}, false
		}
		all = all[sort.Search(len(all), func(i int) bool { return key(all[i]) > after }):]
	}
	if len(all) <= size {
		return Listing[T]{Items: all}, true
	}
	next := list + "\x00" + key(all[size-1])
	return Listing[T]{all[:size], base64.RawURLEncoding.EncodeToString([]byte(next))}, true
}

// WithToken adds the token of the next page to a response, except on the last page.
func WithToken(out Object, name, next string) Object {
	SetIf(out, name, next)
	return out
}

// SetIf adds a member to a response unless it is empty.
func SetIf(out Object, name, value string) {
	if value != "" {
		out[name] = value
	}
}

// Tags returns the tags, or an empty map for nil, which JSON would write as null.
func Tags(t map[string]string) map[string]string {
	if t == nil {
		return map[string]string{}
	}
	return t
}

// Epoch formats a time as Cognito and AgentCore Identity do, in seconds.
func Epoch(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
