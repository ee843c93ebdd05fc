// Package fault makes the sandbox's operations fail in the ways in which the real
// services, and the networks before them, do.
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

// Applies reports whether an operation can fail like that.
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
	Nth       int           // which call of the operation since the start, from 1; 0 = every one
	Delay     time.Duration // of Slow; 0 = three seconds
}

// String is the form that Parse reads.
func (f Fault) String() string {
	text := string(f.Kind) + "@" + f.Operation
	if f.Nth > 0 {
		text += "#" + strconv.Itoa(f.Nth)
	}
	return text
}

// Parse reads "KIND@OPERATION", every call, or "KIND@OPERATION#N", the N-th call
// alone. The operation has to be one of operations. Its errors list what there is
// to choose from.
func Parse(text string, operations []string) (Fault, error) {
	kind, operation, found := strings.Cut(text, "@")
	if !found {
		return Fault{}, fmt.Errorf("fault %q: write KIND@OPERATION or KIND@OPERATION#N; %s", text, kindList())
	}
	f := Fault{Kind: Kind(kind), Operation: operation}
	if name, nth, counted := strings.Cut(operation, "#"); counted {
		n, err := strconv.Atoi(nth)
		if err != nil || n < 1 {
			return Fault{}, fmt.Errorf("fault %q: after # comes which call, from 1", text)
		}
		f.Operation, f.Nth = name, n
	}
	return f, f.Check(operations)
}

// Check refuses a kind that does not exist, or does not apply to the operation.
func (f Fault) Check(operations []string) error {
	switch {
	case f.Kind.rule().strike == nil:
		return fmt.Errorf("fault %q: there is no kind %q; %s", f, f.Kind, kindList())
	case !slices.Contains(operations, f.Operation):
		return fmt.Errorf("fault %q: there is no operation %q%s", f, f.Operation, similar(f.Operation, operations))
	case !f.Kind.Applies(f.Operation):
		return fmt.Errorf("fault %q: %s cannot go wrong like that; %s is for %s", f, f.Operation, f.Kind, strings.Join(f.Kind.among(operations), ", "))
	case f.Nth < 0:
		return fmt.Errorf("fault %q: calls are counted from 1", f)
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

// similar names the operations that somebody may have had in mind.
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
		return "; operations are called bedrock-agentcore:CreateGateway, cognito-idp:CreateUserPool, iam:CreateRole, gateway:tools/call, token and so on"
	}
	return "; did you mean " + strings.Join(near, " or ") + "?"
}

func (k Kind) among(operations []string) []string {
	return slices.DeleteFunc(slices.Clone(operations), func(op string) bool { return !k.Applies(op) })
}

// Handler wraps an operation's handler and makes every request fail, whatever
// Operation and Nth say.
func (f Fault) Handler(next http.Handler) http.Handler {
	strike := f.Kind.rule().strike
	if strike == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { strike(f, w, r, next) })
}

// Set is the faults that a sandbox has been given. It counts the calls of their
// operations.
type Set struct {
	faults []*counted
	log    *slog.Logger
}

type counted struct {
	Fault
	calls atomic.Int64
}

// NewSet checks faults and begins to count.
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

// Apply puts the faults that are due before an operation.
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
