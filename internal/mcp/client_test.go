package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const (
	jwt  = "eyJh.eyJz.c2ln"
	urn  = "urn:ietf:params:oauth:request_uri:Abc-1._~"
	link = "https://bedrock-agentcore.us-east-1.amazonaws.com/identities/oauth2/authorize?request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3AAbc-1._~"
)

// elicited is the body of the tutorial's elicitation, with ID for the id.
const elicited = `{"jsonrpc":"2.0","id":ID,"error":{"code":-32042,"message":"This request requires more information.",` +
	`"data":{"elicitations":[{"mode":"url","elicitationId":"e1","url":"` + link + `","message":"Please login."}]}}}`

const text = `{"jsonrpc":"2.0","id":ID,"result":{"content":[{"type":"text","text":"{\"sub\":\"1\"}"}],"isError":false}}`

// answer serves one fixed answer, with ID replaced by the request's own id.
func answer(status int, contentType, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req struct{ ID json.RawMessage }
		if json.NewDecoder(r.Body).Decode(&req) != nil {
			http.Error(w, "bad request", http.StatusBadRequest)
			return
		}
		w.Header()["Content-Type"] = nil
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		w.Header().Set("X-Amzn-RequestId", "amz-1")
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		fmt.Fprint(w, strings.ReplaceAll(body, "ID", string(req.ID)))
	}
}

func client(t *testing.T, h http.Handler) *Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return &Client{HTTP: server.Client(), URL: server.URL + "/mcp", Token: jwt}
}

