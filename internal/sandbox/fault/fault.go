// Package fault makes the sandbox's operations fail as the real services and
// networks do.
package fault

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/agnivade/levenshtein"
)

// Kinds lists all kinds.
func Kinds() []Kind {
	var all []Kind
	for _, r := range rules() {
		all = append(all, r.kind)
	}
	return all
}

// Applies reports whether the kind of fault is possible for an operation.
func (k Kind) Applies(operation string) bool {
	rule := k.rule()
	return rule.strike != nil && rule.applies(operation)
}

func (k Kind) rule() rule {
	for _, r := range rules() {
		if r.kind == k {
			return r
		}
	}
	return rule{}
}

// defaultDelay is long enough for a person to notice.
const defaultDelay = 3 * time.Second

// Fault describes how an operation fails.
type Fault struct {
	Operation string // "bedrock-agentcore:CreateGateway", "gateway:tools/call", "token", ...
	Kind      Kind
	Nth       int           // number of the call since the start, from 1; 0 = every call
	Delay     time.Duration // of Slow; 0 = three seconds
}

// String formats the fault as Parse reads it.
func (f Fault) String() string {
	text := string(f.Kind) + "@" + f.Operation
	if f.Nth > 0 {
		text += "#" + strconv.Itoa(f.Nth)
	}
	return text
}

// Parse parses "KIND@OPERATION", for every call, or "KIND@OPERATION#N", for the
// N-th call only. The operation must be in operations; its service may be left out. Errors list the possible
// values.
func Parse(text string, operations []string) (Fault, error) {
	kind, operation, found := strings.Cut(text, "@")
	if !found {
		return Fault{}, fmt.Errorf("fault %q: write KIND@OPERATION or KIND@OPERATION#N; %s", text, kindList(text))
	}
	f := Fault{Kind: Kind(kind), Operation: operation}
	if name, nth, counted := strings.Cut(operation, "#"); counted {
		n, err := strconv.Atoi(nth)
		if err != nil || n < 1 {
			return Fault{}, fmt.Errorf("fault %q: write the number of the call after #, from 1", text)
		}
		f.Operation, f.Nth = name, n
	}
	f.Operation = whole(f.Operation, operations)
	return f, f.Check(operations)
}

// whole is an operation with its service, which may be left out where it is plain.
func whole(operation string, operations []string) string {
	var found []string
	for _, known := range operations {
		if _, name, _ := strings.Cut(known, ":"); strings.EqualFold(name, operation) {
			found = append(found, known)
		}
	}
	if len(found) != 1 {
		return operation
	}
	return found[0]
}

// Check fails if the kind does not exist or is not possible for the operation.
func (f Fault) Check(operations []string) error {
	switch {
	case f.Kind.rule().strike == nil:
		return fmt.Errorf("fault %q: unknown kind %q; %s", f, f.Kind, kindList(string(f.Kind)))
	case !slices.Contains(operations, f.Operation):
		return fmt.Errorf("fault %q: unknown operation %q; %s", f, f.Operation, f.Kind.applies(f.Operation, operations))
	case !f.Kind.Applies(f.Operation):
		return fmt.Errorf("fault %q: %s cannot fail like that; %s", f, f.Operation, f.Kind.applies(f.Operation, operations))
	case f.Nth < 0:
		return fmt.Errorf("fault %q: the number of the call starts at 1", f)
	}
	return nil
}

// kindList names all kinds, those most like the given name first.
func kindList(name string) string {
	var names []string
	for _, k := range Kinds() {
		names = append(names, string(k))
	}
	if name == "" {
		slices.Sort(names)
		return "the kinds are " + strings.Join(names, ", ")
	}
	return "the kinds are " + strings.Join(nearest(name, names), ", ")
}

// offered is how many names of operations an error lists; there are far more.
const offered = 10

// applies says for which operations the kind is possible, those most like the
// given one first.
func (k Kind) applies(name string, operations []string) string {
	all := nearest(name, k.Applicable(operations))
	more := ""
	if len(all) > offered {
		more = fmt.Sprintf(", and %d more", len(all)-offered)
		all = all[:offered]
	}
	return fmt.Sprintf("%s applies to %s%s", k, strings.Join(all, ", "), more)
}

// nearest sorts names, the one most like the given name first. The service of an
// operation counts only between equally similar names.
func nearest(name string, names []string) []string {
	distance := func(other string) (apart, whole int) {
		name, other := strings.ToLower(name), strings.ToLower(other)
		return levenshtein.ComputeDistance(withoutService(name), withoutService(other)), levenshtein.ComputeDistance(name, other)
	}
	return slices.SortedStableFunc(slices.Values(names), func(a, b string) int {
		apartA, wholeA := distance(a)
		apartB, wholeB := distance(b)
		return cmp.Or(cmp.Compare(apartA, apartB), cmp.Compare(wholeA, wholeB))
	})
}

func withoutService(operation string) string {
	return operation[strings.LastIndex(operation, ":")+1:]
}

// Applicable returns the operations for which the kind of fault is possible.
func (k Kind) Applicable(operations []string) []string {
	return slices.DeleteFunc(slices.Clone(operations), func(op string) bool { return !k.Applies(op) })
}

// Handler makes every request to an operation's handler fail, whatever Operation
// and Nth are.
func (f Fault) Handler(next http.Handler) http.Handler {
	strike := f.Kind.rule().strike
	if strike == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { strike(f, w, r, next) })
}

// Set holds the faults of a sandbox and counts the calls of their operations.
type Set struct {
	faults []*counted
	log    *slog.Logger
}

type counted struct {
	Fault
	calls          atomic.Int64
	struck, lifted atomic.Bool
}

// NewSet checks the faults and starts counting.
func NewSet(faults []Fault, operations []string, log *slog.Logger) (*Set, error) {
	s := &Set{log: log}
	for _, f := range faults {
		if err := f.Check(operations); err != nil {
			return nil, err
		}
		s.faults = append(s.faults, &counted{Fault: f})
	}
	return s, nil
}

// Apply wraps an operation's handler with the faults that are due.
func (s *Set) Apply(operation string, next http.Handler) http.Handler {
	for _, f := range s.faults {
		if f.Operation != operation || f.lifted.Load() {
			continue
		}
		if n := f.calls.Add(1); f.Nth == 0 || n == int64(f.Nth) {
			f.struck.Store(true)
			s.log.Info("fault", "fault", f.String())
			next = f.Handler(next)
		}
	}
	return next
}

// Lift ends the faults that have made a call fail. The others stay.
func (s *Set) Lift() {
	for _, f := range s.faults {
		f.lifted.Store(f.struck.Load())
	}
}
