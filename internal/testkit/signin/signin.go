// Package signin simulates the sources of AWS credentials on loopback: STS, the
// portal and the token service of IAM Identity Center, the service behind `aws
// login`, instance metadata, and the agent of ECS and EKS. Tests set their
// responses and see who called what.
package signin

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// The account and the keys of the services. Each way to sign in has its own key, so
// that a test can tell which identity signed a call.
const (
	Account      = "111122223333"
	RoleAccount  = "210987654321"
	KeyUser      = "AKIAUSEREXAMPLE00001"
	KeyRole      = "ASIAROLEEXAMPLE00001"
	KeyWeb       = "ASIAWEBIDEXAMPLE0001"
	KeySSO       = "ASIASSOEXAMPLE000001"
	KeyLogin     = "ASIALOGINEXAMPLE0001"
	KeyInstance  = "ASIAINSTANCEEXAMPLE1"
	KeyContainer = "ASIACONTAINEREXAMPLE"
	KeyProcess   = "ASIAPROCESSEXAMPLE01"
	Secret       = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00"
	SSOToken     = "sso-access-token-example"
	MFACode      = "123456"
)

// callers are the ARNs that GetCallerIdentity returns.
var callers = map[string]string{
	KeyUser:      "arn:aws:iam::" + Account + ":user/ana",
	KeyRole:      "arn:aws:sts::" + RoleAccount + ":assumed-role/Deploy/session",
	KeyWeb:       "arn:aws:sts::" + Account + ":assumed-role/Pod/session",
	KeySSO:       "arn:aws:sts::" + Account + ":assumed-role/AWSReservedSSO_Admin_0123456789abcdef/ana@example.com",
	KeyLogin:     "arn:aws:sts::" + Account + ":assumed-role/Console/ana",
	KeyInstance:  "arn:aws:sts::" + Account + ":assumed-role/Instance/i-0123456789abcdef0",
	KeyContainer: "arn:aws:sts::" + Account + ":assumed-role/Task/0123456789abcdef",
	KeyProcess:   "arn:aws:sts::" + Account + ":assumed-role/Helper/ana",
}

// Answer is the error with which an operation responds.
type Answer struct {
	Status        int
	Code, Message string
	Ahead         time.Duration // offset of the response's date
}

// Services are the simulated services at URL.
type Services struct {
	URL string

	mu      sync.Mutex
	answers map[string]Answer
	calls   []string
}

// Start runs the services until the test ends.
func Start(t testing.TB) *Services {
	s := &Services{answers: map[string]Answer{}}
	server := httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// Refuse makes an operation fail until Allow: "AssumeRole",
// "AssumeRoleWithWebIdentity", "GetCallerIdentity", "GetRoleCredentials",
// "CreateToken", "CreateOAuth2Token", "metadata" or "container".
func (s *Services) Refuse(operation string, a Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[operation] = a
}

// Allow lets an operation succeed again.
func (s *Services) Allow(operation string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.answers, operation)
}

// Calls returns the operations called since the last Calls, each with the key that
// signed it: "AssumeRole by AKIA…".
func (s *Services) Calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.calls
	s.calls = nil
	return calls
}

var signedBy = regexp.MustCompile(`Credential=([^/]+)/`)