func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// TestOddAnswers is a table of what servers were seen to answer, and more: each
// answer must end the call at once, in the words that it deserves.
func TestOddAnswers(t *testing.T) {
	const jsonType, stream = "application/json", "text/event-stream"
	for _, c := range []struct {
		name, contentType string
		status            int
		body              string
		want              string // result:TEXT, tool error:TEXT, elicit:SESSION, or part of the error
	}{
		{"result", jsonType, 200, text, `result:{"sub":"1"}`},
		{"result without isError, keys in any order", jsonType, 200, `{"result":{"content":[{"text":"a","type":"text"}]},"id":ID,"jsonrpc":"2.0"}`, "result:a"},
		{"result with a charset", jsonType + "; charset=utf-8", 200, text, `result:{"sub":"1"}`},
		{"two texts and an image", jsonType, 200, `{"id":ID,"result":{"content":[{"type":"text","text":"a"},{"type":"image","data":"x"},{"type":"text","text":"b"}]}}`, "result:a\n[image, , 1 characters of base64]\nb"},
		{"unknown content", jsonType, 200, `{"id":ID,"result":{"content":[{"type":"hologram"}]}}`, `result:{"type":"hologram"}`},
		{"tool error", jsonType, 200, `{"id":ID,"result":{"isError":true,"content":[{"type":"text","text":"Cannot initiate"}]}}`, "tool error:Cannot initiate"},
		{"result {}", jsonType, 200, `{"id":ID,"result":{}}`, "a result that is not a tool's"},
		{"content null", jsonType, 200, `{"id":ID,"result":{"content":null}}`, "a result that is not a tool's"},
		{"content no list", jsonType, 200, `{"id":ID,"result":{"content":{"type":"text"}}}`, "a result that is not a tool's"},
		{"isError no yes or no", jsonType, 200, `{"id":ID,"result":{"content":[],"isError":"yes"}}`, "a result that is not a tool's"},
		{"content of numbers", jsonType, 200, `{"id":ID,"result":{"content":[1,null,"x",[]]}}`, "result:"},
		{"two results", jsonType, 200, `{"id":ID,"result":1,"result":{"content":[{"type":"text","text":"last"}]}}`, "result:last"},
		{"result and error null", jsonType, 200, `{"id":ID,"error":null,"result":{"content":[]}}`, "result:"},
		{"result null", jsonType, 200, `{"id":ID,"result":null}`, "an empty result"},
		{"result a number", jsonType, 200, `{"id":ID,"result":7}`, "a result that is not a tool's"},
		{"result with 500", jsonType, 500, text, "a status that denies it (HTTP 500"},

		{"elicitation 200", jsonType, 200, elicited, "elicit:" + urn},
		{"elicitation 401", jsonType, 401, elicited, "elicit:" + urn},
		{"elicitation 400", jsonType, 400, elicited, "elicit:" + urn},
		{"elicitation on a stream", stream, 200, "event: message\ndata: " + elicited + "\n\n", "elicit:" + urn},
		{"elicitation on a stream, 403", stream, 403, "data:" + elicited, "elicit:" + urn},
		{"elicitation with another id", jsonType, 200, strings.ReplaceAll(elicited, "ID", "0"), "elicit:" + urn},
		{"elicitation without a URN", jsonType, 200, strings.ReplaceAll(elicited, "request_uri=", "other="), "elicit:"},
		{"elicitation with two URNs", jsonType, 200, strings.ReplaceAll(elicited, "~\"", "~&request_uri=x\""), "elicit:"},
		{"-32042 without data", jsonType, 402, `{"id":ID,"error":{"code":-32042,"message":"Payment required"}}`, "error -32042: Payment required; it names no elicitation"},
		{"-32042 of somebody else", jsonType, 402, `{"id":ID,"error":{"code":-32042,"message":"Pay","data":{"challenges":[{}]}}}`, "it names no elicitation"},
		{"-32042 with data of another shape", jsonType, 200, `{"id":ID,"error":{"code":-32042,"message":"x","data":[1]}}`, "its data is not that of an elicitation"},
		{"-32042 with an empty list", jsonType, 200, `{"id":ID,"error":{"code":-32042,"message":"x","data":{"elicitations":[]}}}`, "it names no elicitation"},
		{"-32042 in mode form", jsonType, 200, strings.ReplaceAll(elicited, `"mode":"url"`, `"mode":"form"`), `mode "form"`},
		{"-32042 without mode", jsonType, 200, strings.ReplaceAll(elicited, `"mode":"url",`, ""), `mode ""`},
		{"-32042 of 50", jsonType, 200, `{"id":ID,"error":{"code":-32042,"message":"x","data":{"elicitations":[` +
			strings.Repeat(`{"mode":"url","url":"https://a"},`, 49) + `{"mode":"url","url":"https://a"}]}}}`, "50 elicitations at once"},

		{"401 of the gateway, id 0", jsonType, 401, `{"jsonrpc":"2.0","id":0,"error":{"code":-32001,"message":"Invalid Bearer token"}}`, "error -32001: Invalid Bearer token (HTTP 401, request id amz-1)"},
		{"401 of AWS", jsonType, 401, `{"message":"Unauthorized to call"}`, "answered Unauthorized to call (HTTP 401"},
		{"403 of AWS, capital", jsonType, 403, `{"__type":"AccessDenied","Message":"no"}`, "answered no (HTTP 403"},
		{"401 empty", "", 401, "", "answered Unauthorized (HTTP 401"},
		{"403 HTML", "text/html", 403, "<h1>no</h1>", "answered Forbidden (HTTP 403"},
		{"404 text", "text/plain", 404, "not here", "answered Not Found (HTTP 404"},
		{"424", "text/plain", 424, "x", "answered Failed Dependency (HTTP 424"},
		{"unknown tool", jsonType, 200, `{"id":ID,"error":{"code":-32602,"message":"Unknown tool"}}`, "error -32602: Unknown tool"},
		{"error with null id", jsonType, 400, `{"id":null,"error":{"code":-32700,"message":"Parse error"}}`, "error -32700"},
		{"429 of JSON-RPC", jsonType, 429, `{"id":ID,"error":{"code":-32005,"message":"Slow down"}}`, "error -32005: Slow down (HTTP 429"},
		{"500", "text/plain", 500, "oops", "answered Internal Server Error (HTTP 500"},
		{"a status without a name", "", 599, "", "answered status 599"},

		{"200 HTML", "text/html", 200, "<html>\x1b[2J a portal</html>", "something that is not JSON-RPC"},
		{"200 without type", "", 200, "hello", "something that is not JSON-RPC"},
		{"202 empty", "", 202, "", "something that is not JSON-RPC (HTTP 202"},
		{"200 empty", jsonType, 200, "", "something that is not JSON-RPC"},
		{"200 cut off", jsonType, 200, `{"id":ID,"result":{"con`, "something that is not JSON-RPC"},
		{"200 other JSON", jsonType, 200, `{"hello":1}`, "something that is not JSON-RPC"},
		{"batch", jsonType, 200, "[" + text + "]", "something that is not JSON-RPC"},
		{"a request of its own", jsonType, 200, `{"id":ID,"method":"ping"}`, "something that is not JSON-RPC"},
		{"a request with a result", jsonType, 200, `{"id":ID,"method":"ping","result":{}}`, "something that is not JSON-RPC"},
		{"wrong id", jsonType, 200, strings.ReplaceAll(text, "ID", "24"), "a request that this client did not send"},
		{"id as a string", jsonType, 200, strings.ReplaceAll(text, "ID", `"ID"`), "a request that this client did not send"},
		{"id null", jsonType, 200, strings.ReplaceAll(text, "ID", "null"), "a request that this client did not send"},

		{"stream", stream, 200, ": hi\nid: 1\nevent: message\ndata: " + text + "\n\n", `result:{"sub":"1"}`},
		{"stream, CR LF", stream, 200, "data: " + text + "\r\n\r\n", `result:{"sub":"1"}`},
		{"stream, CR", stream, 200, "data: " + text + "\r\r", `result:{"sub":"1"}`},
		{"stream, byte order mark", stream + ";charset=utf-8", 200, "\ufeffdata: " + text + "\n\n", `result:{"sub":"1"}`},
		{"stream, several data lines", stream, 200, "data: {\"id\":ID,\ndata: \"result\":{\"content\":[]}}\n\n", "result:"},
		{"stream, priming event and notifications", stream, 200, "id: 0\ndata:\n\ndata: {\"method\":\"notifications/message\"}\n\ndata: " + text + "\n\n", `result:{"sub":"1"}`},
		{"stream, another id first", stream, 200, "data: {\"id\":1,\"result\":{}}\n\ndata: " + text + "\n\n", `result:{"sub":"1"}`},
		{"stream, another id alone", stream, 200, "data: {\"id\":1,\"result\":{}}\n\n", "a request that this client did not send"},
		{"stream, nothing", stream, 200, "", "something that is not JSON-RPC"},
	} {
		t.Run(c.name, func(t *testing.T) {
			gateway := client(t, answer(c.status, c.contentType, c.body))
			result, err := gateway.CallTool(deadline(t), ToolCall{Name: "T___x"})
			var got string
			var elicitation *ElicitationError
			var failure *Error
			switch {
			case err == nil && result.IsError:
				got = "tool error:" + result.Text
			case err == nil:
				got = "result:" + result.Text
			case errors.As(err, &elicitation):
				got = "elicit:" + elicitation.Elicitations[0].Session
			case errors.As(err, &failure):
				if strings.ContainsAny(err.Error(), "\n\x1b") {
					t.Errorf("not one clean line: %q", err)
				}
				if failure.RequestID != "amz-1" || failure.Status != c.status || failure.Exchange.Status != c.status {
					t.Errorf("id and status are lost: %+v", failure)
				}
				if !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %q, want it to contain %q", err, c.want)
				}
				return
			default:
				t.Fatalf("an error of no kind: %v", err)
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestTheRequestIsTheTutorials(t *testing.T) {
	var got *http.Request
	var body []byte
	gateway := client(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		answer(200, "application/json", text)(w, r)
	}))
	force := true
	result, err := gateway.CallTool(deadline(t), ToolCall{Name: "LinkedInAuthCode___getUserInfo",
		ReturnURL: "http://localhost:9090/oauth2/callback", ForceAuthentication: &force})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Content-Type":         "application/json",
		"Accept":               "application/json, text/event-stream",
		"Mcp-Protocol-Version": "2025-11-25",
		"Authorization":        "Bearer " + jwt,
	} {
		if value := got.Header.Get(name); got.Method != "POST" || value != want {
			t.Errorf("%s: %q, want %q", name, value, want)
		}
	}
	want := `"method":"tools/call","params":{"_meta":{"aws.bedrock-agentcore.gateway/credentialProviderConfiguration":` +
		`{"oauthCredentialProvider":{"forceAuthentication":true,"returnUrl":"http://localhost:9090/oauth2/callback"}}},` +
		`"arguments":{},"name":"LinkedInAuthCode___getUserInfo"}}`
	if !strings.HasSuffix(string(body), want) {
		t.Errorf("sent %s", body)
	}
	shown := fmt.Sprintf("%s %v", result.Exchange.Request, result.Exchange.RequestHeader)
	if strings.Contains(shown, jwt) || !strings.Contains(shown, "Bearer [redacted]") {
		t.Errorf("the exchange shows %s", shown)
	}
	if result.Exchange.RequestID != "amz-1" || !bytes.Equal(result.Exchange.Request, body) || len(result.Exchange.Response) == 0 {
		t.Errorf("the exchange is %+v", result.Exchange)
	}
}

func TestMetaHoldsOnlyWhatWasAsked(t *testing.T) {
	no := false
	for want, call := range map[string]ToolCall{
		`{"arguments":{},"name":"x"}`: {Name: "x"},
		`{"_meta":{"` + MetaKey + `":{"oauthCredentialProvider":{"returnUrl":"u"}}},"arguments":{},"name":"x"}`:             {Name: "x", ReturnURL: "u"},
		`{"_meta":{"` + MetaKey + `":{"oauthCredentialProvider":{"forceAuthentication":false}}},"arguments":{},"name":"x"}`: {Name: "x", ForceAuthentication: &no},
	} {
		if got, err := json.Marshal(call.params()); err != nil || string(got) != want {
			t.Errorf("got %s, want %s (%v)", got, want, err)
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		var reached atomic.Bool
		evil := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Store(true) }))
		defer evil.Close()
		gateway := client(t, answer(status, "", "", "Location", evil.URL))
		_, err := gateway.CallTool(deadline(t), ToolCall{Name: "x"})
		if reached.Load() {
			t.Fatalf("%d: the token went elsewhere", status)
		}
		if err == nil || !strings.Contains(err.Error(), "a redirect to "+strings.TrimPrefix(evil.URL, "http://")) {
			t.Errorf("%d: %v", status, err)
		}
	}
}

