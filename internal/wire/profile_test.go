package wire_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"agentcore-3lo/internal/wire"
)

func TestWithoutProfileKeepsNamesAlone(t *testing.T) {
	const profile = `{\"sub\":\"marked-sub\",\"email\":\"marked@example.com\",\"email_verified\":true,\"locale\":{\"country\":\"marked\"}}`
	result := `{"jsonrpc":"2.0","id":7,"result":{"isError":false,"content":[{"type":"text","text":"` + profile + `"}],"structuredContent":{"id":"marked","type":"marked","n":4711}}}`
	const elicitation = `{"jsonrpc":"2.0","id":7,"error":{"code":-32042,"message":"consent needed","data":{"elicitations":[{"mode":"url","url":"https://a/"}]}}}`
	for name, r := range map[string]struct{ media, body, want string }{
		"a profile": {"application/json", result,
			`{"jsonrpc":"2.0","id":7,"result":{"isError":false,"content":[{"type":"text","text":"{\"sub\":\"[not kept]\",\"email\":\"[not kept]\",\"email_verified\":\"[not kept]\",\"locale\":{\"country\":\"[not kept]\"}}"}],` +
				`"structuredContent":{"id":"[not kept]","type":"[not kept]","n":"[not kept]"}}}`},
		"words":                {"application/json", `{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"marked"}]}}`, `{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"[not kept]"}]}}`},
		"an error":             {"application/json", elicitation, elicitation},
		"no JSON":              {"text/plain", "marked", "[not kept]"},
		"a cut body":           {"application/json", result[:90], "[not kept]"},
		"a stream":             {"text/event-stream", "event: message\ndata: " + result[:len(result)-1] + "\n\n", "event: message\ndata:[not kept]\n\n"},
		"an error in a stream": {"text/event-stream", "data: " + elicitation + "\n\n", "data:" + elicitation + "\n\n"},
	} {
		t.Run(name, func(t *testing.T) {
			e := wire.Exchange{To: wire.Gateway, Operation: "tools/call", Response: wire.Message{Header: []wire.Header{{Name: "Content-Type", Value: r.media}}, Body: r.body}}
			if got := e.WithoutProfile().Response.Body; got != r.want {
				t.Errorf("the body is\n%s\nand should be\n%s", got, r.want)
			}
			e.Operation = "tools/list"
			if got := e.WithoutProfile().Response.Body; got != r.body {
				t.Errorf("another operation's body has become %s", got)
			}
		})
	}
}

func TestAnExchangeReadsBackFromJSON(t *testing.T) {
	e := wire.Exchange{From: wire.Program, To: wire.Identity, Service: "Bedrock AgentCore", Operation: "CompleteResourceTokenAuth", Status: 200, RequestID: "r",
		Started: time.Date(2026, 11, 26, 14, 0, 0, 0, time.UTC), Took: 118 * time.Millisecond, Request: wire.Message{Method: "POST", URL: "https://a/", Header: []wire.Header{{Name: "Accept", Value: "b"}}, Body: "{}"},
		Err: errors.New("no answer"), Inferred: true}
	raw, err := json.Marshal(e)
	if err != nil || strings.Contains(string(raw), "response") {
		t.Fatalf("%s, %v", raw, err)
	}
	var got wire.Exchange
	if err := json.Unmarshal(raw, &got); err != nil || !reflect.DeepEqual(got, e) {
		t.Errorf("read back %+v, %v\nwant %+v", got, err, e)
	}
}

func TestPartiesFollowFromTheOperation(t *testing.T) {
	for _, c := range []struct {
		service, operation string
		want               wire.Party
	}{
		{"gateway", "tools/call", wire.Gateway},
		{"Bedrock AgentCore", "CompleteResourceTokenAuth", wire.Identity},
		{"Bedrock AgentCore Control", "CreateOauth2CredentialProvider", wire.Identity},
		{"Bedrock AgentCore Control", "CreateGateway", wire.AWS},
		{"token endpoint", "client_credentials", wire.AWS},
	} {
		if got := wire.PartyOf(c.service, c.operation); got != c.want {
			t.Errorf("%s %s is answered by %s, not %s", c.service, c.operation, got, c.want)
		}
	}
}
