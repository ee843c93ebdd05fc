package aws

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// signer is the caller that signed a request, and the account and region it was
// signed for.
type signer struct{ account, region, caller string }

// signatureShape checks the form of the Authorization header. The sandbox knows no
// secret keys, so it cannot verify the signature itself.
type signatureShape struct {
	credential *regexp.Regexp
	signature  *regexp.Regexp
}

func newSignatureShape() signatureShape {
	return signatureShape{
		credential: regexp.MustCompile(`^(\w{3,128})/(\d{8})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request$`),
		signature:  regexp.MustCompile(`^[0-9a-f]{64}$`),
	}
}

const signingAlgorithm = "AWS4-HMAC-SHA256"

const (
	// DefaultAccount is the account of an access key ID that does not begin with
	// twelve digits.
	DefaultAccount = "111122223333"
	// DefaultRegion is the region of requests without a signature.
	DefaultRegion = "us-east-1"
)

// signatureCodes are a protocol's error codes for invalid signatures.
type signatureCodes struct{ missing, incomplete, mismatch string }

func codesOf(p Protocol) signatureCodes {
	if p == QueryXML {
		return signatureCodes{"MissingAuthenticationToken", "IncompleteSignature", "SignatureDoesNotMatch"}
	}
	return signatureCodes{"MissingAuthenticationTokenException", "IncompleteSignatureException", "InvalidSignatureException"}
}

func isSignatureError(code string) bool {
	c := codesOf(RESTJSON)
	return code == c.missing || code == c.incomplete || code == c.mismatch
}

// check returns the signer of a request, or the error that AWS returns for an
// invalid signature.
func (shape signatureShape) check(r *http.Request, p Protocol, service string, now time.Time) (signer, error) {
	codes := codesOf(p)
	header := r.Header.Get("Authorization")
	if header == "" {
		message := "Missing Authentication Token"
		if p == QueryXML {
			message = "Request is missing Authentication Token"
		}
		return signer{}, Refuse(codes.missing, "%s", message)
	}
	algorithm, rest, _ := strings.Cut(header, " ")
	if algorithm != signingAlgorithm {
		return signer{}, Refuse(codes.incomplete, "Unsupported AWS 'algorithm': '%s'", algorithm)
	}
	parts := map[string]string{}
	for _, part := range strings.Split(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		parts[name] = value
	}
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if parts[name] == "" {
			return signer{}, Refuse(codes.incomplete, "Authorization header requires '%s' parameter. Authorization=%s", name, algorithm)
		}
	}
	scope := shape.credential.FindStringSubmatch(parts["Credential"])
	if scope == nil {
		return signer{}, Refuse(codes.incomplete, "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '%s'", parts["Credential"])
	}
	key, day, region, signedFor := scope[1], scope[2], scope[3], scope[4]
	date := r.Header.Get("X-Amz-Date")
	signedAt, err := time.Parse("20060102T150405Z", date)
	switch signed := strings.Split(parts["SignedHeaders"], ";"); {
	case err != nil:
		return signer{}, Refuse(codes.incomplete, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=%s", algorithm)
	case !slices.Contains(signed, "host") || !slices.Contains(signed, "x-amz-date"):
		return signer{}, Refuse(codes.mismatch, "'Host' and 'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization.")
	case signedFor != service:
		return signer{}, Refuse(codes.mismatch, "Credential should be scoped to correct service: '%s'.", service)
	case !strings.HasPrefix(date, day):
		return signer{}, Refuse(codes.mismatch, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s'.", day, date[:8])
	case now.Sub(signedAt) > 15*time.Minute:
		return signer{}, Refuse(codes.mismatch, "Signature expired: %s is now earlier than %s (%s - 15 min.)", date, stamp(now.Add(-15*time.Minute)), stamp(now))
	case signedAt.Sub(now) > 15*time.Minute:
		return signer{}, Refuse(codes.mismatch, "Signature not yet current: %s is still later than %s (%s + 15 min.)", date, stamp(now.Add(15*time.Minute)), stamp(now))
	case !shape.signature.MatchString(parts["Signature"]):
		return signer{}, Refuse(codes.mismatch, "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	return signer{account: accountOf(key), region: region, caller: callerOf(key)}, nil
}

// SignedScope returns the account and region of a signature without checking it.
func SignedScope(r *http.Request) (account, region string) {
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	parts := strings.Split(credential, "/")
	if len(parts) < 3 {
		return DefaultAccount, DefaultRegion
	}
	return accountOf(parts[0]), parts[2]
}

func stamp(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// accountOf returns the twelve digits at the beginning of an access key ID, by
// which a test chooses the account.
func accountOf(key string) string {
	account, _, _ := strings.Cut(key, "_")
	if len(account) == 12 && strings.Trim(account, "0123456789") == "" {
		return account
	}
	return DefaultAccount
}

// callerOf returns the caller that a test chooses by what follows the account in
// the access key ID: _user_NAME or _role_NAME_SESSION.
func callerOf(key string) string {
	account, rest, _ := strings.Cut(key, "_")
	switch kind, name, _ := strings.Cut(rest, "_"); {
	case account != accountOf(key):
	case kind == "user" && name != "":
		return "arn:aws:iam::" + account + ":user/" + name
	case kind == "role" && strings.Contains(name, "_"):
		return "arn:aws:sts::" + account + ":assumed-role/" + strings.Replace(name, "_", "/", 1)
	}
	return CallerARN(accountOf(key))
}
