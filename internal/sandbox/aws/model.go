package aws

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"sort"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:generate python3 trim_model.py

//go:embed model.json
var modelJSON []byte

// model describes the requests of one service. It is extracted from botocore, the
// authority on names, patterns and limits, by trim_model.py.
type model struct {
	Operations map[string]*operationModel `json:"operations"`
	Shapes     map[string]*shape          `json:"shapes"`
}

type operationModel struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Status int    `json:"status"`
	Input  string `json:"input"`
}

type shape struct {
	Type     string                 `json:"type"`
	Required []string               `json:"required"`
	Members  map[string]memberModel `json:"members"`
	Member   string                 `json:"member"`
	Key      string                 `json:"key"`
	Value    string                 `json:"value"`
	Enum     []string               `json:"enum"`
	Pattern  string                 `json:"pattern"`
	Min      *float64               `json:"min"`
	Max      *float64               `json:"max"`
	Union    bool                   `json:"union"`

	compile sync.Once
	pattern *regexp.Regexp // see matches
}

type memberModel struct {
	Shape string `json:"shape"`
	In    string `json:"in"` // "uri", "querystring" or "" for the body
	As    string `json:"as"`
}

func loadModels() (map[string]*model, error) {
	var models map[string]*model
	if err := json.Unmarshal(modelJSON, &models); err != nil {
		return nil, fmt.Errorf("reading the service models: %w", err)
	}
	return models, nil
}

// matches reports whether the text matches the shape's pattern. A pattern is compiled
// when it is first used: together they take megabytes. A test compiles them all.
func (s *shape) matches(text string) bool {
	s.compile.Do(func() { s.pattern = regexp.MustCompile(`\A(?:` + s.Pattern + `)\z`) })
	return s.pattern.MatchString(text)
}

// violation is a constraint that a request violates.
type violation struct {
	path    string // "/name", "/targetConfiguration/mcp"
	value   any
	problem string // "Member must not be null"
}

// check returns the violations in the input of an operation, in a stable order.
func (m *model) check(operation string, input map[string]any) []violation {
	op := m.Operations[operation]
	if op == nil || op.Input == "" {
		return nil
	}
	var found []violation
	m.walk(m.Shapes[op.Input], "", input, &found)
	sort.SliceStable(found, func(i, j int) bool { return found[i].path < found[j].path })
	return found
}

func (m *model) walk(s *shape, path string, value any, found *[]violation) {
	broken := func(format string, args ...any) {
		*found = append(*found, violation{path, value, fmt.Sprintf(format, args...)})
	}
	switch s.Type {
	case "structure":
		fields, ok := value.(map[string]any)
		if !ok {
			broken("Member must be an object")
			return
		}
		m.walkStructure(s, path, fields, found)
	case "list":
		items, ok := value.([]any)
		if !ok {
			broken("Member must be a list")
			return
		}
		s.bound(float64(len(items)), broken)
		for i, item := range items {
			m.walk(m.Shapes[s.Member], fmt.Sprintf("%s/%d", path, i), item, found)
		}
	case "map":
		entries, ok := value.(map[string]any)
		if !ok {
			broken("Member must be a map")
			return
		}
		s.bound(float64(len(entries)), broken)
		for key, entry := range entries {
			m.walk(m.Shapes[s.Key], path+"/"+key, key, found)
			m.walk(m.Shapes[s.Value], path+"/"+key, entry, found)
		}
	case "string":
		text, ok := value.(string)
		if !ok {
			broken("Member must be a string")
			return
		}
		s.checkString(text, broken)
	case "integer", "long", "float", "double":
		number, ok := value.(float64)
		if !ok || ((s.Type == "integer" || s.Type == "long") && number != math.Trunc(number)) {
			broken("Member must be a number")
			return
		}
		s.checkNumber(number, broken)
	case "boolean":
		if _, ok := value.(bool); !ok {
			broken("Member must be a boolean")
		}
	}
}

func (m *model) walkStructure(s *shape, path string, fields map[string]any, found *[]violation) {
	for _, name := range s.Required {
		if fields[name] == nil {
			*found = append(*found, violation{path + "/" + name, nil, "Member must not be null"})
		}
	}
	set := 0
	for name, value := range fields {
		member, known := s.Members[name]
		if !known || value == nil {
			continue // AWS ignores members that it does not know
		}
		set++
		m.walk(m.Shapes[member.Shape], path+"/"+name, value, found)
	}
	if s.Union && set != 1 {
		*found = append(*found, violation{path, nil, "Member must have exactly one value set"})
	}
}

func (s *shape) checkString(text string, broken func(string, ...any)) {
	s.bound(float64(utf8.RuneCountInString(text)), broken)
	if s.Pattern != "" && !s.matches(text) {
		broken("Member must satisfy regular expression pattern: %s", s.Pattern)
	}
	if len(s.Enum) == 0 {
		return
	}
	for _, allowed := range s.Enum {
		if text == allowed {
			return
		}
	}
	broken("Member must satisfy enum value set: [%s]", strings.Join(s.Enum, ", "))
}

func (s *shape) bound(length float64, broken func(string, ...any)) {
	if s.Min != nil && length < *s.Min {
		broken("Member must have length greater than or equal to %v", *s.Min)
	}
	if s.Max != nil && length > *s.Max {
		broken("Member must have length less than or equal to %.0f", *s.Max)
	}
}

func (s *shape) checkNumber(number float64, broken func(string, ...any)) {
	if s.Min != nil && number < *s.Min {
		broken("Member must have value greater than or equal to %.0f", *s.Min)
	}
	if s.Max != nil && number > *s.Max {
		broken("Member must have value less than or equal to %.0f", *s.Max)
	}
}
