package wire_test

import (
	"encoding/json"
	"strings"
	"testing"

	"agentcore-3lo/internal/wire"
)

// FuzzAnswer gives a secret by name to whatever a server may answer around it.
func FuzzAnswer(f *testing.F) {
	f.Add("application/json", `{"a":[1,{"b":null}],"c":"{\"d\":\"e\"}"`, `,"f":"https://a/?b=c#d"}`)
	f.Add("text/event-stream", "event: message\ndata: {\"a\":1", "}\n\n")
	f.Add("text/xml", "<a><b>c", "</b></a>")
	f.Add("application/x-www-form-urlencoded", "a=b", "&c=%zz")
	f.Fuzz(func(t *testing.T, media, before, after string) {
		m := wire.NewResponse(header("Content-Type", media), []byte(before+after))
		if json.Valid([]byte(before+after)) && strings.Contains(media, "json") && m.Body != "" && !strings.HasPrefix(m.Body, "[") && !json.Valid([]byte(m.Body)) {
			t.Errorf("JSON became %s", m.Body)
		}
		wire.Exchange{To: wire.Gateway, Operation: "tools/call", Response: m}.WithoutProfile()
		body := before + `,"client_secret":"` + secret + `"` + after
		if m := wire.NewResponse(header("Content-Type", "application/json"), []byte(body)); strings.Contains(m.Body, secret) {
			t.Errorf("%s became %s", body, m.Body)
		}
	})
}
