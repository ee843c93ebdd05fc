// Package clients describes MCP clients: where each keeps its configuration, what an
// entry for a run looks like there, and how to add and remove one without touching
// anything else in the file.
package clients

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
)

// Server is what an entry makes a client use: a program that it starts, or, if URL
// is set, a gateway that it calls directly.
type Server struct {
	Name    string // of the entry
	Command string // absolute path
	Args    []string
	Env     map[string]string

	URL   string
	Token string // the environment variable with the access token; never the token
}

// EntryName returns the name of a run's entry. Clients put it before the names of
// tools and limit the result, Cursor to 60 characters, so it is short.
func EntryName(run string) string { return "3lo-" + run }

// Client is an MCP client.
type Client struct {
	ID, Title string
	// Consent says what the client does with the link of a tool call that needs
	// consent, if it uses the gateway directly.
	Consent string
	Then    string // what makes the client read its configuration
	Check   string // the command that shows whether it has the entry; "" = none
	// ThenDirect says what else it takes to use the gateway directly.
	ThenDirect string
	Writes     bool // Put and Drop may be applied to its file

	format   format
	parent   string // the object or table of all entries
	file     func(Machine) string
	traces   func(Machine) []string // files and folders that show that it is installed
	programs []string               // commands that show it
	entry    func(Server) any
	add      func(Server) []string // the command that adds the entry, where there is one
	remove   func(Server) []string
}

// format is how a configuration is written.
type format string

const (
	formatJSON format = "JSON" // comments and trailing commas are kept
	formatTOML format = "TOML"
)

// Find returns the client with an ID.
func Find(id string) (Client, bool) {
	i := slices.IndexFunc(All(), func(c Client) bool { return c.ID == id })
	if i < 0 {
		return Client{}, false
	}
	return All()[i], true
}

// Machine is what the place of a configuration depends on.
type Machine struct {
	OS   string // as runtime.GOOS
	Home string
	Env  func(string) string
	Look func(program string) (string, error) // as exec.LookPath
}

// ThisMachine describes the machine and the user that this program runs on and for.
// With an error, which means that there is no home folder, clients are found by their
// commands alone.
func ThisMachine(env func(string) string) (Machine, error) {
	home, err := os.UserHomeDir()
	return Machine{OS: runtime.GOOS, Home: home, Env: env, Look: exec.LookPath}, err
}

// in returns a path below the home folder.
func (m Machine) in(path ...string) string {
	return filepath.Join(append([]string{m.Home}, path...)...)
}

// folder returns a folder that a variable may name, else one below the home folder.
func (m Machine) folder(variable string, path ...string) string {
	if v := m.Env(variable); v != "" {
		return v
	}
	return m.in(path...)
}

// settings returns the folder in which desktop programs keep their settings.
func (m Machine) settings() string {
	switch m.OS {
	case "darwin":
		return m.in("Library", "Application Support")
	case "windows":
		return m.folder("APPDATA", "AppData", "Roaming")
	}
	return m.folder("XDG_CONFIG_HOME", ".config")
}

// File returns the path of the user's configuration; "" if entries are added by a
// command alone, or if there is no home folder.
func (c Client) File(m Machine) string {
	if c.format == "" || m.Home == "" {
		return ""
	}
	return c.file(m)
}

// Found reports whether the client seems to be installed.
func (c Client) Found(m Machine) bool {
	for _, p := range c.programs {
		if _, err := m.Look(p); err == nil {
			return true
		}
	}
	for _, path := range c.traces(m) {
		if m.Home == "" {
			break
		}
		if _, err := os.Stat(path); err == nil {
			return true
		}
	}
	return false
}

// AddCommand returns the command that adds the entry; nil if the file is edited.
func (c Client) AddCommand(s Server) []string {
	if c.add == nil {
		return nil
	}
	return c.add(s)
}

// RemoveCommand returns the command that removes the entry; nil if there is none.
func (c Client) RemoveCommand(s Server) []string {
	if c.remove == nil {
		return nil
	}
	return c.remove(s)
}
