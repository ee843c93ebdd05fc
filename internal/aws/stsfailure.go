package aws

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// requestFailure explains failures of signed requests to STS that do not depend on
// the operation.
func requestFailure(err error) *SignInError {
	e := &SignInError{Cause: OtherSignIn, Err: err}
	switch code := errorCode(err); {
	case unreachable(err):
		e.Cause = Unreachable
	case code == "RegionDisabledException":
		e.Cause = RegionDisabled
	case slices.Contains([]string{"InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId"}, code):
		e.Cause = KeyUnknown
	case slices.Contains([]string{"ExpiredToken", "ExpiredTokenException"}, code):
		e.Cause = KeysExpired
	case RefusedForItsDate(err):
		e.Cause, e.What = ClockWrong, skew(err, time.Now())
	case slices.Contains([]string{"SignatureDoesNotMatch", "InvalidSignatureException"}, code):
		e.Cause = SecretWrong
	}
	return e
}

// RefusedForItsDate recognizes a request whose date is too old or too new for the
// service. The code may be the same as for a wrong secret key (aws-sdk-js#2565,
// convox/rack#235).
func RefusedForItsDate(err error) bool {
	if slices.Contains([]string{"RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"}, errorCode(err)) {
		return true
	}
	return slices.Contains([]string{"SignatureDoesNotMatch", "InvalidSignatureException", "AuthFailure"}, errorCode(err)) &&
		(strings.Contains(err.Error(), "Signature expired") || strings.Contains(err.Error(), "Signature not yet current"))
}

// skew compares this machine's clock with the date of the answer.
func skew(err error, now time.Time) string {
	var response *awshttp.ResponseError
	if !errors.As(err, &response) || response.Response == nil {
		return ""
	}
	theirs, parse := time.Parse(time.RFC1123, response.Response.Header.Get("Date"))
	off := now.Sub(theirs).Round(time.Minute)
	switch {
	case parse != nil || off == 0:
		return ""
	case off < 0:
		return fmt.Sprintf("this machine's clock is %s behind", strings.TrimSuffix((-off).String(), "0s"))
	}
	return fmt.Sprintf("this machine's clock is %s ahead", strings.TrimSuffix(off.String(), "0s"))
}

// errorCode is the code of a service's answer; "" = none.
func errorCode(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// httpStatus is the status of an answer; 0 = no answer.
func httpStatus(err error) int {
	var answered interface{ HTTPStatusCode() int }
	if errors.As(err, &answered) {
		return answered.HTTPStatusCode()
	}
	return 0
}

// unreachable recognizes a request that could not be sent, or got no answer. A
// failure of a proxy has its own error.
func unreachable(err error) bool {
	var send *smithyhttp.RequestSendError
	var proxy *ProxyError
	return errors.As(err, &send) && !errors.As(err, &proxy)
}
