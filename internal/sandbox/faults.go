package sandbox

import "agentcore-3lo/internal/sandbox/fault"

// Fault describes how an operation fails.
type Fault = fault.Fault

// FaultKind is a way in which an operation fails.
type FaultKind = fault.Kind

// The kinds of fault.
const (
	FaultThrottled        = fault.Throttled
	FaultInternal         = fault.Internal
	FaultCutBefore        = fault.CutBefore
	FaultCutAfter         = fault.CutAfter
	FaultSlow             = fault.Slow
	FaultDenied           = fault.Denied
	FaultExpired          = fault.Expired
	FaultBearerRefused    = fault.BearerRefused
	FaultHTML             = fault.HTML
	FaultHTMLError        = fault.HTMLError
	FaultWrongID          = fault.WrongID
	FaultTruncated        = fault.Truncated
	FaultEmpty            = fault.Empty
	FaultEmptyObject      = fault.EmptyObject
	FaultSSE              = fault.SSE
	FaultFailedState      = fault.FailedState
	FaultRoleNotAssumable = fault.RoleNotAssumable
	FaultNotThere         = fault.NotThere
	FaultInUse            = fault.InUse
	FaultAlreadyExists    = fault.AlreadyExists
	FaultSecretDeleting   = fault.SecretDeleting
	FaultStillChanging    = fault.StillChanging
	FaultDeniedBySCP      = fault.DeniedBySCP
	FaultDeniedByBoundary = fault.DeniedByBoundary
	FaultDeniedBySession  = fault.DeniedBySession
	FaultDeniedByEndpoint = fault.DeniedByEndpoint
	FaultRegionOff        = fault.RegionOff
	FaultNotSubscribed    = fault.NotSubscribed
	FaultBlockedPage      = fault.BlockedPage
	FaultSilent           = fault.Silent
	FaultStalled          = fault.Stalled
	FaultDomainTaken      = fault.DomainTaken
	FaultNoSearch         = fault.NoSearch
	FaultUnknownClient    = fault.UnknownClient
	FaultUnknownTool      = fault.UnknownTool
	FaultRPCInternal      = fault.RPCInternal
	FaultOpaque           = fault.Opaque
	FaultReturnURL        = fault.ReturnURL
	FaultVaultLag         = fault.VaultLag
	FaultVendorToken      = fault.VendorToken
	FaultVendorForbidden  = fault.VendorForbidden
	FaultVendorThrottled  = fault.VendorThrottled
	FaultVendorDown       = fault.VendorDown
	FaultVendorBody       = fault.VendorBody
)

// FaultKinds lists all kinds.
func FaultKinds() []FaultKind { return fault.Kinds() }

// FaultOperations lists the operations for which a kind of fault is possible.
func FaultOperations(kind FaultKind) []string { return kind.Applicable(operations()) }

// ParseFault parses "KIND@OPERATION", for every call, or "KIND@OPERATION#N", for
// the N-th call only. Errors list the possible values.
func ParseFault(text string) (Fault, error) { return fault.Parse(text, operations()) }
