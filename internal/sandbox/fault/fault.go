// Package fault makes the sandbox's operations fail as the real services and
// networks do.
package fault

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
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
// N-th call only. The operation must be in operations. Errors list the possible
// values.
func Parse(text string, operations []string) (Fault, error) {
	kind, operation, found := strings.Cut(text, "@")
	if !found {
		return Fault{}, fmt.Errorf("fault %q: write KIND@OPERATION or KIND@OPERATION#N; %s", text, kindList())
	}
	f := Fault{Kind: Kind(kind), Operation: operation}
	if name, nth, counted := strings.Cut(operation, "#"); counted {
		n, err := strconv.Atoi(nth)
		if err != nil || n < 1 {
			return Fault{}, fmt.Errorf("fault %q: write the number of the call after #, from 1", text)
		}
		f.Operation, f.Nth = name, n
	}
	return f, f.Check(operations)
}

// Check fails if the kind does not exist or is not possible for the operation.
func (f Fault) Check(operations []string) error {
	switch {
	case f.Kind.rule().strike == nil:
		return fmt.Errorf("fault %q: unknown kind %q; %s", f, f.Kind, kindList())
	case !slices.Contains(operations, f.Operation):
		return fmt.Errorf("fault %q: unknown operation %q%s", f, f.Operation, similar(f.Operation, operations))
	case !f.Kind.Applies(f.Operation):
		return fmt.Errorf("fault %q: %s cannot fail like that; %s applies to %s", f, f.Operation, f.Kind, strings.Join(f.Kind.applicable(operations), ", "))
	case f.Nth < 0:
		return fmt.Errorf("fault %q: the number of the call starts at 1", f)
	}
	return nil
}

func kindList() string {
	var names []string
	for _, k := range Kinds() {
		names = append(names, string(k))
	}
	return "the kinds are " + strings.Join(names, ", ")
}

// similar lists the operations with a similar name.
func similar(name string, operations []string) string {
	_, bare, _ := strings.Cut(":"+name, ":")
	bare = bare[strings.LastIndex(bare, ":")+1:]
	var near []string
	for _, op := range operations {
		if strings.EqualFold(op[strings.LastIndex(op, ":")+1:], bare) {
			near = append(near, op)
		}
	}
	if near == nil {
		return "; operations have names such as bedrock-agentcore:CreateGateway, cognito-idp:CreateUserPool, iam:CreateRole, gateway:tools/call and token"
	}
	return "; did you mean " + strings.Join(near, " or ") + "?"
}

func (k Kind) applicable(operations []string) []string {
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
	calls atomic.Int64
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
		if f.Operation != operation {
			continue
		}
		if n := f.calls.Add(1); f.Nth == 0 || n == int64(f.Nth) {
			s.log.Info("fault", "fault", f.String())
			next = f.Handler(next)
		}
	}
	return next
}
