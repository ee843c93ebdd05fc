package testkit

import (
	"slices"
	"strings"
)

// Request is a request that the sandbox received.
type Request struct{ Op, Body string }

// ForgetRequests clears the list of requests.
func (s *Sandbox) ForgetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

// Requests returns the requests since ForgetRequests, including those of browsers.
func (s *Sandbox) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Calls returns the operations that the program called since ForgetRequests.
func (s *Sandbox) Calls() []string {
	var all []string
	for _, r := range s.Requests() {
		if IsCall(r.Op) {
			all = append(all, r.Op)
		}
	}
	return all
}

// Changes returns the calls since ForgetRequests that create, change or delete
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

// Count returns the number of requests since ForgetRequests whose operation has a
// suffix.
func (s *Sandbox) Count(suffix string) int {
	n := 0
	for _, r := range s.Requests() {
		if strings.HasSuffix(r.Op, suffix) {
			n++
		}
	}
	return n
}

// IsCall reports whether an operation is called by the program, not by browsers.
func IsCall(op string) bool {
	return strings.Contains(op, ":") || op == "token" || op == "discovery"
}

// IsChange reports whether an operation creates, changes or deletes something at AWS.
func IsChange(op string) bool {
	return slices.ContainsFunc([]string{"Create", "Update", "Put", "Delete", "Attach", "Detach", "Tag"},
		func(verb string) bool { return strings.HasPrefix(name(op), verb) })
}

// name returns an operation without its service.
func name(op string) string {
	_, name, _ := strings.Cut(op, ":")
	return name
}
