package testkit

import (
	"slices"
	"strings"
)

// Request is one that the sandbox got.
type Request struct{ Op, Body string }

// ForgetRequests empties what Requests returns.
func (s *Sandbox) ForgetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

// Requests are those since ForgetRequests, browsers' among them.
func (s *Sandbox) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Calls are the operations that the program called since ForgetRequests.
func (s *Sandbox) Calls() []string {
	var all []string
	for _, r := range s.Requests() {
		if IsCall(r.Op) {
			all = append(all, r.Op)
		}
	}
	return all
}

// Changes are the calls since ForgetRequests that create, change or delete
// something at AWS, without their service.
func (s *Sandbox) Changes() []string {
	var all []string
	for _, op := range s.Calls() {
		if IsChange(op) {
			all = append(all, name(op))
		}
	}
	return all
}

// Count is how many requests since ForgetRequests had an operation that ends so.
func (s *Sandbox) Count(suffix string) int {
	n := 0
	for _, r := range s.Requests() {
		if strings.HasSuffix(r.Op, suffix) {
			n++
		}
	}
	return n
}

// IsCall reports whether the program calls an operation; browsers ask for the others.
func IsCall(op string) bool {
	return strings.Contains(op, ":") || op == "token" || op == "discovery"
}

// IsChange reports whether an operation creates, changes or deletes something at AWS.
func IsChange(op string) bool {
	return slices.ContainsFunc([]string{"Create", "Update", "Put", "Delete", "Attach", "Detach", "Tag"},
		func(verb string) bool { return strings.HasPrefix(name(op), verb) })
}

// name is an operation without its service.
func name(op string) string {
	_, name, _ := strings.Cut(op, ":")
	return name
}
