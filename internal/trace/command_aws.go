package trace

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"agentcore-3lo/internal/pattern"
	"agentcore-3lo/internal/wire"
)

// cliNames are the names of the services in the AWS CLI.
var cliNames = map[string]string{"STS": "sts", "IAM": "iam", "Cognito Identity Provider": "cognito-idp",
	"Bedrock AgentCore Control": "bedrock-agentcore-control", "Bedrock AgentCore": "bedrock-agentcore"}

// aws is a call of an AWS API as a command of the AWS CLI.
func (v variables) aws(x *Exchange) (string, bool) {
	service, u := cliNames[x.Service], address(x.Request.URL)
	if service == "" || u == nil {
		return "", false
	}
	parameters, ok := parametersOf(x, u)
	if !ok {
		return "", false
	}
	command := "aws " + service + " " + dashed(x.Operation)
	if loopback(u.Hostname()) { // the sandbox knows no secret keys, and takes any
		command = "AWS_ACCESS_KEY_ID=sandbox AWS_SECRET_ACCESS_KEY=sandbox " + command
	}
	parts := []string{command}
	for _, p := range parameters {
		flag, ok := v.flag(x, p)
		if !ok {
			return "", false
		}
		parts = append(parts, flag)
	}
	return lines(append(parts, location(u)...)...), true
}

// parameter is one input of an operation, as JSON.
type parameter struct {
	name  string
	value json.RawMessage
}

// flag is a parameter as a flag of the AWS CLI: text and numbers as they are, a boolean
// as a switch, anything else as JSON.
func (v variables) flag(x *Exchange, p parameter) (string, bool) {
	name := "--" + dashed(p.name)
	if !printable(name) {
		return "", false
	}
	var text string
	switch {
	case string(p.value) == "true":
		return name, true
	case string(p.value) == "false":
		return "--no-" + dashed(p.name), true
	case json.Unmarshal(p.value, &text) != nil:
		word, ok := v.json(x, p.value)
		return name + " " + word, ok
	case text == wire.Redacted:
		return name + ` "` + v.of(p.name, x) + `"`, true
	case sessionLabel.FindString(text) == text && text != "":
		return name + ` "` + v.of("session_id", x) + `"`, true
	}
	return name + " " + posix.Quote(text), printable(text) && !strings.Contains(text, wire.Redacted)
}

// parametersOf reads the input of an operation from its request: path, query and body.
func parametersOf(x *Exchange, u *url.URL) (all []parameter, ok bool) {
	add := func(name string, value any) {
		raw, err := json.Marshal(value)
		if err == nil {
			all = append(all, parameter{name, raw})
		}
	}
	segments := strings.Split(strings.Trim(u.EscapedPath(), "/"), "/")
	for i := 0; i+1 < len(segments); i++ {
		if name := pathParameters[segments[i]]; name != "" {
			value, err := url.PathUnescape(segments[i+1])
			if err != nil {
				return nil, false
			}
			add(name, value)
		}
	}
	query := u.Query()
	for _, name := range sorted(query) {
		if values := query[name]; len(values) == 1 && !slices.Contains(listParameters, name) {
			add(name, values[0])
		} else {
			add(name, values)
		}
	}
	if strings.HasPrefix(x.Request.Body, "Action=") {
		form, ok := formParameters(x.Request.Body)
		return append(all, form...), ok
	}
	if x.Request.Body == "" {
		return all, true
	}
	body, ok := members(x.Request.Body)
	return append(all, body...), ok
}

// pathParameters are the names of what follows a segment of AgentCore's paths, and
// listParameters those of a query that are lists.
var (
	pathParameters = map[string]string{"gateways": "gatewayIdentifier", "targets": "targetId", "tags": "resourceArn"}
	listParameters = []string{"tagKeys"}
)

// members are the members of a JSON object, in their order.
func members(raw string) (all []parameter, ok bool) {
	dec := json.NewDecoder(strings.NewReader(raw))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, false
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, false
		}
		name, _ := key.(string) // a key is always one
		var value json.RawMessage
		if dec.Decode(&value) != nil {
			return nil, false
		}
		all = append(all, parameter{name, value})
	}
	_, err := dec.Token()
	return all, err == nil
}

// formParameters reads the input of IAM and STS, whose lists are flattened:
// Tags.member.1.Key.
func formParameters(form string) (all []parameter, ok bool) {
	values, err := url.ParseQuery(form)
	if err != nil {
		return nil, false
	}
	values.Del("Action")
	values.Del("Version")
	var names []string
	for _, key := range sorted(values) {
		name, _, _ := strings.Cut(key, ".")
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		raw, err := json.Marshal(unflatten(values, name))
		if err != nil {
			return nil, false
		}
		all = append(all, parameter{name, raw})
	}
	return all, true
}

// unflatten is the value under a prefix: a text, a list, or a structure.
func unflatten(values url.Values, prefix string) any {
	if text, leaf := values[prefix]; leaf {
		return text[0]
	}
	var list []any
	for n := 1; ; n++ {
		item := prefix + ".member." + strconv.Itoa(n)
		if !slices.ContainsFunc(sorted(values), func(key string) bool { return key == item || strings.HasPrefix(key, item+".") }) {
			break
		}
		list = append(list, unflatten(values, item))
	}
	if list != nil {
		return list
	}
	structure := map[string]any{}
	for key := range values {
		if rest, ok := strings.CutPrefix(key, prefix+"."); ok {
			name, _, _ := strings.Cut(rest, ".")
			structure[name] = unflatten(values, prefix+"."+name)
		}
	}
	return structure
}

func sorted(values url.Values) []string {
	keys := make([]string, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// awsHost is a host of an AWS API, with its region if it has one.
var awsHost = pattern.New(`^[a-z-]+(?:\.([a-z]{2}(?:-[a-z]+)+-\d))?\.amazonaws\.com(?:\.cn)?$`)

// location says where the API is: its region, or a custom endpoint.
func location(u *url.URL) []string {
	endpoint := []string{"--endpoint-url " + posix.Quote(u.Scheme+"://"+u.Host)}
	switch m := awsHost.FindStringSubmatch(u.Host); {
	case m != nil && m[1] != "":
		return []string{"--region " + m[1]}
	case m != nil:
		return nil
	case loopback(u.Hostname()):
		return append(endpoint, "--region us-east-1")
	default:
		return endpoint
	}
}

func loopback(host string) bool { return host == "127.0.0.1" || host == "localhost" || host == "::1" }

func address(raw string) *url.URL {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || !printable(raw) {
		return nil
	}
	return u
}

// The three rules by which botocore makes a name of the command line
// (botocore.xform_name). "OAuth2" and the like come out as they do there.
var (
	acronyms    = pattern.New(`[A-Z]{2,}s$`)
	capitalized = pattern.New(`(.)([A-Z][a-z]+)`)
	inside      = pattern.New(`([a-z0-9])([A-Z])`)
)

// dashed is the name of an operation or a parameter in the AWS CLI.
func dashed(name string) string {
	if plural := acronyms.FindString(name); plural != "" {
		name = strings.TrimSuffix(name, plural) + "-" + strings.ToLower(plural)
	}
	name = capitalized.ReplaceAllString(name, "${1}-${2}")
	return strings.ToLower(inside.ReplaceAllString(name, "${1}-${2}"))
}
