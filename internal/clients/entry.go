package clients

import (
	"fmt"
	"maps"
	"slices"
)

func (s Server) direct() bool { return s.URL != "" }

// authorization returns the header with the access token. reference is how the
// client refers to an environment variable.
func (s Server) authorization(reference string) string {
	return "Authorization: " + s.bearer(reference)
}

func (s Server) bearer(reference string) string { return "Bearer " + fmt.Sprintf(reference, s.Token) }

// variables returns the environment as repeated flags.
func (s Server) variables(flag string) []string {
	var args []string
	for _, name := range slices.Sorted(maps.Keys(s.Env)) {
		args = append(args, flag, name+"="+s.Env[name])
	}
	return args
}

// launch returns the command line after a separator.
func (s Server) launch(separator string) []string {
	return append([]string{separator, s.Command}, s.Args...)
}

// jsonEntry is an entry in all its forms, in the order in which people read it.
type jsonEntry struct {
	Type    string            `json:"type,omitempty"`
	Command string            `json:"command,omitempty"`
	Args    []string          `json:"args,omitempty"`
	Env     map[string]string `json:"env,omitempty"`
	URL     string            `json:"url,omitempty"`
	HTTPURL string            `json:"httpUrl,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Tools   []string          `json:"tools,omitempty"`
}

func (s Server) json(reference string) jsonEntry {
	if s.direct() {
		return jsonEntry{URL: s.URL, Headers: map[string]string{"Authorization": s.bearer(reference)}}
	}
	return jsonEntry{Command: s.Command, Args: s.Args, Env: s.Env}
}

// untypedEntry tells a program from a gateway by its fields.
func untypedEntry(reference string) func(Server) any {
	return func(s Server) any { return s.json(reference) }
}

// typedEntry names the transport; local is the name for a program.
func typedEntry(local, reference string) func(Server) any {
	return func(s Server) any {
		e := s.json(reference)
		e.Type = local
		if s.direct() {
			e.Type = "http"
		}
		return e
	}
}

// copilotEntry selects all tools, which Copilot CLI requires.
func copilotEntry(s Server) any {
	e := typedEntry("local", "${%s}")(s).(jsonEntry)
	e.Tools = []string{"*"}
	return e
}

// geminiEntry has its own name for the URL of a streamable HTTP server; url would
// mean the older transport.
func geminiEntry(s Server) any {
	e := s.json("${%s}")
	e.URL, e.HTTPURL = "", e.URL
	return e
}

// remoteEntry goes through mcp-remote, which replaces the variable itself.
func remoteEntry(s Server) any {
	if !s.direct() {
		return s.json("")
	}
	return jsonEntry{Command: "npx", Args: []string{"-y", "mcp-remote", s.URL, "--header", s.authorization("${%s}")}}
}

// tomlEntry is an entry of Codex.
type tomlEntry struct {
	Command string            `toml:"command,omitempty"`
	Args    []string          `toml:"args,omitempty"`
	Env     map[string]string `toml:"env,inline,omitempty"`
	URL     string            `toml:"url,omitempty"`
	Token   string            `toml:"bearer_token_env_var,omitempty"`
}

func tableEntry(s Server) any {
	if s.direct() {
		return tomlEntry{URL: s.URL, Token: s.Token}
	}
	return tomlEntry{Command: s.Command, Args: s.Args, Env: s.Env}
}
