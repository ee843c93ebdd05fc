package aws

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/config"
)

// section is one section of the configuration files: its settings by lower-case
// name, including settings nested below one without a value.
type section struct {
	values map[string]string
	nested map[string]map[string]string
	file   string // of its first occurrence

	credentials bool // its access key is from the credentials file
}

// files are the two configuration files, read once.
type files struct {
	profiles map[string]section
	sessions map[string]section // sso-session
	services map[string]section
	others   map[string]bool // sections of the configuration file that lack the word "profile"
	paths    []string
}

// readFiles reads the configuration and the credentials file as the AWS SDKs
// and Tools reference describes them. A line or a file that cannot be
// read, which the SDK for Go silently skips, is an error here, as in the AWS CLI:
// skipping it could select another identity.
func readFiles(env func(string) string) (*files, error) {
	f := &files{profiles: map[string]section{}, sessions: map[string]section{}, services: map[string]section{}, others: map[string]bool{}}
	for _, source := range []struct {
		variable, standard string
		credentials        bool
	}{
		{"AWS_CONFIG_FILE", config.DefaultSharedConfigFilename(), false},
		{"AWS_SHARED_CREDENTIALS_FILE", config.DefaultSharedCredentialsFilename(), true},
	} {
		path := env(source.variable)
		if path == "" {
			path = source.standard
		}
		path = underHome(path)
		f.paths = append(f.paths, path)
		sections, err := readFile(path)
		if err != nil {
			return nil, err
		}
		for _, name := range slices.Sorted(maps.Keys(sections)) { // [profile default] comes after [default] and takes precedence
			f.add(name, sections[name], source.credentials)
		}
	}
	return f, nil
}

// underHome resolves "~" in a path, as the AWS CLI does: no shell resolves it in a
// variable that an .env file or a container sets.
func underHome(path string) string {
	home, err := os.UserHomeDir()
	if rest, ok := strings.CutPrefix(path, "~/"); ok && err == nil {
		return filepath.Join(home, rest)
	}
	return path
}

// add stores a section by its kind. A credentials file contains only profiles, and
// its settings take precedence over the configuration file.
func (f *files) add(heading string, s section, credentials bool) {
	kind, name, named := strings.Cut(heading, " ")
	name = unquoted(strings.TrimSpace(name))
	switch {
	case credentials:
		s.credentials = len(set(s.values, "aws_access_key_id", "aws_secret_access_key")) > 0
		if old, ok := f.profiles[heading]; ok && s.credentials { // the ID and the secret of a key never come from different files
			for _, key := range []string{"aws_access_key_id", "aws_secret_access_key", "aws_session_token"} {
				delete(old.values, key)
			}
		}
		merge(f.profiles, heading, s)
	case named && kind == "profile":
		merge(f.profiles, name, s)
	case named && kind == "sso-session":
		merge(f.sessions, name, s)
	case named && kind == "services":
		merge(f.services, name, s)
	case strings.EqualFold(heading, config.DefaultSharedConfigProfile):
		merge(f.profiles, config.DefaultSharedConfigProfile, s)
	default:
		f.others[heading] = true
	}
}

func merge(into map[string]section, name string, s section) {
	if old, ok := into[name]; ok {
		maps.Copy(old.values, s.values)
		maps.Copy(old.nested, s.nested)
		old.credentials = s.credentials
		into[name] = old
		return
	}
	into[name] = s
}

func readFile(path string) (map[string]section, error) {
	raw, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) || path == "":
		return nil, nil
	case errors.Is(err, fs.ErrPermission):
		return nil, &FileError{Path: path, What: "may not be read by this user"}
	case err != nil:
		return nil, &FileError{Path: path, What: "cannot be read: " + withoutPath(err).Error()}
	case bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")):
		return nil, &FileError{Path: path, Line: 1, What: "begins with a byte order mark"}
	case bytes.HasPrefix(raw, []byte("\xff\xfe")), bytes.HasPrefix(raw, []byte("\xfe\xff")), bytes.IndexByte(raw, 0) >= 0:
		return nil, &FileError{Path: path, Line: 1, What: "is written in UTF-16"}
	case !utf8.Valid(raw):
		line := 1
		for rest := raw; len(rest) > 0; {
			r, size := utf8.DecodeRune(rest)
			if r == utf8.RuneError && size == 1 {
				break
			}
			if r == '\n' {
				line++
			}
			rest = rest[size:]
		}
		return nil, &FileError{Path: path, Line: line, What: "is not UTF-8 text"}
	}
	return parseFile(path, string(raw))
}

// withoutPath is a file error without its path.
func withoutPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// parseFile reads sections and settings the way the SDK for Go does
// (aws-sdk-go-v2, config/internal/ini), and refuses what the AWS CLI refuses. Errors
// never quote a line, because it may contain a key.
func parseFile(path, text string) (map[string]section, error) {
	sections := map[string]section{}
	var in *section
	last := "" // the setting that continuation lines belong to
	wrong := func(line int, what string) error { return &FileError{Path: path, Line: line + 1, What: what} }
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimRight(line, "\r\t ")
		trimmed := strings.TrimLeft(line, " \t")
		indented := len(trimmed) < len(line)
		switch {
		case trimmed == "" || strings.HasPrefix(trimmed, "#") || strings.HasPrefix(trimmed, ";"):
		case strings.HasPrefix(trimmed, "["):
			heading := strings.TrimSpace(before(before(trimmed, "#"), ";"))
			if !strings.HasSuffix(heading, "]") {
				return nil, wrong(i, "the section's closing bracket is missing")
			}
			heading = strings.Join(strings.Fields(heading[1:len(heading)-1]), " ")
			if _, ok := sections[heading]; !ok {
				sections[heading] = section{values: map[string]string{}, nested: map[string]map[string]string{}, file: path}
			}
			s := sections[heading]
			in, last = &s, ""
		case indented && in != nil && last != "" && in.values[last] == "" && strings.ContainsAny(trimmed, "=:"):
			key, value := setting(trimmed)
			if in.nested[last] == nil {
				in.nested[last] = map[string]string{}
			}
			in.nested[last][key] = value
		case indented && in != nil && last != "" && !strings.ContainsAny(trimmed, "=:"):
			in.values[last] += "\n" + trimmed
		case !strings.ContainsAny(trimmed, "=:"):
			return nil, wrong(i, "this is neither a section in brackets nor a setting with “=”")
		case in == nil:
			return nil, wrong(i, "a setting comes before the first section; is a line with brackets missing?")
		default:
			key, value := setting(withoutComment(trimmed))
			in.values[key], last = value, key
		}
	}
	return sections, nil
}

// setting splits "name = value".
func setting(line string) (key, value string) {
	key, value = line, ""
	if i := strings.IndexAny(line, "=:"); i >= 0 {
		key, value = line[:i], line[i+1:]
	}
	key, value = strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value)
	if key == "credential_process" { // its quotes are the shell's
		return key, value
	}
	return key, unquoted(value)
}

func withoutComment(line string) string {
	for _, mark := range []string{" #", " ;", "\t#", "\t;"} {
		line = before(line, mark)
	}
	return line
}

func before(s, mark string) string {
	s, _, _ = strings.Cut(s, mark)
	return s
}

func unquoted(s string) string {
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}
