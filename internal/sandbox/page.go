package sandbox

import (
	"encoding/base64"
	"sort"
	"strings"
)

// A listing is one page of a list.
type listing[T any] struct {
	items []T
	next  string // "" on the last page
}

// paged cuts a page out of a list. Tokens name the last item of the page before
// by its key, so that what is made or removed in between neither repeats nor
// hides anything; they hold for one list of one service only.
func paged[T any](all []T, key func(T) string, list, token string, size int) (listing[T], bool) {
	sort.Slice(all, func(i, j int) bool { return key(all[i]) < key(all[j]) })
	if token != "" {
		raw, err := base64.RawURLEncoding.DecodeString(token)
		after, found := strings.CutPrefix(string(raw), list+"\x00")
		if err != nil || !found {
			return listing[T]{}, false
		}
		all = all[sort.Search(len(all), func(i int) bool { return key(all[i]) > after }):]
	}
	if len(all) <= size {
		return listing[T]{items: all}, true
	}
	next := list + "\x00" + key(all[size-1])
	return listing[T]{all[:size], base64.RawURLEncoding.EncodeToString([]byte(next))}, true
}

// orElse is the size of a page when the client does not say.
func orElse[N comparable](n, otherwise N) N {
	var zero N
	if n == zero {
		return otherwise
	}
	return n
}

// values is a map's values, for paged to sort.
func values[V any](m map[string]V) []V {
	out := make([]V, 0, len(m))
	for _, v := range m {
		out = append(out, v)
	}
	return out
}
