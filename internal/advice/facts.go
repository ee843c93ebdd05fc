package advice

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"agentcore-3lo/callback"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/mcp"
)

// Facts are what an error says, read once.
type Facts struct {
	Err       error
	Service   string // "IAM CreateRole", "gateway"; "" = no service answered
	Code      string // the service's error code, or JSON-RPC's, or "HTTP 502"
	Message   string // in the service's own words, as they came
	RequestID string // Amazon's
	Status    int    // HTTP; 0 = no answer

	Tool     bool                   // a tool's answer that is no success
	Upstream mcp.Upstream           // what the API behind the tool answered, as far as the answer tells
	Refused  *callback.RefusedError // what the browser brought instead of consent; nil = nothing
	body     string                 // of an answer that has no other words
}

// Read takes an error apart.
func Read(err error) Facts {
	f := Facts{Err: err, Message: err.Error()}
	var signIn *awsenv.SignInError
	if errors.As(err, &signIn) { // the call that needed the credentials is not what failed
		return readSignIn(signIn)
	}
	var op *smithy.OperationError
	if errors.As(err, &op) {
		f.Service = op.Service() + " " + op.Operation()
		f.Message = op.Unwrap().Error()
	}
	var resp *awshttp.ResponseError
	if errors.As(err, &resp) {
		f.RequestID, f.Status = resp.ServiceRequestID(), resp.HTTPStatusCode()
	}
	if words := onTheWay(err); words != "" {
		f.Message = words
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		f.Code, f.Message = api.ErrorCode(), api.ErrorMessage()
	}
	var token *awsenv.TokenError
	if errors.As(err, &token) {
		f.Service, f.Code, f.Status, f.Message = "Cognito token endpoint", cmp.Or(token.Code, fmt.Sprint("HTTP ", token.Status)), token.Status, token.Error()
	}
	var gateway *mcp.Error
	if errors.As(err, &gateway) {
		f.Service, f.RequestID, f.Message, f.Status = "gateway", gateway.RequestID, gateway.Error(), gateway.Status
		f.body = gateway.Body
		f.Code = fmt.Sprint("HTTP ", gateway.Status)
		if gateway.Code != 0 {
			f.Code = fmt.Sprint(gateway.Code)
		}
	}
	var needed *mcp.ElicitationError
	if errors.As(err, &needed) {
		f.Service, f.Code, f.RequestID, f.Message = "gateway", "-32042", needed.Exchange.RequestID, needed.Error()
	}
	var tool *mcp.ToolError
	if errors.As(err, &tool) {
		f.Service, f.RequestID, f.Message = "gateway", tool.Result.Exchange.RequestID, tool.Error()
		f.Tool, f.Upstream, f.Code = true, tool.Upstream, tool.Upstream.Code
		if f.Code == "" && f.Upstream.Status != 0 {
			f.Code = fmt.Sprint("HTTP ", f.Upstream.Status)
		}
	}
	if errors.As(err, &f.Refused) {
		f.Code = f.Refused.Code
	}
	return f
}

// onTheWay is what went wrong between here and a service, without the SDK's words
// around it ("https response error StatusCode: 0, RequestID: , request send
// failed") and without the URL, which may carry a session; "" where a service
// gave an answer that can be read.
func onTheWay(err error) string {
	var proxy *awsenv.ProxyError
	var silent *awsenv.NoAnswerError
	var unsent *url.Error
	var unread *smithy.DeserializationError
	switch {
	case errors.As(err, &proxy):
		return proxy.Error()
	case errors.As(err, &silent):
		return silent.Error()
	case errors.As(err, &unsent) && unsent.Op != "parse" && !errors.Is(err, context.Canceled):
		host := "the service"
		if u, err := url.Parse(unsent.URL); err == nil {
			host = u.Host
		}
		if errors.Is(unsent.Err, context.DeadlineExceeded) {
			return "no complete answer came from " + host + " in time"
		}
		return fmt.Sprintf("%s gave no answer: %v", host, unsent.Err)
	case errors.As(err, &unread):
		return fmt.Sprintf("the answer cannot be read: %v", unread.Err)
	}
	return ""
}

// readSignIn reads the answer of the service that gives credentials.
func readSignIn(e *awsenv.SignInError) Facts {
	f := Facts{Err: e, Message: e.Error()}
	if e.Err == nil {
		return f
	}
	f = Read(e.Err)
	f.Err = e
	if f.Service == "" {
		f.Service = e.Way.Provider
	}
	if e.What != "" {
		f.Message = e.What + ": " + f.Message
	}
	return f
}

// HasCode says whether the service answered with one of these codes.
func (f Facts) HasCode(codes ...string) bool { return HasCode(f.Err, codes...) }

// Says says whether the error's text contains one of these wordings, in any case.
func (f Facts) Says(wordings ...string) bool {
	said := f.said()
	return slices.ContainsFunc(wordings, func(w string) bool { return strings.Contains(said, strings.ToLower(w)) })
}

// said is all that the error says, in lower case.
func (f Facts) said() string { return strings.ToLower(f.Err.Error() + " " + f.body) }

// HasCode says whether a service of AWS answered with one of these codes.
func HasCode(err error, codes ...string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && slices.Contains(codes, api.ErrorCode())
}

// Says says whether the error's text contains these words, in any case.
func Says(err error, words string) bool {
	return err != nil && strings.Contains(strings.ToLower(err.Error()), strings.ToLower(words))
}

// Gone recognises "there is no such thing" of every service.
func Gone(err error) bool {
	return HasCode(err, "ResourceNotFoundException", "NoSuchEntity", "NoSuchEntityException", "ResourceNotFound", "NotFoundException")
}

// Taken recognises "there is one of that name" of every service. Credential
// providers say it as a ValidationException.
func Taken(err error) bool {
	return HasCode(err, "ConflictException", "EntityAlreadyExists", "EntityAlreadyExistsException") ||
		HasCode(err, "ValidationException", "InvalidParameterException") &&
			(Says(err, "already exists") || Says(err, "already associated") || Says(err, "already has a domain"))
}

// Expired recognises credentials that were good and are no longer.
func Expired(err error) bool {
	return HasCode(err, "ExpiredToken", "ExpiredTokenException")
}
