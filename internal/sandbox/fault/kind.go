package fault

// Kind is one way in which an exchange with the services goes wrong.
type Kind string

const (
	// Throttled refuses for the rate of calls, in the service's own code.
	Throttled Kind = "throttled"
	// Internal answers HTTP 500.
	Internal Kind = "internal-error"
	// CutBefore closes the connection before the work is done.
	CutBefore Kind = "cut-before"
	// CutAfter does the work and closes the connection: the answer is lost.
	CutAfter Kind = "cut-after"
	// Slow makes the call wait first, for Fault.Delay.
	Slow Kind = "slow"
	// Denied refuses as IAM does whose policies do not allow the action.
	Denied Kind = "denied"
	// Expired refuses credentials that have expired.
	Expired Kind = "expired"
	// BearerRefused is a gateway that does not take the bearer.
	BearerRefused Kind = "bearer-refused"
	// HTML answers 200 with a page, as a captive portal does.
	HTML Kind = "html"
	// HTMLError answers 502 with a page, as a proxy does.
	HTMLError Kind = "html-error"
	// WrongID alters the identifiers in the answer.
	WrongID Kind = "wrong-id"
	// Truncated cuts the answer in half.
	Truncated Kind = "truncated"
	// Empty is a success without a body.
	Empty Kind = "empty"
	// EmptyObject is a success whose body is {}.
	EmptyObject Kind = "empty-object"
	// SSE is a gateway that answers with an event stream.
	SSE Kind = "sse"
	// FailedState shows a resource that is being waited for as failed.
	FailedState Kind = "failed-state"
	// RoleNotAssumable is a role that has not reached every part of AWS yet.
	RoleNotAssumable Kind = "role-not-assumable"
	// NotThere is a user pool's domain, or its discovery document, that
	// cannot be reached yet.
	NotThere Kind = "not-there"
	// InUse refuses a deletion for what still depends on the resource.
	InUse Kind = "in-use"
	// AlreadyExists does the work and then answers the same request once
	// more, as when a repeat follows an answer that was lost.
	AlreadyExists Kind = "already-exists"
	// SecretDeleting refuses a provider whose old secret is still being deleted.
	SecretDeleting Kind = "secret-deleting"
	// StillChanging refuses because the gateway is being created or updated.
	StillChanging Kind = "still-changing"
	// DeniedBySCP refuses by a service control policy of the organization.
	DeniedBySCP Kind = "denied-by-scp"
	// DeniedByBoundary refuses by the caller's permissions boundary.
	DeniedByBoundary Kind = "denied-by-boundary"
	// DeniedBySession refuses by the session policy of the credentials.
	DeniedBySession Kind = "denied-by-session"
	// DeniedByEndpoint refuses by the policy of a VPC endpoint.
	DeniedByEndpoint Kind = "denied-by-endpoint"
	// RegionOff is a region that is not enabled for the account.
	RegionOff Kind = "region-off"
	// NotSubscribed is an account that is not active yet, or no longer.
	NotSubscribed Kind = "not-subscribed"
	// BlockedPage answers 403 with a page, as a filtering proxy does.
	BlockedPage Kind = "blocked-page"
	// Silent does nothing and never answers.
	Silent Kind = "silent"
	// Stalled does the work and stops in the middle of the answer.
	Stalled Kind = "stalled"
	// DomainTaken is a domain prefix that another account's user pool has.
	DomainTaken Kind = "domain-taken"
	// NoSearch is a region whose gateways have no semantic search.
	NoSearch Kind = "no-search"
	// UnknownClient is a token endpoint that does not know a client yet.
	UnknownClient Kind = "unknown-client"
	// UnknownTool is a gateway that does not know the tool yet.
	UnknownTool Kind = "unknown-tool"
	// RPCInternal is a gateway that answers JSON-RPC's internal error.
	RPCInternal Kind = "rpc-internal"
	// Opaque is a tool result that hides its reason, as without exceptionLevel DEBUG.
	Opaque Kind = "opaque-error"
	// ReturnURL is a tool result that asks for a registered return URL.
	ReturnURL Kind = "return-url-unregistered"
	// VaultLag asks for consent once more, as a vault that is not up to date.
	VaultLag Kind = "vault-lag"
	// VendorToken is the vendor's API that refuses the user's token.
	VendorToken Kind = "vendor-token-refused"
	// VendorForbidden is the vendor's API that misses a product or permission.
	VendorForbidden Kind = "vendor-forbidden"
	// VendorThrottled is the vendor's API that asks for a pause.
	VendorThrottled Kind = "vendor-throttled"
	// VendorDown is the vendor's API that answers 503.
	VendorDown Kind = "vendor-down"
	// VendorBody is an error of the vendor's API that is not marked as one.
	VendorBody Kind = "vendor-error-body"
)
