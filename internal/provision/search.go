package provision

import (
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
)

// withoutSearch are the regions with gateways but without semantic search (AgentCore
// developer guide, "Supported AWS Regions"). It can be enabled only when a gateway is
// created.
var withoutSearch = strings.Fields("us-west-1 ap-southeast-5 ap-southeast-7 us-gov-west-1")

// searchIn is the search type of a new gateway; "" = the region has none.
func searchIn(region string) types.SearchType {
	if slices.Contains(withoutSearch, region) {
		return ""
	}
	return types.SearchTypeSemantic
}

// searchRefused recognizes a refusal of semantic search in a region that is not in
// withoutSearch. The wording is not documented, so it looks for the field in the list of
// a ValidationException (AgentCore service model), or in the message.
func searchRefused(err error) bool {
	var invalid *types.ValidationException
	if !errors.As(err, &invalid) {
		return false
	}
	names := func(text string) bool {
		text = strings.ToLower(text)
		return strings.Contains(text, "searchtype") || strings.Contains(text, "semantic")
	}
	return names(invalid.ErrorMessage()) || slices.ContainsFunc(invalid.FieldList, func(f types.ValidationExceptionField) bool { return names(aws.ToString(f.Name)) })
}
