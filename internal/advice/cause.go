package advice

// Cause is one kind of failure. The causes of failed sign-ins are those of package
// aws, with the same names.
type Cause string

// On this machine.
const (
	RecordTooNew        Cause = "record of a newer version"
	RecordDamaged       Cause = "damaged record"
	RunInOtherCase      Cause = "run has this name in other letters"
	RunNameUnusable     Cause = "name no file can have"
	EndpointUnencrypted Cause = "endpoint without encryption"
	StateUnusable       Cause = "state kept from this program"
	RunInUse            Cause = "run in use"
	Interrupted         Cause = "interrupted"
	StateFolder         Cause = "state folder unusable"
	StillUnderWay       Cause = "still under way"
	ConfigurationFile   Cause = "AWS configuration file"
	Setting             Cause = "AWS setting"
	CABundle            Cause = "CA bundle"
)

// On the way to a service.
const (
	ProxyUnreachable      Cause = "proxy unreachable"
	ProxyPassword         Cause = "proxy wants a password"
	ProxyRefuses          Cause = "proxy refuses the host"
	ProxyFails            Cause = "proxy fails"
	GatewayErrorOnTheWay  Cause = "gateway error on the way" // HTTP 502, 503 or 504 of something between
	WebPage               Cause = "web page instead of an answer"
	NameNotFound          Cause = "name not found"
	CertificateNotTrusted Cause = "certificate not trusted"
	NoAnswer              Cause = "no answer in time"
	ConnectionFailed      Cause = "connection failed"
)

// In the AWS account.
const (
	RegionNotEnabled        Cause = "region not enabled"
	ServiceNotInRegion      Cause = "service not in this region"
	AccountNotActive        Cause = "account not active"
	AppClientRefused        Cause = "app client refused by Cognito"
	TokenEndpointFailing    Cause = "token endpoint failing"
	MFASessionEnded         Cause = "MFA session ended"
	CredentialsExpired      Cause = "credentials expired"
	RefusedForItsDate       Cause = "request refused for its date"
	KeysRefused             Cause = "keys refused"
	DeniedByOrganization    Cause = "denied by an organization's policy"
	DeniedBySession         Cause = "denied by a session policy"
	DeniedByBoundary        Cause = "denied by a permissions boundary"
	DeniedByVPCEndpoint     Cause = "denied by a VPC endpoint policy"
	DeniedByTrustPolicy     Cause = "denied by a trust policy"
	ExplicitDeny            Cause = "explicit deny"
	ActionNotAllowed        Cause = "action not allowed"
	AccessDenied            Cause = "access denied"
	QuotaReached            Cause = "quota reached"
	Throttled               Cause = "throttled"
	StillCreatingOrUpdating Cause = "still being created or updated"
)

// At the gateway, and at AgentCore Identity behind it.
const (
	SessionOver            Cause = "session over"
	NoTokenInVault         Cause = "no token in the vault"
	ProtocolNotOffered     Cause = "protocol version not offered"
	ReturnURLNotRegistered Cause = "return URL not registered"
	GatewayRoleDenied      Cause = "gateway role denied"
	InternalError          Cause = "internal error" // the gateway tells no reason
	AccessTokenRefused     Cause = "access token refused"
	UnknownTool            Cause = "unknown tool"
	GatewayThrottled       Cause = "gateway throttled"
	GatewayNotFound        Cause = "gateway not found"
	GatewayUnavailable     Cause = "gateway unavailable"
	GatewayConnectionLost  Cause = "connection to the gateway lost"
	NotTheGateway          Cause = "not the gateway's answer"
)

// At the identity provider: its consent page, token endpoint and API.
const (
	ConsentRefused        Cause = "consent refused"
	ScopeNotGranted       Cause = "scope not granted to the app"
	ConsentUnavailable    Cause = "vendor unavailable in the browser"
	ClientRefused         Cause = "client refused by the vendor"
	CodeRefused           Cause = "authorization code refused"
	CallbackNotRegistered Cause = "callback URL not registered"
	ConsentOtherError     Cause = "consent page's other error"
	StoredTokenRefused    Cause = "stored token refused by the vendor"
	PermissionMissing     Cause = "product or permission missing"
	DailyLimit            Cause = "vendor's daily limit"
	VendorThrottling      Cause = "vendor throttling"
	VendorUnavailable     Cause = "vendor unavailable"
	VendorNoAnswer        Cause = "vendor without an answer"
	EmptyResult           Cause = "empty result"
	VendorOtherRefusal    Cause = "vendor's other refusal"
)
