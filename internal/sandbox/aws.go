package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"time"
)

// A protocol is how an AWS service writes requests, replies and errors.
type protocol string

const (
	queryXML protocol = "query"     // STS, IAM
	json11   protocol = "json"      // Cognito
	restJSON protocol = "rest-json" // AgentCore, both planes
)

// An awsRequest is a request whose service and operation are known.
type awsRequest struct {
	service   string // as botocore calls it: the key of the model
	signedAs  string // as signatures call it, and Intercept
	operation string
	protocol  protocol
	values    map[string]string // from the path
}

// A call is one operation at work on the world, which it has to itself.
type call struct {
	*Server
	world   *world
	realm   *realm
	account string
	region  string
	caller  string // ARN of who signed
	now     time.Time
	request awsRequest
	input   map[string]any
}

// A handler does what an operation does. Its result is what the reply says.
type handler func(*call) (any, error)

// on makes a handler of a function that wants its input as a struct.
func on[In any](do func(*call, In) (any, error)) handler {
	return func(c *call) (any, error) {
		var in In
		if err := c.decode(&in); err != nil {
			return nil, err
		}
		return do(c, in)
	}
}

func (c *call) decode(into any) error {
	raw, err := json.Marshal(c.input)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

func handlers() map[string]handler {
	all := map[string]handler{}
	for _, some := range []map[string]handler{
		stsHandlers(), iamRoleHandlers(), iamPolicyHandlers(), cognitoPoolHandlers(), cognitoClientHandlers(),
		gatewayHandlers(), targetHandlers(), providerHandlers(), workloadHandlers(), tagHandlers(), dataPlaneHandlers(),
	} {
		for name, h := range some {
			all[name] = h
		}
	}
	return all
}

// serveAWS checks a request as AWS does - signature, operation, members, the
// caller's rights - and then lets the operation work.
func (s *Server) serveAWS(w http.ResponseWriter, r *http.Request, rq awsRequest) {
	requestID := w.Header().Get(requestIDHeader)
	result, status, err := s.answerAWS(r, rq)
	if err != nil {
		f := asServiceError(err, rq.protocol)
		s.log.Info("refused", "operation", rq.signedAs+":"+rq.operation, "code", f.Code, "message", f.Message, "request", requestID)
		writeError(w, rq.protocol, requestID, f)
		return
	}
	switch rq.protocol {
	case queryXML:
		writeQueryResult(w, rq, requestID, result)
	case json11:
		if result == nil {
			w.Header().Set("Content-Type", "application/x-amz-json-1.1")
			w.WriteHeader(status)
			return
		}
		writeJSON(w, "application/x-amz-json-1.1", status, result)
	default:
		if status == http.StatusNoContent {
			w.WriteHeader(status)
			return
		}
		if result == nil {
			result = map[string]any{}
		}
		writeJSON(w, "application/json", status, result)
	}
}

func (s *Server) answerAWS(r *http.Request, rq awsRequest) (result any, status int, err error) {
	who, err := s.signature.check(r, rq.protocol, rq.signedAs, s.now())
	if err != nil {
		return nil, 0, err
	}
	m := s.models[rq.service]
	do := s.handlers[rq.service+":"+rq.operation]
	if m == nil || do == nil {
		return nil, 0, unknownOperation(rq)
	}
	input, err := s.input(r, rq)
	if err != nil {
		return nil, 0, err
	}
	if violations := m.check(rq.operation, input); violations != nil {
		return nil, 0, broken(rq.protocol, violations)
	}
	if err := s.wait(r.Context()); err != nil {
		return nil, 0, err
	}
	err = s.change(func(w *world, now time.Time) (err error) {
		c := &call{Server: s, world: w, realm: w.realm(who.account, who.region), account: who.account, region: who.region, caller: who.caller, now: now, request: rq, input: input}
		if err = c.authorized(); err != nil {
			return err
		}
		result, err = do(c)
		return err
	})
	return result, m.Operations[rq.operation].Status, err
}

func unknownOperation(rq awsRequest) error {
	if rq.protocol == queryXML {
		return refuse("InvalidAction", "Could not find operation %s for version %s", rq.operation, queryVersions[rq.service])
	}
	return refuse("UnknownOperationException", "")
}

// input gathers what a request says, from body, path and query.
func (s *Server) input(r *http.Request, rq awsRequest) (map[string]any, error) {
	m := s.models[rq.service]
	top := m.Shapes[m.Operations[rq.operation].Input]
	if rq.protocol == queryXML {
		if top == nil {
			return map[string]any{}, nil
		}
		input, _ := m.fromForm(top, "", r.Form).(map[string]any)
		return input, nil
	}
	input := map[string]any{}
	body := bodyOf(r)
	if len(bytes.TrimSpace(body)) > 0 {
		if err := json.Unmarshal(body, &input); err != nil {
			return nil, &serviceError{Code: "SerializationException", Message: "Could not parse request body: " + shortJSONError(err)}
		}
	}
	if top == nil {
		return input, nil
	}
	query := r.URL.Query()
	for name, member := range top.Members {
		switch member.In {
		case "uri":
			input[name] = rq.values[member.As]
		case "querystring":
			if query.Has(member.As) {
				input[name] = m.fromText(m.Shapes[member.Shape], query[member.As])
			}
		}
	}
	return input, nil
}

// shortJSONError keeps the request's own text, which may be a secret, out of the reply.
func shortJSONError(err error) string {
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		return "expected an object"
	}
	return "not valid JSON"
}
