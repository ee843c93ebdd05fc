package mcp

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// toolText is a result with one text, as a gateway sends it.
func toolText(text string, isError bool) string {
	quoted, _ := json.Marshal(text)
	raw := `{"content":[{"type":"text","text":` + string(quoted) + `}]`
	if isError {
		raw += `,"isError":true`
	}
	return raw + "}"
}

func called(t *testing.T, result string) (Result, error) {
	t.Helper()
	gateway := client(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var call struct{ ID json.RawMessage }
		_ = json.NewDecoder(r.Body).Decode(&call)
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":%s}`, call.ID, result)
	}))
	return gateway.CallTool(deadline(t), ToolCall{Name: "x"})
}

func TestTheAPIsAnswerIsFoundInATool(t *testing.T) {
	const request = "OpenAPIClientException - Error executing HTTP request: "
	for _, c := range []struct {
		text string
		want Upstream
	}{
		{request + `{"status":401,"serviceErrorCode":65601,"code":"REVOKED_ACCESS_TOKEN","message":"m"}`, Upstream{401, "REVOKED_ACCESS_TOKEN", "m", 0}},
		{request + `{"serviceErrorCode":65602,"message":"The token has expired","code":"EXPIRED_ACCESS_TOKEN","status":401}`, Upstream{401, "EXPIRED_ACCESS_TOKEN", "The token has expired", 0}},
		{`{"status":403,"serviceErrorCode":100,"code":"ACCESS_DENIED","message":"Not enough permissions to access: GET /userinfo"}`, Upstream{403, "ACCESS_DENIED", "Not enough permissions to access: GET /userinfo", 0}},
		{`GET /v2/userinfo answered 401: {"message":"Invalid access token"}`, Upstream{401, "", "Invalid access token", 0}},
		{request + "503 Service Unavailable", Upstream{Status: 503}},
		{request + "429 Too Many Requests, Retry-After: 17", Upstream{Status: 429, RetryAfter: 17 * time.Second}},
		{"Error: Client error '401 Unauthorized' for url", Upstream{Status: 401}},
		{"Request failed with status code 502", Upstream{Status: 502}},
		{`HTTP/1.1 500: <html>{no JSON</html>`, Upstream{Status: 500}},
		{`upstream said {"error":{"status":429,"code":"TOO_MANY_REQUESTS","message":"slow down"}}`, Upstream{429, "TOO_MANY_REQUESTS", "slow down", 0}},
		{`{"statusCode":"403","body":"{\"code\":\"ACCESS_DENIED\",\"message\":\"no\"}"}`, Upstream{403, "ACCESS_DENIED", "no", 0}},
		{`{'status': 401, 'code': 'REVOKED_ACCESS_TOKEN'}`, Upstream{Status: 401, Code: "REVOKED_ACCESS_TOKEN"}},
		{`{"error":"invalid_token","error_description":"expired"}`, Upstream{0, "invalid_token", "expired", 0}},
		{"An internal error occurred. Please retry later.", Upstream{}},
		{"the moon was full", Upstream{}},
	} {
		result, err := called(t, toolText(c.text, true))
		if err != nil {
			t.Fatal(err)
		}
		var failure *ToolError
		if !errors.As(result.Failure(), &failure) {
			t.Errorf("%s: no failure", c.text)
			continue
		}
		if failure.Upstream != c.want {
			t.Errorf("%s: %+v, want %+v", c.text, failure.Upstream, c.want)
		}
		if !strings.Contains(failure.Error(), strings.Fields(c.text)[0]) {
			t.Errorf("%s is not quoted: %v", c.text, failure)
		}
	}
}

func TestAnErrorIsNeverAProfileWithoutIsErrorEither(t *testing.T) {
	for _, text := range []string{
		`{"status":401,"serviceErrorCode":65600,"code":"INVALID_ACCESS_TOKEN","message":"Invalid access token"}`,
		`{"message":"Not Found"}`, `{"message":"Forbidden","requestId":"r"}`, `{"errorCode":0,"message":"Unable to verify access token","status":401,"timestamp":1}`,
		`{"error":"invalid_token"}`, `{"errors":[{"status":"500"}]}`, `{"statusCode":502}`, `{"__type":"InternalFailure"}`, `{"code":429,"name":"limit"}`,
		`OpenAPIClientException - Error executing HTTP request: {"status":500}`, "ConnectTimeoutException: no route", "An internal error occurred. Please retry later.",
		"<html><body>502 Bad Gateway</body></html>", "<!DOCTYPE html><title>x</title>", "", "null", "{}", " \n",
	} {
		result, err := called(t, toolText(text, false))
		if err != nil {
			t.Fatal(err)
		}
		if result.Failure() == nil {
			t.Errorf("%q passes as a success", text)
		}
	}
	result, err := called(t, `{"content":[],"structuredContent":{"status":403,"message":"no"}}`)
	if err != nil || result.Failure() == nil {
		t.Errorf("an error as structuredContent passes as a success (%v)", err)
	}
}

