package steps

import (
	"agentcore-3lo/internal/vendors"
	"agentcore-3lo/internal/vendors/linkedin"
)

// vendor is the one whose API the target calls.
var vendor = linkedin.Vendor()

// Vendor returns the identity provider whose API the target calls.
func Vendor() vendors.Vendor { return vendor }
