package steps

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
)

// stepInputs are what a step's result depends on: a value that changes with each input,
// by the name that the user knows.
type stepInputs map[string]string

// String is how the record keeps it: fingerprints by name, in order.
func (b stepInputs) String() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(b)) {
		parts = append(parts, name+"="+provision.Fingerprint(b[name]))
	}
	return strings.Join(parts, ", ")
}

// since says what has changed since it was recorded; "" = nothing.
func (b stepInputs) since(remembered string) string {
	remembered = strings.Replace(remembered, "the machine client=", "the app client=", 1) // as earlier versions wrote it
	was := strings.Split(remembered, ", ")
	var changed []string
	for _, name := range slices.Sorted(maps.Keys(b)) {
		if !slices.Contains(was, name+"="+provision.Fingerprint(b[name])) {
			changed = append(changed, name)
		}
	}
	switch len(changed) {
	case 0:
		return ""
	case 1:
		return changed[0] + " has changed"
	}
	return strings.Join(changed, ", ") + " have changed"
}

// consentInputs are what a consent depends on: the caller's identity, the gateway, the
// provider and the app.
func consentInputs(r *run.Record) stepInputs {
	return stepInputs{"the gateway": idOf(r, provision.Gateway), "the target": idOf(r, provision.Target), "the app client": idOf(r, provision.Client),
		"the credential provider": basisOf(r, provision.Provider), "the client id": r.ClientID}
}

// invokeInputs are what the call of the tool depends on: those of the consent, and
// which consent it was.
func invokeInputs(r *run.Record) stepInputs {
	inputs := consentInputs(r)
	inputs["the consent"] = strconv.Itoa(r.Consent.Round)
	return inputs
}

func basisOf(r *run.Record, kind string) string {
	if x := r.Find(kind); x != nil {
		return x.Basis
	}
	return ""
}

func idOf(r *run.Record, kind string) string {
	if x := r.Find(kind); x != nil {
		return x.ID
	}
	return ""
}
