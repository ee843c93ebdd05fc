package sandbox

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// A serviceError is what a service refuses with: its code and message, and for a
// ValidationException the members that broke a rule.
type serviceError struct {
	Code    string
	Message string
	Reason  string // of a ValidationException
	Fields  []violation
}

func (f *serviceError) Error() string { return f.Code + ": " + f.Message }

func refuse(code, format string, args ...any) error {
	return &serviceError{Code: code, Message: fmt.Sprintf(format, args...)}
}

// invalid is AgentCore's ValidationException for one member.
func invalid(field, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	f := &serviceError{Code: "ValidationException", Message: message, Reason: "FieldValidationFailed"}
	if field != "" {
		f.Fields = []violation{{path: field, problem: message}}
	}
	return f
}

// asServiceError makes any error a service's: what is none is the sandbox's own failure.
func asServiceError(err error, p protocol) *serviceError {
	var f *serviceError
	if errors.As(err, &f) {
		return f
	}
	return internalError(p, err.Error())
}

func internalError(p protocol, message string) *serviceError {
	code := map[protocol]string{queryXML: "ServiceFailure", json11: "InternalErrorException", restJSON: "InternalServerException"}[p]
	return &serviceError{Code: code, Message: message}
}

// accessDenied is how each protocol reports a call that its caller may not make.
func accessDenied(p protocol, message string) *serviceError {
	if p == queryXML {
		return &serviceError{Code: "AccessDenied", Message: message}
	}
	return &serviceError{Code: "AccessDeniedException", Message: message}
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

// writeError answers as the protocol of the request does.
func writeError(w http.ResponseWriter, p protocol, requestID string, f *serviceError) {
	switch p {
	case queryXML:
		writeQueryError(w, requestID, f)
	case json11:
		// Cognito answers 400 to whatever is the client's fault.
		status := http.StatusBadRequest
		if statusOf(f.Code) >= http.StatusInternalServerError {
			status = http.StatusInternalServerError
		}
		writeJSON(w, "application/x-amz-json-1.1", status, map[string]any{"__type": f.Code, "message": f.Message})
	default:
		// API Gateway, in front of AgentCore, answers 403 to a signature it does not take.
		status := statusOf(f.Code)
		if isSignatureError(f.Code) {
			status = http.StatusForbidden
		}
		w.Header().Set("x-amzn-errortype", f.Code)
		writeJSON(w, "application/json", status, restError(f))
	}
}

func restError(f *serviceError) map[string]any {
	body := map[string]any{"message": f.Message}
	if f.Code != "ValidationException" {
		return body
	}
	body["reason"] = f.Reason
	if f.Reason == "" {
		body["reason"] = "FieldValidationFailed"
	}
	var fields []map[string]string
	for _, v := range f.Fields {
		fields = append(fields, map[string]string{"name": strings.TrimPrefix(v.path, "/"), "message": v.problem})
	}
	if fields != nil {
		body["fieldList"] = fields
	}
	return body
}

func writeQueryError(w http.ResponseWriter, requestID string, f *serviceError) {
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
func broken(p protocol, violations []violation) *serviceError {
	var told []string
	for _, v := range violations {
		told = append(told, v.sentence(p))
	}
	plural := ""
	if len(told) > 1 {
		plural = "s"
	}
	message := fmt.Sprintf("%d validation error%s detected: %s", len(told), plural, strings.Join(told, "; "))
	switch p {
	case queryXML:
		return &serviceError{Code: "ValidationError", Message: message}
	case json11:
		return &serviceError{Code: "InvalidParameterException", Message: message}
	default:
		return &serviceError{Code: "ValidationException", Message: message, Reason: "FieldValidationFailed", Fields: violations}
	}
}

// sentence words a violation. The JSON and query services quote the value and
// name members in lower camel case; AgentCore names a path and keeps the value to itself.
func (v violation) sentence(p protocol) string {
	if p == restJSON {
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

func writeJSON(w http.ResponseWriter, contentType string, status int, body any) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(body) // a client that went away is no news
}

func writeXML(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(body)
}