func TestTheTokenTravelsEncryptedOnly(t *testing.T) {
	for raw, ok := range map[string]bool{
		"https://gw.example/mcp": true, "http://127.0.0.1:1/mcp": true, "http://localhost:1/mcp": true, "http://[::1]:1/mcp": true,
		"http://gw.example/mcp": false, "http://localhost.evil.example/": false, "ftp://gw.example/": false,
		"https://user@gw.example/": false, "": false, "https://": false, ":": false,
	} {
		if err := (&Client{URL: raw}).check(); (err == nil) != ok {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

func TestAHugeAnswerIsCutOff(t *testing.T) {
	for _, contentType := range []string{"application/json", "text/event-stream"} {
		var sent atomic.Int32 // MiB
		gateway := client(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			chunk := bytes.Repeat([]byte(" "), 1<<20)
			for range 300 {
				if _, err := w.Write(chunk); err != nil {
					return
				}
				sent.Add(1)
			}
		}))
		result, err := gateway.CallTool(deadline(t), ToolCall{Name: "x"})
		if !errors.Is(err, errTooLarge) || len(result.Exchange.Response) > maxBody {
			t.Errorf("%s: %v, %d bytes kept", contentType, err, len(result.Exchange.Response))
		}
		if sent.Load() > 64 { // what the buffers between the two may hold is no more
			t.Errorf("%s: %d MiB were read", contentType, sent.Load())
		}
	}
}

func TestABrokenOffAnswerSaysSo(t *testing.T) {
	for _, contentType := range []string{"application/json", "text/event-stream"} {
		gateway := client(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.Header().Set("Content-Length", "1000")
			w.Header().Set("X-Amzn-Requestid", "amz-2")
			fmt.Fprint(w, `data: {"id":`)
		}))
		_, err := gateway.CallTool(deadline(t), ToolCall{Name: "x"})
		var failure *Error
		if !errors.As(err, &failure) || !errors.Is(err, io.ErrUnexpectedEOF) || failure.RequestID != "amz-2" {
			t.Errorf("%s: %v", contentType, err)
		}
	}
}