func (s *Services) serve(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/.well-known/") { // the program checks whether this is a sandbox
		http.NotFound(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	operation := operationOf(r, string(body))
	s.mu.Lock()
	call := operation
	if key := signedBy.FindStringSubmatch(r.Header.Get("Authorization")); key != nil {
		call += " by " + key[1]
	}
	if len(s.calls) == 0 || s.calls[len(s.calls)-1] != call { // a retry is not listed
		s.calls = append(s.calls, call)
	}
	refusal, refused := s.answers[operation]
	s.mu.Unlock()
	w.Header().Set("X-Amzn-Requestid", "11111111-2222-3333-4444-555555555555")
	switch {
	case refused:
		refuse(w, operation, refusal)
	case operation == "AssumeRole" && strings.Contains(string(body), "SerialNumber=") && !strings.Contains(string(body), "TokenCode="+MFACode):
		refuse(w, operation, Answer{Status: 403, Code: "AccessDenied", Message: "MultiFactorAuthentication failed with invalid MFA one time pass code. "})
	default:
		succeed(w, r, operation)
	}
}

func operationOf(r *http.Request, body string) string {
	switch path := r.URL.Path; {
	case path == "/federation/credentials":
		return "GetRoleCredentials"
	case path == "/token":
		return "CreateToken"
	case path == "/v1/token":
		return "CreateOAuth2Token"
	case strings.HasPrefix(path, "/latest/"):
		return "metadata"
	case path == "/container":
		return "container"
	}
	for _, pair := range strings.Split(body, "&") {
		if action, ok := strings.CutPrefix(pair, "Action="); ok {
			return action
		}
	}
	return r.Method + " " + r.URL.Path
}

func refuse(w http.ResponseWriter, operation string, a Answer) {
	if a.Ahead != 0 {
		w.Header().Set("Date", time.Now().Add(a.Ahead).UTC().Format(http.TimeFormat))
	}
	switch operation {
	case "AssumeRole", "AssumeRoleWithWebIdentity", "GetCallerIdentity":
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(a.Status)
		fmt.Fprintf(w, `<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>11111111-2222-3333-4444-555555555555</RequestId></ErrorResponse>`, a.Code, a.Message)
	case "container", "metadata":
		w.WriteHeader(a.Status)
		fmt.Fprint(w, a.Message)
	default:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Amzn-Errortype", a.Code)
		w.WriteHeader(a.Status)
		_ = json.NewEncoder(w).Encode(map[string]string{"message": a.Message, "error": a.Message})
	}
}

func succeed(w http.ResponseWriter, r *http.Request, operation string) {
	in := time.Now().Add(time.Hour).UTC()
	answer := func(v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	session := func(key string) {
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprintf(w, `<%[1]sResponse><%[1]sResult><Credentials><AccessKeyId>%[2]s</AccessKeyId><SecretAccessKey>%[3]s</SecretAccessKey><SessionToken>session-of-%[2]s</SessionToken><Expiration>%[4]s</Expiration></Credentials></%[1]sResult></%[1]sResponse>`,
			operation, key, Secret, in.Format(time.RFC3339))
	}
	switch operation {
	case "AssumeRole":
		session(KeyRole)
	case "AssumeRoleWithWebIdentity":
		session(KeyWeb)
	case "GetCallerIdentity":
		key := signedBy.FindStringSubmatch(r.Header.Get("Authorization"))
		if key == nil || callers[key[1]] == "" {
			refuse(w, operation, Answer{Status: 403, Code: "InvalidClientTokenId", Message: "The security token included in the request is invalid."})
			return
		}
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprintf(w, `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>%s</Arn><UserId>u</UserId><Account>%s</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
			callers[key[1]], strings.Split(callers[key[1]], ":")[4])
	case "GetRoleCredentials":
		answer(map[string]any{"roleCredentials": map[string]any{"accessKeyId": KeySSO, "secretAccessKey": Secret, "sessionToken": "session-of-sso", "expiration": in.UnixMilli()}})
	case "CreateToken":
		answer(map[string]any{"accessToken": SSOToken, "expiresIn": 3600, "refreshToken": "refresh-token-example"})
	case "CreateOAuth2Token":
		answer(map[string]any{"accessToken": map[string]string{"accessKeyId": KeyLogin, "secretAccessKey": Secret, "sessionToken": "session-of-login"}, "expiresIn": 900, "refreshToken": "refresh", "tokenType": "aws_sigv4"})
	case "container":
		answer(map[string]any{"AccessKeyId": KeyContainer, "SecretAccessKey": Secret, "Token": "session-of-container", "Expiration": in.Format(time.RFC3339)})
	case "metadata":
		switch {
		case strings.HasSuffix(r.URL.Path, "/api/token"):
			w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "21600")
			fmt.Fprint(w, "metadata-token")
		case strings.HasSuffix(r.URL.Path, "/security-credentials/"):
			fmt.Fprint(w, "Instance")
		default:
			answer(map[string]any{"Code": "Success", "AccessKeyId": KeyInstance, "SecretAccessKey": Secret, "Token": "session-of-instance", "Expiration": in.Format(time.RFC3339)})
		}
	default:
		http.NotFound(w, r)
	}
}
