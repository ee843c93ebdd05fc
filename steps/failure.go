package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"regexp"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"agentcore-3lo/internal/mcp"
	"agentcore-3lo/internal/record"
	"agentcore-3lo/internal/text"
)

// The exit codes.
const (
	ExitDone        = 0
	ExitFailed      = 1
	ExitUsage       = 2
	ExitNeedsPerson = 3
	ExitDenied      = 4 // not signed in, or not allowed
	ExitInterrupted = 130
)

// Problem is an error that knows what was being done, and maybe what to do
// next.
type Problem struct {
	Doing string
	Err   error
	Next  string // "" = advice is looked up
	Exit  int    // 0 = found out from the error
	// Mender is the step that can mend it; "" = found out from the error.
	Mender ID
}

func (p Problem) Error() string { return p.Doing + ": " + p.Err.Error() }
func (p Problem) Unwrap() error { return p.Err }

// fail says what was being done when the error came. An error that says so
// already keeps its own words.
func fail(doing string, err error) error {
	var p Problem
	var n NeedsPerson
	if err == nil || errors.As(err, &p) || errors.As(err, &n) || errors.Is(err, context.Canceled) {
		return err
	}
	return Problem{Doing: doing, Err: err}
}

// NeedsPerson says that questions have no answer and nobody is there to ask.
type NeedsPerson struct{ Questions []Question }

func (e NeedsPerson) Error() string {
	var names []string
	for _, q := range e.Questions {
		names = append(names, q.Name)
	}
	return "nobody is there to answer: " + strings.Join(names, ", ")
}

// Failure is what a person sees: what was being done, why it failed, what to
// do next, where the log is.
type Failure struct {
	Doing string `json:"doing"`
	Why   Why    `json:"why"`
	Next  string `json:"next"`
	Log   string `json:"log"`
	Exit  int    `json:"-"`
	// Mender is another step, at which it can be mended; "" = none is known.
	Mender ID `json:"-"`
	// SaidNo says that the person did not want it: nothing went wrong.
	SaidNo bool `json:"-"`
}

// saidNo is the error of a person who did not agree.
type saidNo string

func (e saidNo) Error() string { return string(e) }

// Why is the cause, as the service put it.
type Why struct {
	Service   string `json:"service"`
	Code      string `json:"code"`
	RequestID string `json:"request_id"`
	Message   string `json:"message"`
}

// Error makes a failure an error again, for the front ends.
func (f Failure) Error() string { return f.Doing + ": " + f.Why.Message }

// Explain turns an error into the four parts. This is the one place where
// errors become advice.
func (k *Kit) Explain(step ID, err error) Failure {
	f := Failure{Doing: "running the step " + string(step), Log: k.Settings.LogPath, Exit: ExitFailed}
	var p Problem
	if errors.As(err, &p) {
		f.Doing, f.Next = p.Doing, p.Next
		if p.Exit != 0 {
			f.Exit = p.Exit
		}
	}
	f.Why = why(err)
	if p.Err != nil {
		f.Why = why(p.Err)
	}
	if errors.Is(err, context.Canceled) {
		f.Why.Message = "it was interrupted"
	}
	next, exit := k.advise(step, err, f.Why)
	if f.Next == "" {
		f.Next = next
	}
	if f.Next == "" {
		f.Next = "Try again; what is done already is kept: " + k.again(step)
	}
	if p.Exit == 0 && exit != 0 {
		f.Exit = exit
	}
	if f.Mender = p.Mender; f.Mender == "" {
		f.Mender = mender(err, f.Why)
	}
	if f.Mender == step {
		f.Mender = ""
	}
	var no saidNo
	f.SaidNo = errors.As(err, &no)
	f.Why.Message = text.Clean(k.Redactor.Redact(f.Why.Message))
	f.Next = text.Clean(k.Redactor.Redact(f.Next))
	return f
}

// again is the command that repeats what failed.
func (k *Kit) again(step ID) string {
	switch {
	case k.Names.Run == "" && step == Cleanup:
		return k.Settings.Program + " cleanup --all" + k.where()
	case k.Names.Run == "":
		return k.Settings.Program + " walk" + k.where()
	case step == Cleanup:
		return k.Command("cleanup")
	}
	return k.Command("walk")
}

// where are the flags that name the world of this command.
func (k *Kit) where() string {
	if k.Settings.World.Sandbox != nil || k.Record().World.Sandbox {
		return " --sandbox"
	}
	flags := k.profileFlag()
	if region := cmp.Or(k.Settings.World.Region, k.Record().World.Region); region != "" {
		flags += " --region " + region
	}
	return flags
}

