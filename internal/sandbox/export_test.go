package sandbox

import (
	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/site"
)

// RoutePatterns returns the patterns of the routes that are neither AWS operations nor
// gateways.
func RoutePatterns() []string {
	var all []string
	for _, route := range newBackend(aws.Environment{}, &site.Pages{}, "").routes() {
		all = append(all, route.Pattern)
	}
	return all
}
