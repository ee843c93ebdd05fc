// Package run keeps the record of a run: one JSON file, written before and after
// every call that creates something. It never contains a secret, a token or a
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
	ClientID    string      `json:"client_id,omitempty"` // of the vendor's app; not a secret
	// Callers are the values of the owner tag that earlier versions gave to the
	// run's resources.
	Callers []string `json:"callers,omitempty"`
	// SecretAsked is set while the client secret is only in a process's memory.
	// After a restart the program has to ask for it again.
	SecretAsked bool            `json:"secret_asked,omitempty"`
	Resources   []Resource      `json:"resources"`
	Steps       map[string]Mark `json:"steps"`
	Consent     Consent         `json:"consent"`
	// Debug is set while this program has set the gateway's exceptionLevel to DEBUG.
	Debug bool `json:"debug,omitempty"`

	// Fresh is set in the process that has made up the run's name.
	Fresh bool `json:"-"`
}

// Environment is the environment of the run. With it, later commands need no
// flags and refuse credentials of another account.
type Environment struct {
	Sandbox bool `json:"sandbox,omitempty"`
	// SandboxURL is the address of a sandbox that another process serves; "" = the
	// sandbox of the state folder.
	SandboxURL string `json:"sandbox_url,omitempty"`
	// Configured says that the AWS configuration named that sandbox, so its
	// credentials and region are used.
	Configured bool              `json:"configured,omitempty"`
	Endpoints  map[string]string `json:"endpoints,omitempty"` // custom AWS endpoints, by environment variable
	Account    string            `json:"account,omitempty"`
	Region     string            `json:"region,omitempty"`
	Profile    string            `json:"profile,omitempty"`
}

// Settings are the options that later commands use again.
type Settings struct {
	Port           int    `json:"port,omitempty"`             // the listener's
	PortGiven      bool   `json:"port_given,omitempty"`       // the person chose it
	ReturnURL      string `json:"return_url,omitempty"`       // where AgentCore sends the browser at the end
	ReturnURLGiven bool   `json:"return_url_given,omitempty"` // the person chose it
	// Reached is the return URL that the user's browser has reached.
	Reached string `json:"reached,omitempty"`
	RoleARN string `json:"role_arn,omitempty"` // the person's own role; never touched
	// PermissionsBoundary is the ARN of the permissions boundary of the role that
	// the run creates.
	PermissionsBoundary string `json:"permissions_boundary,omitempty"`
	// RegisterReturnURL keeps the return URL on the workload identity's list.
	RegisterReturnURL bool   `json:"register_return_url,omitempty"`
	Pace              string `json:"pace,omitempty"`   // "auto" or "manual"; "" = auto
	Masked            bool   `json:"masked,omitempty"` // account, e-mail and subject are hidden
}

// Resource is something that the run created, or was about to create.
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

// Mark says that a step was done, and on which inputs that depends.
type Mark struct {
	Done   time.Time `json:"done"`
	Inputs string    `json:"basis"`
}

// Consent is the state of the current consent. It has only the SHA-256 of each
// session, which is enough to recognize a browser that returns after a restart.
type Consent struct {
	Round    int       `json:"round,omitempty"`
	Open     bool      `json:"open,omitempty"`   // the round has not ended in a consent yet
	Forced   bool      `json:"forced,omitempty"` // the round's forced call has had its answer; it is never forced again
	Given    time.Time `json:"given,omitzero"`   // when the round ended in a consent
	Sessions []Session `json:"sessions,omitempty"`
}

// Session is one authorization request of this consent.
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

// Begun reports whether there is anything to resume: the user agreed to the plan,
// or something was created.
func (r *Record) Begun() bool { return !r.Agreed.IsZero() || len(r.Resources) > 0 }

// Unfinished reports whether the run can still be resumed or cleaned up.
func (r *Record) Unfinished() bool { return r.Cleaned.IsZero() }
