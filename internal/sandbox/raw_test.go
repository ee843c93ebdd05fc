package sandbox_test

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"agentcore-3lo/internal/sandbox"
)

// refusal is an error as it was received.
type refusal struct {
	Status  int
	Code    string
	Message string
	Raw     string
}

// rawCall is one request without an SDK, and so without its checks.
type rawCall struct {
	service string // in the signature
	method  string
	path    string
	headers map[string]string
	body    string
	key     string
	sign    func(http.Header) // changes the signature
}

func cognito(operation, body string) rawCall {
	return rawCall{service: "cognito-idp", method: http.MethodPost, path: "/", body: body, headers: map[string]string{
		"X-Amz-Target": "AWSCognitoIdentityProviderService." + operation, "Content-Type": "application/x-amz-json-1.1",
	}}
}

func query(service, version, action string, pairs ...string) rawCall {
	form := url.Values{"Action": {action}, "Version": {version}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return rawCall{service: service, method: http.MethodPost, path: "/", body: form.Encode(), headers: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}
}

func iamCall(action string, pairs ...string) rawCall {
	return query("iam", "2010-05-08", action, pairs...)
}

func rest(method, path, body string) rawCall {
	return rawCall{service: "bedrock-agentcore", method: method, path: path, body: body, headers: map[string]string{"Content-Type": "application/json"}}
}

// identities returns a POST request to AgentCore Identity.
func identities(operation, body string) rawCall {
	return rest(http.MethodPost, "/identities/"+operation, body)
}

func (c rawCall) send(t *testing.T, endpoint string) refusal {
	t.Helper()
	request, err := http.NewRequest(c.method, endpoint+c.path, strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range c.headers {
		request.Header.Set(name, value)
	}
	key := c.key
	if key == "" {
		key = sandbox.AccessKeyID
	}
	now := time.Now().UTC()
	request.Header.Set("X-Amz-Date", now.Format("20060102T150405Z"))
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+key+"/"+now.Format("20060102")+"/us-east-1/"+c.service+
		"/aws4_request, SignedHeaders=host;x-amz-date, Signature="+strings.Repeat("ab", 32))
	if c.sign != nil {
		c.sign(request.Header)
	}
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	return readRefusal(reply, readAll(t, reply))
}

func readRefusal(reply *http.Response, body string) refusal {
	out := refusal{Status: reply.StatusCode, Code: reply.Header.Get("x-amzn-errortype"), Raw: body}
	var j struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	var x struct {
		Code    string `xml:"Error>Code"`
		Message string `xml:"Error>Message"`
	}
	switch {
	case json.Unmarshal([]byte(body), &j) == nil:
		out.Message = j.Message
		if out.Code == "" {
			out.Code = j.Type
		}
	case xml.Unmarshal([]byte(body), &x) == nil:
		out.Code, out.Message = x.Code, x.Message
	}
	return out
}

// rule is a request that breaks one rule of a service, and the expected error.
type rule struct {
	name    string
	call    rawCall
	status  int
	code    string
	message string // part of the message
}

func expectRules(t *testing.T, endpoint string, rules []rule) {
	t.Helper()
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			got := r.call.send(t, endpoint)
			if got.Status != r.status || got.Code != r.code || !strings.Contains(got.Message, r.message) {
				t.Errorf("got %d %s %q\nwant %d %s %q\n%s", got.Status, got.Code, got.Message, r.status, r.code, r.message, got.Raw)
			}
		})
	}
}
