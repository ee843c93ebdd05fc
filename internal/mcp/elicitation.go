package mcp

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"agentcore-3lo/internal/pattern"
)

const (
	// codeElicitation is URLElicitationRequiredError of the MCP
	// specification 2025-11-25. The number has other uses, so it counts
	// only with its data.
	codeElicitation = -32042

	// maxElicitations is the most that one answer may ask of a user.
	maxElicitations = 16

	// maxSession is the length in bytes that AgentCore allows a session's
	// URN (CompleteResourceTokenAuth, sessionUri).
	maxSession = 1024
)

// sessionURN is the pattern of AgentCore's RequestUri.
var sessionURN = pattern.New(`^urn:ietf:params:oauth:request_uri:[a-zA-Z0-9\-._~]+$`)

// Elicitation asks a user to open a URL. All of it is foreign text.
type Elicitation struct {
	ID, Message, URL string
	Session          string // the request_uri URN in the URL; "" when absent or malformed
}

// ElicitationError says that a user has to open a URL first: error -32042 with valid
// data.elicitations, with any HTTP status and content type.
type ElicitationError struct {
	Elicitations []Elicitation // 1 to 16, each of mode url
	Message      string
	Exchange     Exchange
}

// Error says what the server is waiting for.
func (e *ElicitationError) Error() string {
	return "the gateway asks for consent first: " + oneLine(e.Message)
}

// elicitations reads the data of a -32042; its error ends a sentence.
func elicitations(data json.RawMessage) ([]Elicitation, error) {
	odd := errors.New("its data is not that of an elicitation")
	var asked []json.RawMessage
	if len(data) > 0 && exact(data, map[string]any{"elicitations": &asked}) != nil {
		return nil, odd
	}
	switch n := len(asked); {
	case n == 0:
		return nil, errors.New("it names no elicitation, so there is no link to open")
	case n > maxElicitations:
		return nil, fmt.Errorf("it asks for %d elicitations at once, more than %d are refused", n, maxElicitations)
	}
	var list []Elicitation
	for _, raw := range asked {
		var mode string
		var e Elicitation
		if exact(raw, map[string]any{"mode": &mode, "elicitationId": &e.ID, "url": &e.URL, "message": &e.Message}) != nil {
			return nil, odd
		}
		if mode != "url" || e.URL == "" {
			return nil, fmt.Errorf("it asks for an elicitation of mode %q, only url is supported", mode)
		}
		e.Session = session(e.URL)
		list = append(list, e)
	}
	return list, nil
}

// session finds the authorization request's URN in a consent link. AgentCore
// sends the browser back with the same URN as session_id.
func session(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil || len(query["request_uri"]) != 1 {
		return ""
	}
	urn := query.Get("request_uri")
	if len(urn) > maxSession || !sessionURN.MatchString(urn) {
		return ""
	}
	return urn
}
