package aws

import (
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"agentcore-3lo/internal/sandbox/site"
)

// Error is what a service refuses with: its code and message, and for a
// ValidationException the members that broke a rule.
type Error struct {
	Code    string
	Message string
	Reason  string // of a ValidationException
	fields  []violation
}

func (f *Error) Error() string { return f.Code + ": " + f.Message }

// Refuse is a service error with a code.
func Refuse(code, format string, args ...any) error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// invalid is AgentCore's ValidationException for one member.
func Invalid(field, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	f := &Error{Code: "ValidationException", Message: message, Reason: "FieldValidationFailed"}
	if field != "" {
		f.fields = []violation{{path: field, problem: message}}
	}
	return f
}

// AsError returns a service's error as it is, and any other one as the service's internal error.
func AsError(err error, p Protocol) *Error {
	var f *Error
	if errors.As(err, &f) {
		return f
	}
	return InternalError(p, err.Error())
}

// InternalError is how each protocol reports that a service failed.
func InternalError(p Protocol, message string) *Error {
	code := map[Protocol]string{QueryXML: "ServiceFailure", JSON11: "InternalErrorException", RESTJSON: "InternalServerException"}[p]
	return &Error{Code: code, Message: message}
}

// AccessDenied is how each protocol reports a call that its caller may not make.
func AccessDenied(p Protocol, message string) *Error {
	if p == QueryXML {
		return &Error{Code: "AccessDenied", Message: message}
	}
	return &Error{Code: "AccessDeniedException", Message: message}
}

// statusOf is the HTTP status that goes with a code; every other one is 400.
func statusOf(code string) int {
	switch code {
	case "UnauthorizedException":
		return http.StatusUnauthorized
	case "ServiceQuotaExceededException":
		return http.StatusPaymentRequired
	case "AccessDeniedException", "AccessDenied", "ExpiredTokenException", "ExpiredToken", "MissingAuthenticationToken", "SignatureDoesNotMatch", "InvalidClientTokenId":
		return http.StatusForbidden
	case "ResourceNotFoundException", "UnknownOperationException", "NoSuchEntity":
		return http.StatusNotFound
	case "ConflictException", "EntityAlreadyExists", "DeleteConflict", "LimitExceeded":
		return http.StatusConflict
	case "ThrottlingException":
		return http.StatusTooManyRequests
	case "InternalServerException", "InternalErrorException", "ServiceFailure":
		return http.StatusInternalServerError
	default:
		return http.StatusBadRequest
	}
}

// WriteError answers as the protocol of the request does.
func WriteError(w http.ResponseWriter, p Protocol, requestID string, f *Error) {
	switch p {
	case QueryXML:
		writeQueryError(w, requestID, f)
	case JSON11:
		// Cognito answers 400 to whatever is the client's fault.
		status := http.StatusBadRequest
		if statusOf(f.Code) >= http.StatusInternalServerError {
			status = http.StatusInternalServerError
		}
		site.WriteJSON(w, "application/x-amz-json-1.1", status, map[string]any{"__type": f.Code, "message": f.Message})
	default:
		// API Gateway, in front of AgentCore, answers 403 to a signature it does not take.
		status := statusOf(f.Code)
		if isSignatureError(f.Code) {
			status = http.StatusForbidden
		}
		w.Header().Set("x-amzn-errortype", f.Code)
		site.WriteJSON(w, site.JSON, status, restError(f))
	}
}

func restError(f *Error) map[string]any {
	body := map[string]any{"message": f.Message}
	if f.Code != "ValidationException" {
		return body
	}
	body["reason"] = f.Reason
	if f.Reason == "" {
		body["reason"] = "FieldValidationFailed"
	}
	var fields []map[string]string
	for _, v := range f.fields {
		fields = append(fields, map[string]string{"name": strings.TrimPrefix(v.path, "/"), "message": v.problem})
	}
	if fields != nil {
		body["fieldList"] = fields
	}
	return body
}

func writeQueryError(w http.ResponseWriter, requestID string, f *Error) {
	type detail struct{ Type, Code, Message string }
	type response struct {
		XMLName   xml.Name `xml:"ErrorResponse"`
		Error     detail
		RequestID string `xml:"RequestId"`
	}
	status, blame := statusOf(f.Code), "Sender"
	if status >= http.StatusInternalServerError {
		blame = "Receiver"
	}
	writeXML(w, status, response{Error: detail{blame, f.Code, f.Message}, RequestID: requestID})
}

// broken is how each protocol reports requests that break their model.
func broken(p Protocol, violations []violation) *Error {
	var sentences []string
	for _, v := range violations {
		sentences = append(sentences, v.sentence(p))
	}
	plural := ""
	if len(sentences) > 1 {
		plural = "s"
	}
	message := fmt.Sprintf("%d validation error%s detected: %s", len(sentences), plural, strings.Join(sentences, "; "))
	switch p {
	case QueryXML:
		return &Error{Code: "ValidationError", Message: message}
	case JSON11:
		return &Error{Code: "InvalidParameterException", Message: message}
	default:
		return &Error{Code: "ValidationException", Message: message, Reason: "FieldValidationFailed", fields: violations}
	}
}

// sentence words a violation. The JSON and query services quote the value and
// name members in lower camel case; AgentCore names a path and keeps the value to itself.
func (v violation) sentence(p Protocol) string {
	if p == RESTJSON {
		value := ""
		if v.value == nil {
			value = " null"
		}
		return fmt.Sprintf("Value%s at '%s' failed to satisfy constraint: %s", value, v.path, v.problem)
	}
	value := "null"
	if v.value != nil {
		value = fmt.Sprintf("'%v'", v.value)
	}
	name := strings.ReplaceAll(strings.TrimPrefix(v.path, "/"), "/", ".")
	if name != "" {
		name = strings.ToLower(name[:1]) + name[1:]
	}
	return fmt.Sprintf("Value %s at '%s' failed to satisfy constraint: %s", value, name, v.problem)
}

func writeXML(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(body)
}
