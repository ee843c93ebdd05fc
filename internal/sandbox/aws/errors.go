package aws

import (
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"agentcore-3lo/internal/sandbox/site"
)

// Error is an error of a service: its code and message, and for a
// ValidationException the members that broke a rule.
type Error struct {
	Code    string
	Message string
	Reason  string // of a ValidationException
	fields  []violation
}

func (f *Error) Error() string { return f.Code + ": " + f.Message }

// Refuse returns a service error with a code.
func Refuse(code, format string, args ...any) error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Invalid returns AgentCore's ValidationException for one member.
func Invalid(field, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	f := &Error{Code: "ValidationException", Message: message, Reason: "FieldValidationFailed"}
	if field != "" {
		f.fields = []violation{{path: field, problem: message}}
	}
	return f
}

// AsError returns a service error as it is, and any other error as the service's
// internal error.
func AsError(err error, p Protocol) *Error {
	var f *Error
	if errors.As(err, &f) {
		return f
	}
	return InternalError(p, err.Error())
}

// InternalError returns the protocol's error for a service that failed.
func InternalError(p Protocol, message string) *Error {
	code := map[Protocol]string{QueryXML: "ServiceFailure", JSON11: "InternalErrorException", RESTJSON: "InternalServerException"}[p]
	return &Error{Code: code, Message: message}
}

// AccessDenied returns the protocol's error for a call that the caller may not
// make.
func AccessDenied(p Protocol, message string) *Error {
	if p == QueryXML {
		return &Error{Code: "AccessDenied", Message: message}
	}
	return &Error{Code: "AccessDeniedException", Message: message}
}

// statusOf returns the HTTP status of an error code. The default is 400.
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

// WriteError writes an error in the format of the protocol.
func WriteError(w http.ResponseWriter, p Protocol, requestID string, f *Error) {
	switch p {
	case QueryXML:
		writeQueryError(w, requestID, f)
	case JSON11:
		// Cognito responds with 400 to every error of the client.
		status := http.StatusBadRequest
		if statusOf(f.Code) >= http.StatusInternalServerError {
			status = http.StatusInternalServerError
		}
		site.WriteJSON(w, "application/x-amz-json-1.1", status, map[string]any{"__type": f.Code, "message": f.Message})
	default:
		// API Gateway, in front of AgentCore, responds with 403 to an invalid
		// signature.
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

// violationError returns the protocol's error for a request that violates its
// model.
func violationError(p Protocol, violations []violation) *Error {
	var sentences []string
	for _, v := range violations {
		sentences = append(sentences, v.message(p))
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

// message describes a violation. The JSON and query services quote the value and
// write members in lower camel case; AgentCore names a path and omits the value.
func (v violation) message(p Protocol) string {
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
