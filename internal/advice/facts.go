package advice

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"agentcore-3lo/callback"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/mcp"
)

// Facts are what an error says.
type Facts struct {
	Err       error
	Service   string // "IAM CreateRole", "gateway"; "" = no service answered
	Code      string // the service's error code, or JSON-RPC's, or "HTTP 502"
	Message   string // the service's own words, unchanged
	RequestID string // Amazon's
}

// Read reads the facts of an error.
func Read(err error) Facts {
	f := Facts{Err: err, Message: err.Error()}
	var signIn *awsenv.SignInError
	if errors.As(err, &signIn) { // signing in failed, not the call that needed it
		return readSignIn(signIn)
	}
	var op *smithy.OperationError
	if errors.As(err, &op) {
		f.Service = op.Service() + " " + op.Operation()
		f.Message = op.Unwrap().Error()
	}
	var resp *awshttp.ResponseError
	if errors.As(err, &resp) {
		f.RequestID = resp.ServiceRequestID()
	}
	if words := withoutAnswer(err); words != "" {
		f.Message = words
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		f.Code, f.Message = api.ErrorCode(), api.ErrorMessage()
	}
	var token *awsenv.TokenError
	if errors.As(err, &token) {
		f.Service, f.Code, f.Message = "Cognito token endpoint", cmp.Or(token.Code, fmt.Sprint("HTTP ", token.Status)), token.Error()
	}
	var gateway *mcp.Error
	if errors.As(err, &gateway) {
		f.Service, f.RequestID, f.Message = "gateway", gateway.RequestID, gateway.Error()
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
		f.Code = tool.Upstream.Code
		if f.Code == "" && tool.Upstream.Status != 0 {
			f.Code = fmt.Sprint("HTTP ", tool.Upstream.Status)
		}
	}
	var refused *callback.RefusedError
	if errors.As(err, &refused) {
		f.Code = refused.Code
	}
	return f
}

// withoutAnswer is the error of a call without an answer, without the words that the
// SDK adds ("https response error StatusCode: 0, RequestID: , request send
// failed") and without the URL, which may contain a session; "" if there is a readable
// answer.
func withoutAnswer(err error) string {
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

// readSignIn reads the answer of the service that issues credentials.
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
