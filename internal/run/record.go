// Package run remembers a run: one JSON file per run, written before and
// after every call that makes something. It never holds a secret, a token or a
// session.
package run

import (
	"maps"
	"slices"
	"time"
)

// Version is the schema version this program writes and reads.
const Version = 1

// Record is what is remembered of one run.
type Record struct {
	Version     int         `json:"version"`
	Run         string      `json:"run"`
	Created     time.Time   `json:"created"`
	Environment Environment `json:"world"`
	Agreed      time.Time   `json:"agreed,omitzero"`   // when the person said yes to the plan
	Cleaning    time.Time   `json:"cleaning,omitzero"` // when cleanup began to delete; from then on only cleanup goes on with the run
	Cleaned     time.Time   `json:"cleaned,omitzero"`  // when cleanup proved that nothing is left
	Settings    Settings    `json:"settings"`
	ClientID    string      `json:"client_id,omitempty"` // the app at LinkedIn; not a secret
	// Callers are the values of the tag by which earlier versions named whoever
	// created the run's resources.
	Callers []string `json:"callers,omitempty"`
	// SecretAsked is set while a client secret is in some process's memory only:
	// after a restart it must be asked for again.
	SecretAsked bool            `json:"secret_asked,omitempty"`
	Resources   []Resource      `json:"resources"`
	Steps       map[string]Mark `json:"steps"`
	Consent     Consent         `json:"consent"`
	// Debug is set while this program has the gateway's exceptionLevel at DEBUG.
	Debug bool `json:"debug,omitempty"`
}

// Environment names where the run lives, so that a later command finds it without
// flags and refuses credentials of another account.
type Environment struct {
	Sandbox bool `json:"sandbox,omitempty"`
	// SandboxURL is where another process serves the sandbox; "" = it is the one
	// of the state folder.
	SandboxURL string `json:"sandbox_url,omitempty"`
	// Configured says that the AWS configuration led to that sandbox, so that its
	// credentials and region apply.
	Configured bool              `json:"configured,omitempty"`
	Endpoints  map[string]string `json:"endpoints,omitempty"` // custom AWS endpoints, by environment variable
	Account    string            `json:"account,omitempty"`
	Region     string            `json:"region,omitempty"`
	Profile    string            `json:"profile,omitempty"`
}

// Settings are the choices a re-run repeats.
type Settings struct {
	Port           int    `json:"port,omitempty"`             // the listener's
	PortGiven      bool   `json:"port_given,omitempty"`       // the person chose it
	ReturnURL      string `json:"return_url,omitempty"`       // where AgentCore sends the browser at the end
	ReturnURLGiven bool   `json:"return_url_given,omitempty"` // the person chose it
	// Reached is the return URL that a browser of the person's has reached.
	Reached string `json:"reached,omitempty"`
	RoleARN string `json:"role_arn,omitempty"` // the person's own role; never touched
	// PermissionsBoundary is the ARN of the policy that bounds the role that the
	// run creates.
	PermissionsBoundary string `json:"permissions_boundary,omitempty"`
	// RegisterReturnURL keeps the return URL on the workload identity's list.
	RegisterReturnURL bool   `json:"register_return_url,omitempty"`
	Pace              string `json:"pace,omitempty"`   // "auto" or "manual"; "" = auto
	Masked            bool   `json:"masked,omitempty"` // account, e-mail and subject are hidden
}

// Resource is one thing the run made, or was about to make.
type Resource struct {
	Kind        string    `json:"kind"`
	Name        string    `json:"name"`
	ID          string    `json:"id,omitempty"`
	ARN         string    `json:"arn,omitempty"`
	ClientToken string    `json:"client_token,omitempty"` // makes a repeated create return the first one's result
	Intended    time.Time `json:"intended"`               // written before the create call
	Made        time.Time `json:"made,omitzero"`          // written after it
	Gone        time.Time `json:"gone,omitzero"`          // when a look found that it no longer exists
	Basis       string    `json:"basis,omitempty"`        // fingerprint of what distinguishes this one from a recreated one
}

// Clone returns a copy that shares nothing with the record.
func (r *Record) Clone() Record {
	c := *r
	c.Callers, c.Resources = slices.Clone(r.Callers), slices.Clone(r.Resources)
	c.Steps, c.Environment.Endpoints = maps.Clone(r.Steps), maps.Clone(r.Environment.Endpoints)
	c.Consent.Sessions = slices.Clone(r.Consent.Sessions)
	return c
}

// Mark says that a step was done, and on what that rests.
type Mark struct {
	Done  time.Time `json:"done"`
	Basis string    `json:"basis"`
}

// Consent is the state of the present consent round. Sessions are kept as
// SHA-256 only: enough to recognise a browser that comes back after a restart.
type Consent struct {
	Round    int       `json:"round,omitempty"`
	Open     bool      `json:"open,omitempty"`   // the round has not ended in a consent yet
	Forced   bool      `json:"forced,omitempty"` // the round's forced call has had its answer; it is never forced again
	Given    time.Time `json:"given,omitzero"`   // when the round ended in a consent
	Sessions []Session `json:"sessions,omitempty"`
}

// Session is one authorization request shown in this round.
type Session struct {
	SHA256  string    `json:"sha256"`
	Expires time.Time `json:"expires"`
}

// Find returns the resource of a kind, or nil.
func (r *Record) Find(kind string) *Resource {
	i := slices.IndexFunc(r.Resources, func(x Resource) bool { return x.Kind == kind })
	if i < 0 {
		return nil
	}
	return &r.Resources[i]
}

// Put adds the resource, or replaces the one of its kind.
func (r *Record) Put(x Resource) {
	if old := r.Find(x.Kind); old != nil {
		*old = x
		return
	}
	r.Resources = append(r.Resources, x)
}

// Drop forgets the resource of a kind.
func (r *Record) Drop(kind string) {
	r.Resources = slices.DeleteFunc(r.Resources, func(x Resource) bool { return x.Kind == kind })
}

// Begun says whether there is anything to resume: the plan was agreed to, or
// something was created.
func (r *Record) Begun() bool { return !r.Agreed.IsZero() || len(r.Resources) > 0 }

// Unfinished says whether the run still has something to continue or to clean.
func (r *Record) Unfinished() bool { return r.Cleaned.IsZero() }
