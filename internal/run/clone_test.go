package run_test

import (
	"reflect"
	"testing"

	"agentcore-3lo/internal/run"
)

// What is changed in a copy, or in the record afterwards, is not seen in the
// other one: front ends read while a step writes.
func TestACopySharesNothing(t *testing.T) {
	t.Parallel()
	r := sample("demo")
	r.Callers, r.Environment.Endpoints = []string{"a"}, map[string]string{"AWS_ENDPOINT_URL": "x"}
	r.Consent.Sessions = []run.Session{{SHA256: "s"}}
	c, before := r.Clone(), r.Clone()
	r.Callers[0], r.Environment.Endpoints["AWS_ENDPOINT_URL"], r.Consent.Sessions[0].SHA256 = "b", "y", "t"
	r.Resources[0].ID = "other"
	for step := range r.Steps {
		delete(r.Steps, step)
	}
	if !reflect.DeepEqual(c, before) {
		t.Errorf("%+v", c)
	}
}