func TestOddProfilesAreProfiles(t *testing.T) {
	for _, text := range []string{
		`{"sub":"782","name":"Ana"}`, `{"email_verified":true,"sub":"1","locale":{"country":"US","language":"en"}}`, `{"sub":"1","locale":"en-US","status":401}`,
		`{"sub":"1","error":null,"message":"hello","code":"x"}`, `{"name":"Ana","status":"active"}`, `{"name":"Ana","message":"hello"}`, "Ana Example", `["Ana"]`, "Errors of others interest me",
	} {
		result, err := called(t, toolText(text, false))
		if err != nil || result.Failure() != nil || result.Text != text {
			t.Errorf("%s: %v, %v", text, err, result.Failure())
		}
	}
}

func TestEveryKindOfContentIsShown(t *testing.T) {
	const profile = `{"sub":"1","name":"Ana"}`
	for _, c := range []struct{ result, json, shown string }{
		{`{"structuredContent":` + profile + `}`, profile, profile},
		{`{"content":[],"structuredContent":` + profile + `}`, profile, profile},
		{`{"content":[{"type":"text","text":"Here you are"}],"structuredContent":` + profile + `}`, profile, "Here you are"},
		{`{"content":[{"type":"text","text":"Here you are"},{"type":"text","text":"{\"sub\":\"1\",\"name\":\"Ana\"}"}]}`, profile, "Here you are\n" + profile},
		{`{"content":[{"type":"resource","resource":{"uri":"p://1","mimeType":"application/json","text":"{\"sub\":\"1\",\"name\":\"Ana\"}"}}]}`, profile, profile},
		{`{"content":[{"type":"resource","resource":{"uri":"p://1","mimeType":"image/png","blob":"aGk="}}]}`, "", "[resource p://1, image/png, 4 characters of base64]"},
		{`{"content":[{"type":"image","mimeType":"image/png","data":"aGk="}]}`, "", "[image, image/png, 4 characters of base64]"},
		{`{"content":[{"type":"resource_link","uri":"https://a.example/p","name":"profile"}]}`, "", "[resource link] profile https://a.example/p"},
		{`{"content":[{"type":"video","x":1}]}`, "", `{"type":"video","x":1}`},
	} {
		result, err := called(t, c.result)
		if err != nil || result.Failure() != nil {
			t.Errorf("%s: %v, %v", c.result, err, result.Failure())
			continue
		}
		if result.Text != c.shown || string(result.JSON()) != c.json {
			t.Errorf("%s shows %q and has the JSON %s", c.result, result.Text, result.JSON())
		}
		if want := strings.HasPrefix(c.shown, "Here"); (result.Beside() == "Here you are") != want || !want && result.Beside() != "" {
			t.Errorf("%s has %q beside it", c.result, result.Beside())
		}
	}
}

// The bounds of embeddedObject hold against a text made to be slow.
func TestAHostileTextIsReadQuickly(t *testing.T) {
	for _, text := range []string{strings.Repeat(`{"a":`, 200000), strings.Repeat("{", 1<<20), "HTTP " + strings.Repeat(`["`, 1<<19)} {
		began := time.Now()
		_, _ = readUpstream(text)
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("%.10s… took %s", text, took)
		}
	}
}

func FuzzUpstream(f *testing.F) {
	f.Add(`OpenAPIClientException - Error executing HTTP request: {"status":401}`)
	f.Add(`{"error":{"error":{"error":{"error":{"error":{"status":"400"}}}}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		up, _ := readUpstream(text)
		if up.Status != 0 && (up.Status < 400 || up.Status > 599) || up.RetryAfter < 0 {
			t.Errorf("%q: %+v", text, up)
		}
	})
}
