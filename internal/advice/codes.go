package advice

import (
	"errors"
	"slices"
	"strings"

	"github.com/aws/smithy-go"
)

// codes are AWS error codes that have one cause.
var codes = []struct {
	cause  Cause
	codes  []string
	source string
}{
	{AccountNotActive, []string{"OptInRequired", "SubscriptionRequiredException", "Blocked", "PendingVerification"},
		"Amazon EC2 API reference, “Error codes for API requests”; AWS knowledge center, “error-access-service”"},
	{CredentialsExpired, []string{"ExpiredToken", "ExpiredTokenException"}, "AWS, common errors; STS and IAM answer the first, JSON services the second"},
	{KeysRefused, []string{"InvalidClientTokenId", "UnrecognizedClientException", "InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignature", "MissingAuthenticationToken"},
		"AWS, common errors"},
	{AccessDenied, []string{"AccessDenied", "AccessDeniedException", "UnauthorizedException", "NotAuthorizedException", "UnauthorizedOperation"}, "AWS, common errors"},
	{QuotaReached, []string{"LimitExceededException", "ServiceQuotaExceededException", "LimitExceeded", "ResourceLimitExceededException"},
		"AgentCore, Cognito and IAM API references, errors"},
	{Throttled, []string{"ThrottlingException", "TooManyRequestsException", "Throttling"}, "AWS, common errors"},
}

func ofCode(code string) Cause {
	for _, c := range codes {
		if slices.Contains(c.codes, code) {
			return c.cause
		}
	}
	return ""
}

// HasCode reports whether an AWS service answered with one of these codes.
func HasCode(err error, codes ...string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && slices.Contains(codes, api.ErrorCode())
}

// Says reports whether the error's text contains these words, ignoring case.
func Says(err error, words string) bool {
	return err != nil && strings.Contains(strings.ToLower(err.Error()), strings.ToLower(words))
}

// Gone recognizes the "not found" errors of all services.
func Gone(err error) bool {
	return HasCode(err, "ResourceNotFoundException", "NoSuchEntity", "NoSuchEntityException", "ResourceNotFound", "NotFoundException")
}

// Taken recognizes the "already exists" errors of all services. For credential
// providers it is a ValidationException.
func Taken(err error) bool {
	return HasCode(err, "ConflictException", "EntityAlreadyExists", "EntityAlreadyExistsException") ||
		HasCode(err, "ValidationException", "InvalidParameterException") &&
			(Says(err, "already exists") || Says(err, "already associated") || Says(err, "already has a domain"))
}

// IsThrottled recognizes the throttling errors of the AWS APIs.
func IsThrottled(err error) bool {
	return HasCode(err, "ThrottlingException", "TooManyRequestsException", "Throttling")
}

// Expired recognizes expired credentials.
func Expired(err error) bool {
	return HasCode(err, "ExpiredToken", "ExpiredTokenException")
}

// StillChanging recognizes a refusal because a gateway or target is being created,
// updated or deleted.
func StillChanging(err error) bool { return err != nil && changing.MatchString(err.Error()) }

// SecretBeingDeleted recognizes a name whose old secret Secrets Manager is still
// deleting: “You can't create this secret because a secret with this name is
// already scheduled for deletion” (Secrets Manager API reference,
// InvalidRequestException: “The secret is scheduled for deletion”).
func SecretBeingDeleted(err error) bool { return Says(err, "scheduled for deletion") }
