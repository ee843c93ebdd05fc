package ui

import (
	"strings"

	"agentcore-3lo/steps"
)

// Takes is how long a plan takes, in a few words.
func Takes(p steps.Plan) string {
	if p.Sandbox {
		return "2 minutes with your part"
	}
	return "5 to 15 minutes with you"
}

// Costs is what a plan costs, in a few words.
func Costs(p steps.Plan) string {
	if p.Sandbox {
		return "nothing"
	}
	return "cents while kept"
}

// Sentence is a text with a capital and a full stop.
func Sentence(said string) string {
	if said == "" {
		return ""
	}
	said = strings.ToUpper(said[:1]) + said[1:]
	if strings.HasSuffix(said, ".") || strings.HasSuffix(said, "?") || strings.HasSuffix(said, ".)") {
		return said
	}
	return said + "."
}