func TestAnOpenStreamEndsWithTheResponse(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	gateway := client(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer(200, "text/event-stream", "data: "+text+"\n\n")(w, r)
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	result, err := gateway.CallTool(deadline(t), ToolCall{Name: "x"})
	if err != nil || result.Text != `{"sub":"1"}` {
		t.Errorf("got %q, %v", result.Text, err)
	}
}

// observer is a caller's transport, which labels requests by their context.
type observer struct {
	next  http.RoundTripper
	label any
}

type labelKey struct{}

func (o *observer) RoundTrip(r *http.Request) (*http.Response, error) {
	o.label = r.Context().Value(labelKey{})
	return o.next.RoundTrip(r)
}

func TestTheCallersTransportSeesTheCallersContext(t *testing.T) {
	gateway := client(t, answer(200, "application/json", text))
	see := &observer{next: gateway.HTTP.Transport}
	gateway.HTTP.Transport = see
	if _, err := gateway.CallTool(context.WithValue(deadline(t), labelKey{}, "invoke"), ToolCall{Name: "x"}); err != nil {
		t.Fatal(err)
	}
	if see.label != "invoke" || gateway.HTTP.CheckRedirect != nil {
		t.Errorf("label %v; the caller's client was changed: %v", see.label, gateway.HTTP.CheckRedirect != nil)
	}
}

// The client says when the server wants to be asked again, and leaves it there.
func TestRetryAfterIsReadAndNotActedOn(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"17": 17 * time.Second, "0": 0, "": 0, "soon": 0, "-1": 0, "99999999": 0,
		time.Now().Add(time.Hour).UTC().Format(http.TimeFormat): time.Hour, time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat): 0,
	} {
		var calls atomic.Int32
		gateway := client(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			calls.Add(1)
			answer(429, "text/plain", "busy", "Retry-After", header)(w, r)
		}))
		_, err := gateway.CallTool(deadline(t), ToolCall{Name: "x"})
		var failure *Error
		if !errors.As(err, &failure) || (failure.RetryAfter-want).Abs() > 5*time.Second || calls.Load() != 1 {
			t.Errorf("%q: %v after %d calls", header, err, calls.Load())
		}
	}
}
