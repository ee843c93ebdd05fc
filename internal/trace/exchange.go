package trace

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"agentcore-3lo/internal/wire"
)

// listener is the service of the browser's visits.
const listener = "listener"

// Exchange is one HTTP exchange of the run, or one visit of the browser to the
// listener.
type Exchange struct {
	wire.Exchange
	Number  int    // from 1
	Step    string // "" = none
	Attempt int
	Arrival wire.Arrival // of a visit; else the zero value

	note   string // read from the answer once, because answers are long
	failed bool
}

// Sender is who sent the request, in one word.
func (x Exchange) Sender() string { return string(x.From) }

// Receiver is who answered, in one word: a service, where it is AWS's.
func (x Exchange) Receiver() string {
	switch x.Service {
	case "Cognito Identity Provider", "token endpoint", "discovery":
		return "Cognito"
	case "gateway", "IAM", "STS":
		return x.Service
	case listener:
		return string(wire.Program)
	}
	switch {
	case x.To == wire.Identity:
		return "Identity"
	case strings.HasPrefix(x.Service, "Bedrock AgentCore"):
		return "AgentCore"
	case x.Service == "":
		return string(x.To)
	}
	return x.Service
}

// Name is the operation as people know it: "CreateGateway", "tools/call",
// "POST /oauth2/token".
func (x Exchange) Name() string {
	if x.Service == "token endpoint" {
		return x.Request.Method + " /oauth2/token"
	}
	return x.Operation
}

// Result is the status with what is remarkable about the answer: "200", "200 -32042",
// "404 none yet", "no answer". It is "" while a visit of the browser is not answered.
func (x Exchange) Result() string {
	if x.Status == 0 {
		if x.From == wire.Browser {
			return ""
		}
		return "no answer"
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", x.Status, x.note))
}

// Failed reports whether the answer is an error that was not expected.
func (x Exchange) Failed() bool {
	if x.From == wire.Browser {
		return x.Status >= 400 || x.Arrival.Kind == refused
	}
	return x.failed
}

// read notes what the status does not say: that nothing was expected to be found, or
// what the gateway answered with status 200.
func (x *Exchange) read() {
	x.failed = x.Status == 0 || x.Status >= 400
	switch {
	case x.From == wire.Browser:
	case x.Service == "gateway":
		failed, note := x.toolAnswer()
		x.failed, x.note = x.failed || failed, note
	case x.missing():
		x.failed, x.note = false, "none yet"
		if x.Step == cleanupStep {
			x.note = "gone"
		}
	}
}

// elicitation is the code of a JSON-RPC error that carries a link (MCP 2025-11-25,
// URL mode elicitation).
const elicitation = -32042

// Meaning says in words what the code of an answer is; "" = it says so itself.
func (x Exchange) Meaning() string {
	if x.note == fmt.Sprint(elicitation) {
		return "-32042 is no failure: the gateway asks the user to open a URL first (MCP, URL mode elicitation)."
	}
	return ""
}

// toolAnswer reads the JSON-RPC answer of the gateway, which may be a stream of
// events. A link is no failure.
func (x Exchange) toolAnswer() (failed bool, note string) {
	messages := []string{x.Response.Body}
	if strings.Contains(x.Response.Body, "data:") && !json.Valid([]byte(x.Response.Body)) {
		messages = strings.Split(x.Response.Body, "\n")
	}
	for _, message := range messages {
		var answer struct {
			Error  *struct{ Code int }
			Result struct{ IsError bool }
		}
		_ = json.Unmarshal([]byte(strings.TrimPrefix(message, "data:")), &answer) // anything else has neither
		switch {
		case answer.Error != nil:
			return answer.Error.Code != elicitation, fmt.Sprint(answer.Error.Code)
		case answer.Result.IsError:
			return true, "isError"
		}
	}
	return false, ""
}

// missing reports whether a look-up found nothing. Cognito says so with status 400,
// and of a domain with status 200 and an empty description.
func (x Exchange) missing() bool {
	lookup := strings.HasPrefix(x.Operation, "Get") || strings.HasPrefix(x.Operation, "Describe")
	switch {
	case lookup && x.Status == 404, lookup && x.Status == 400 && strings.Contains(x.Response.Body, "ResourceNotFoundException"):
		return true
	case x.Operation == "DescribeUserPoolDomain":
		return strings.TrimSpace(x.Response.Body) == `{"DomainDescription":{}}`
	case !strings.HasPrefix(x.Operation, "List") || x.Step == prerequisitesStep: // there they only test what the caller may do
		return false
	}
	var lists map[string][]json.RawMessage
	if json.Unmarshal([]byte(x.Response.Body), &lists) != nil {
		return false
	}
	for _, items := range lists {
		if len(items) > 0 {
			return false
		}
	}
	return len(lists) > 0
}

// callbackPath is the path of the return URL.
func callbackPath(address string) string {
	if u, err := url.Parse(address); err == nil && u.Path != "" {
		return u.EscapedPath()
	}
	return "/oauth2/callback"
}