func why(err error) Why {
	w := Why{Message: err.Error()}
	var op *smithy.OperationError
	if errors.As(err, &op) {
		w.Service = op.Service() + " " + op.Operation()
		w.Message = op.Unwrap().Error()
	}
	if noCredentials(err) { // the SDK tells where it has looked last
		w.Message = "no AWS credentials were found, neither in the environment nor in the AWS configuration files"
	}
	var resp *awshttp.ResponseError
	if errors.As(err, &resp) {
		w.RequestID = resp.ServiceRequestID()
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		w.Code, w.Message = api.ErrorCode(), api.ErrorMessage()
	}
	var gateway *mcp.Error
	if errors.As(err, &gateway) {
		w = Why{Service: "gateway", RequestID: gateway.RequestID, Message: gateway.Error()}
		if gateway.Code != 0 {
			w.Code = fmt.Sprint(gateway.Code)
		} else {
			w.Code = fmt.Sprint("HTTP ", gateway.Status)
		}
	}
	return w
}

// brief is an error in a few words.
func brief(err error) string {
	w := why(err)
	if w.Code != "" {
		return w.Code
	}
	return text.CleanLine(w.Message)
}

func hasCode(err error, codes ...string) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	for _, c := range codes {
		if api.ErrorCode() == c {
			return true
		}
	}
	return false
}

func says(err error, words string) bool {
	return err != nil && strings.Contains(strings.ToLower(err.Error()), strings.ToLower(words))
}

// noCredentials recognises the end of the SDK's chain of credentials.
func noCredentials(err error) bool { return says(err, "no EC2 IMDS role found") }

// isGone recognises "there is no such thing" of all services.
func isGone(err error) bool {
	return hasCode(err, "ResourceNotFoundException", "NoSuchEntity", "NoSuchEntityException", "ResourceNotFound", "NotFoundException")
}

// isTaken recognises "there is one of that name" of all services. Credential
// providers say it as a ValidationException.
func isTaken(err error) bool {
	return hasCode(err, "ConflictException", "EntityAlreadyExists", "EntityAlreadyExistsException") ||
		hasCode(err, "ValidationException", "InvalidParameterException") && (says(err, "already exists") || says(err, "already associated") || says(err, "already has a domain"))
}

var denied = regexp.MustCompile(`not authorized to perform:? ?(\S+?)(?: on resource: (\S+?))?(?:[\s,]|\.?$)`)

// advise maps what went wrong to what to do.
func (k *Kit) advise(step ID, err error, w Why) (next string, exit int) {
	retry := k.again(step)
	message := err.Error()
	var needs NeedsPerson
	var held *record.HeldError
	var newer *record.NewerError
	var corrupt *record.CorruptError
	var dns *net.DNSError
	var file *fs.PathError
	switch {
	case errors.As(err, &needs):
		return "Give the missing answers and start again: " + needs.hint(), ExitNeedsPerson
	case errors.As(err, &newer):
		return "Use the program of the version that wrote it, or a newer one. The record stays as it is.", ExitFailed
	case errors.As(err, &corrupt):
		return "The old file is kept as " + corrupt.Kept + ". What the run made still carries its tags, so this removes it: " + k.Settings.Program + " cleanup --all" + k.where() + "   A new run: " + k.Settings.Program + " walk --new" + k.where(), ExitFailed
	case errors.As(err, &held):
		return "Wait until it has ended, or stop it.", ExitFailed
	case errors.Is(err, context.Canceled):
		return "Go on where it stopped: " + retry, ExitInterrupted
	case errors.Is(err, ErrMFAOver), hasCode(err, "ExpiredToken", "ExpiredTokenException", "RequestExpired"):
		return "The credentials have expired. Renew them (" + k.signIn() + ") and go on: " + retry, ExitDenied
	case says(err, "reauthenticate"), says(err, "login session"), says(err, "login token"):
		return "Sign in again with: aws login" + k.profileFlag() + "\nThen go on: " + retry, ExitDenied
	case says(err, "SSO session"), says(err, "SSO token"):
		return "Sign in again with: aws sso login" + k.profileFlag() + "\nThen go on: " + retry, ExitDenied
	case noCredentials(err), says(err, "failed to refresh cached credentials"), says(err, "static credentials are empty"):
		return "No AWS credentials were found. Sign in (" + k.signIn() + "), set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or on an instance add --imds. Then: " + retry +
			". Without an account: " + k.Settings.Program + " --sandbox", ExitDenied
	case says(err, "failed to get shared config profile"):
		return "There is no such profile. List them with: aws configure list-profiles", ExitDenied
	case says(err, "AssumeRoleTokenProviderNotSet"), says(err, "AssumeRole with MFA"):
		return "This profile needs an MFA code, so it needs a person at a terminal.", ExitNeedsPerson
	case says(err, "RequestTimeTooSkewed"), says(err, "Signature expired"), says(err, "Signature not yet current"):
		return "This machine's clock is wrong. Set it, then: " + retry, ExitFailed
	case hasCode(err, "InvalidClientTokenId", "UnrecognizedClientException", "InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignature", "MissingAuthenticationToken"):
		return "AWS does not know these keys. Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the profile, then: " + retry, ExitDenied
	case says(err, "unauthorized_scope"), says(err, "invalid_scope"):
		return "The app may not ask for that yet. Request access to \"Sign In with LinkedIn using OpenID Connect\" in its Products tab, then get a fresh link: " + k.Command("run", "consent", "invoke"), ExitFailed
	case badClient(err):
		return vendor.Name + " does not take the client id or the secret that AgentCore holds. Give them again: " + k.Command("run", "linkedin") + "\nThen go on: " + retry, ExitFailed
	case says(err, "redirect_uri"):
		return "The callback URL is not in the app, or differs by a character. Register it exactly: " + k.Command("run", "register") + "\nThen go on: " + retry, ExitFailed
	case says(err, "Invalid or expired session"):
		return "The link was older than ten minutes, was used already, or the bearer was not the one that asked for it. Get a fresh link: " + k.Command("run", "consent", "invoke"), ExitFailed
	case denied.MatchString(message):
		return k.missingStatement(message, retry), ExitDenied
	case hasCode(err, "AccessDenied", "AccessDeniedException", "UnauthorizedException", "NotAuthorizedException", "UnauthorizedOperation"):
		return "These credentials may not do that. The policy that the walkthrough needs: " + k.Settings.Program + " policy", ExitDenied
	case hasCode(err, "LimitExceededException", "ServiceQuotaExceededException", "LimitExceeded", "ResourceLimitExceededException"):
		return "A quota of this account is used up. Clean up an older run (" + k.Settings.Program + " runs), or ask for a higher quota in Service Quotas, then: " + retry, ExitFailed
	case hasCode(err, "ThrottlingException", "TooManyRequestsException", "Throttling"):
		return "AWS asks for patience. Wait a minute, then: " + retry, ExitFailed
	case errors.As(err, &dns):
		return "The name " + dns.Name + " cannot be looked up. Check the network, the region and any proxy (HTTPS_PROXY, NO_PROXY), then: " + retry, ExitFailed
	case says(err, "x509:"), says(err, "certificate"):
		return "The TLS certificate is not trusted here. Behind a company proxy, set AWS_CA_BUNDLE to its certificate, then: " + retry, ExitFailed
	case refusedBearer(w):
		return "The gateway refused the bearer. Let the walkthrough mend the inbound half: " + retry, ExitFailed
	case errors.As(err, &file), says(err, "$HOME is not defined"):
		return "The state folder cannot be used. Make room in it and let it be written, or set AGENTCORE_3LO_HOME to a folder that can be, then: " + retry, ExitFailed
	case errors.Is(err, context.DeadlineExceeded), says(err, "took longer than"):
		return "It may still get there. Look again: " + k.Command("status") + "\nThen go on: " + retry, ExitFailed
	}
	return "", 0
}

