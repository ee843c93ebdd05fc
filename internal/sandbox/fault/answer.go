package fault

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strconv"
)

// identifiers matches the identifiers of resources in responses.
var identifiers = regexp.MustCompile(`"(Id|ClientId|UserPoolId|gatewayId|targetId|callbackUrl)":\s*"[^"]+"|"id":\s*[0-9]+|<(RoleId|Arn|Account)>[^<]+`)

// otherID changes the last characters of an identifier and keeps its format.
func otherID(id []byte) []byte {
	out := bytes.Clone(id)
	next := func(c, first, count byte) byte { return first + (c-first+1)%count }
	for i, changed := len(out)-1, 0; i >= 0 && changed < 3; i-- {
		switch c := out[i]; {
		case c >= '0' && c <= '9':
			out[i] = next(c, '0', 10)
		case c >= 'a' && c <= 'z':
			out[i] = next(c, 'a', 26)
		case c >= 'A' && c <= 'Z':
			out[i] = next(c, 'A', 26)
		default:
			continue
		}
		changed++
	}
	return out
}

func writePage(w http.ResponseWriter, status int, page string) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(page)) // fails only if the client has disconnected
}

// bufferedResponse holds a response back.
type bufferedResponse struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newBufferedResponse() *bufferedResponse {
	return &bufferedResponse{header: http.Header{}, status: http.StatusOK}
}

func (k *bufferedResponse) Header() http.Header         { return k.header }
func (k *bufferedResponse) WriteHeader(status int)      { k.status = status }
func (k *bufferedResponse) Write(p []byte) (int, error) { return k.body.Write(p) }

// alterResponse executes the operation and changes the body of a successful
// response.
func alterResponse(change func(Fault, []byte) []byte) func(Fault, http.ResponseWriter, *http.Request, http.Handler) {
	return func(f Fault, w http.ResponseWriter, r *http.Request, next http.Handler) {
		kept := newBufferedResponse()
		next.ServeHTTP(kept, r)
		maps.Copy(w.Header(), kept.header)
		body := kept.body.Bytes()
		if kept.status < http.StatusMultipleChoices && len(body) > 0 {
			body = change(f, body)
		}
		if kept.status != http.StatusNoContent {
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		}
		w.WriteHeader(kept.status)
		_, _ = w.Write(body)
	}
}

// asEvents responds with an event stream of one event, as a gateway may.
func asEvents(_ Fault, w http.ResponseWriter, r *http.Request, next http.Handler) {
	kept := newBufferedResponse()
	next.ServeHTTP(kept, r)
	w.Header().Set("Content-Type", "text/event-stream")
	_, _ = fmt.Fprintf(w, ": a comment\n\nevent: message\ndata: %s\n\n", bytes.ReplaceAll(kept.body.Bytes(), []byte("\n"), nil))
}
