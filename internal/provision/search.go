package provision

import (
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
)

// withoutSearch are the regions with gateways, but without semantic search
// (AgentCore developer guide, "Supported AWS Regions"). A gateway has it from
// its creation on, or never.
var withoutSearch = strings.Fields("us-west-1 ap-southeast-5 ap-southeast-7 us-gov-west-1")

// searchIn is the search type of a new gateway; "" where the region has none.
func searchIn(region string) types.SearchType {
	if slices.Contains(withoutSearch, region) {
		return ""
	}
	return types.SearchTypeSemantic
}

// searchRefused recognises a refusal of semantic search in a region whose lack
// of it is not known here. How the service words that is not known either: a
// ValidationException names the field in its list (AgentCore service model), or
// the message does.
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