// mender names the step at which the cause can be mended; "" = none is known.
func mender(err error, w Why) ID {
	switch {
	case errors.Is(err, context.Canceled):
		return ""
	case badClient(err), says(err, "unauthorized_scope"), says(err, "invalid_scope"):
		return LinkedIn
	case says(err, "redirect_uri"):
		return Register
	case says(err, "Invalid or expired session"):
		return Consent
	case refusedBearer(w):
		return Inbound
	}
	return ""
}

// badClient recognises a client id or secret that the vendor does not take.
func badClient(err error) bool {
	return says(err, "invalid_client") || says(err, "unauthorized_client") || says(err, "client_id is invalid")
}

func refusedBearer(w Why) bool {
	return w.Service == "gateway" && strings.Contains(w.Message, "401") || w.Code == "-32001"
}

func (e NeedsPerson) hint() string {
	var all []string
	for _, q := range e.Questions {
		all = append(all, q.Name+": "+q.Answers)
	}
	return strings.Join(all, "; ")
}

func (k *Kit) signIn() string {
	return "aws login, or aws sso login" + k.profileFlag()
}

func (k *Kit) profileFlag() string {
	profile := k.Settings.World.Profile
	k.read(func(r *record.Record) {
		if profile == "" {
			profile = r.World.Profile
		}
	})
	if profile == "" {
		return ""
	}
	return " --profile " + profile
}

// missingStatement prints the IAM statement that a denied call lacks, narrowed
// to the resource, ready to hand to an administrator.
func (k *Kit) missingStatement(message, retry string) string {
	found := denied.FindStringSubmatch(message)
	action, resource := strings.TrimRight(found[1], ".,"), strings.TrimRight(found[2], ".,")
	if resource == "" {
		resource = "*"
	}
	statement := fmt.Sprintf("{\n  \"Effect\": \"Allow\",\n  \"Action\": %q,\n  \"Resource\": %q", action, resource)
	if strings.EqualFold(action, "iam:PassRole") {
		statement += ",\n  \"Condition\": {\"StringEquals\": {\"iam:PassedToService\": \"bedrock-agentcore.amazonaws.com\"}}"
	}
	statement += "\n}"
	who := "these credentials"
	if w := k.world; w != nil && w.CallerARN != "" {
		who = w.CallerARN
		if strings.Contains(message, "assumed-role/"+k.Names.Role()) {
			who = "the gateway's role " + k.Names.Role()
		}
	}
	return "Ask an administrator to allow " + who + ":\n" + statement + "\nThe whole policy: " + k.Settings.Program + " policy\nThen go on: " + retry
}
