package steps

import "agentcore-3lo/internal/vendors/linkedin"

// vendor is the one whose API the target calls.
var vendor = linkedin.Vendor()
