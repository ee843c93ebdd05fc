package mcp

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// counting is a transport that answers nothing and counts who asks.
type counting struct{ asked int }

func (c *counting) RoundTrip(*http.Request) (*http.Response, error) {
	c.asked++
	return nil, io.ErrUnexpectedEOF
}

// The address is looked at before anything is sent.
func TestNothingIsSentInClear(t *testing.T) {
	for address, sent := range map[string]bool{
		"http://gateway.example/mcp": false, "http://127.0.0.1.example/mcp": false, "https://user@gateway.example/mcp": false, "ftp://gateway.example": false, "": false,
		"https://gateway.example/mcp": true, "http://127.0.0.1:1/mcp": true,
	} {
		transport := &counting{}
		c := &Client{HTTP: &http.Client{Transport: transport}, URL: address, Token: jwt}
		if _, err := c.CallTool(deadline(t), ToolCall{Name: "x"}); err == nil || (transport.asked > 0) != sent {
			t.Errorf("%q: %d requests, %v", address, transport.asked, err)
		}
	}
}

func TestTheRequestIDIsFoundUnderEitherName(t *testing.T) {
	c := client(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amz-Request-Id", "amz-2")
		w.WriteHeader(http.StatusInternalServerError)
	}))
	if _, err := c.CallTool(deadline(t), ToolCall{Name: "x"}); err == nil || !strings.Contains(err.Error(), "amz-2") {
		t.Errorf("the error is %v", err)
	}
}

func TestASessionInABrokenQueryIsNone(t *testing.T) {
	for link, want := range map[string]string{
		"https://a.example/authorize?request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Ax":      "urn:ietf:params:oauth:request_uri:x",
		"https://a.example/authorize?request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Ax&b=%z": "",
		"https://a.example/authorize?request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Ax;b=c":  "",
	} {
		if got := session(link); got != want {
			t.Errorf("%s: %q, want %q", link, got, want)
		}
	}
}
