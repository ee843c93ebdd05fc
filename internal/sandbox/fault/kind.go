package fault

// Kind is a way in which a call of a service fails.
type Kind string

const (
	// Throttled responds with the service's throttling error.
	Throttled Kind = "throttled"
	// Internal responds with HTTP 500.
	Internal Kind = "internal-error"
	// CutBefore closes the connection before the operation.
	CutBefore Kind = "cut-before"
	// CutAfter executes the operation and closes the connection without a response.
	CutAfter Kind = "cut-after"
	// Slow delays the call by Fault.Delay.
	Slow Kind = "slow"
	// Denied responds as IAM does if no policy allows the action.
	Denied Kind = "denied"
	// Expired rejects the credentials as expired.
	Expired Kind = "expired"
	// BearerRefused is a gateway that rejects the access token.
	BearerRefused Kind = "bearer-refused"
	// HTML responds with 200 and a page, as a captive portal does.
	HTML Kind = "html"
	// HTMLError responds with 502 and a page, as a proxy does.
	HTMLError Kind = "html-error"
	// WrongID changes the identifiers in the response.
	WrongID Kind = "wrong-id"
	// Truncated sends half of the response.
	Truncated Kind = "truncated"
	// Empty is a successful response without a body.
	Empty Kind = "empty"
	// EmptyObject is a successful response with the body {}.
	EmptyObject Kind = "empty-object"
	// SSE is a gateway that responds with an event stream.
	SSE Kind = "sse"
	// FailedState reports the resource in a failed state.
	FailedState Kind = "failed-state"
	// RoleNotAssumable is a role that has not propagated through AWS yet.
	RoleNotAssumable Kind = "role-not-assumable"
	// NotThere is a user pool's domain or discovery document that is not reachable
	// yet.
	NotThere Kind = "not-there"
	// InUse rejects a deletion because another resource depends on this one.
	InUse Kind = "in-use"
	// AlreadyExists executes the operation twice and returns the second response,
	// as for a retry after a lost response.
	AlreadyExists Kind = "already-exists"
	// SecretDeleting rejects a provider because its previous secret is still being
	// deleted.
	SecretDeleting Kind = "secret-deleting"
	// StillChanging rejects the call because the gateway is being created or
	// updated.
	StillChanging Kind = "still-changing"
	// DeniedBySCP is a denial by a service control policy of the organization.
	DeniedBySCP Kind = "denied-by-scp"
	// DeniedByBoundary is a denial by the caller's permissions boundary.
	DeniedByBoundary Kind = "denied-by-boundary"
	// DeniedBySession is a denial by the session policy of the credentials.
	DeniedBySession Kind = "denied-by-session"
	// DeniedByEndpoint is a denial by the policy of a VPC endpoint.
	DeniedByEndpoint Kind = "denied-by-endpoint"
	// RegionOff is a region that is not enabled for the account.
	RegionOff Kind = "region-off"
	// NotSubscribed is an account that is not activated or is suspended.
	NotSubscribed Kind = "not-subscribed"
	// BlockedPage responds with 403 and a page, as a filtering proxy does.
	BlockedPage Kind = "blocked-page"
	// Silent neither executes the operation nor responds.
	Silent Kind = "silent"
	// Stalled executes the operation and stops in the middle of the response.
	Stalled Kind = "stalled"
	// DomainTaken is a domain prefix of another account's user pool.
	DomainTaken Kind = "domain-taken"
	// NoSearch is a region without semantic search for gateways.
	NoSearch Kind = "no-search"
	// UnknownClient is a token endpoint that does not know the client yet.
	UnknownClient Kind = "unknown-client"
	// UnknownTool is a gateway that does not know the tool yet.
	UnknownTool Kind = "unknown-tool"
	// RPCInternal is a gateway that responds with JSON-RPC's internal error.
	RPCInternal Kind = "rpc-internal"
	// Opaque is a tool result without a reason, as without exceptionLevel DEBUG.
	Opaque Kind = "opaque-error"
	// ReturnURL is a tool result that asks for a registered return URL.
	ReturnURL Kind = "return-url-unregistered"
	// VaultLag asks for consent again, as a vault that is not up to date does.
	VaultLag Kind = "vault-lag"
	// VendorToken is the vendor's API rejecting the user's token.
	VendorToken Kind = "vendor-token-refused"
	// VendorForbidden is the vendor's API requiring a product or permission.
	VendorForbidden Kind = "vendor-forbidden"
	// VendorThrottled is the vendor's API throttling requests.
	VendorThrottled Kind = "vendor-throttled"
	// VendorDown is the vendor's API responding with 503.
	VendorDown Kind = "vendor-down"
	// VendorBody is an error of the vendor's API that is not marked as an error.
	VendorBody Kind = "vendor-error-body"
)
