package run_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"agentcore-3lo/internal/run"
)

// FuzzLoad is a state file that another program, another version or a full
// disk has left.
func FuzzLoad(f *testing.F) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	full := &run.Record{Version: run.Version, Run: "a", Created: at, Agreed: at, Cleaned: at, ClientID: "c", SecretAsked: true,
		Environment: run.Environment{Sandbox: true, Endpoints: map[string]string{"AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1"}, Account: "111122223333", Region: "us-east-1", Profile: "p"},
		Settings:    run.Settings{Port: 9090, ReturnURL: "http://localhost:9090/oauth2/callback", RoleARN: "arn:aws:iam::111122223333:role/r"},
		Resources:   []run.Resource{{Kind: "gateway", Name: "g", ID: "i", ARN: "arn", ClientToken: "t", Intended: at, Made: at, Basis: "b"}},
		Steps:       map[string]run.Mark{"inbound": {Done: at, Inputs: "b"}},
		Consent:     run.Consent{Round: 2, Open: true, Forced: true, Sessions: []run.Session{{SHA256: "00", Expires: at}}}}
	whole, err := json.MarshalIndent(full, "", "  ")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		string(whole), string(whole[:len(whole)/2]), string(whole) + string(whole), "", "{", "null", "[]", "\x00\x00\x00", "\ufeff{}", `{"version":1}`, `{"run":"a"}`, `{"version":1,"run":"b"}`,
		`{"version":1,"run":"a"}`, `{"version":0,"run":"a"}`, `{"version":-1,"run":"a"}`, `{"version":2,"run":"a"}`, `{"version":2,"resources":7}`, `{"version":1e3,"run":"a"}`, `{"version":99999999999999999999,"run":"a"}`,
		`{"version":"1","run":"a"}`, `{"Version":1,"RUN":"a"}`, `{"version":2,"version":1,"run":"a"}`, `{"version":1,"run":"a","steps":null,"resources":null,"consent":null}`, `{"version":1,"run":"a","steps":3}`,
		`{"version":1,"run":"a","steps":{"":{},"x":{"basis":"\ud800\u0000"}},"resources":[{},{"kind":"k"},{"kind":"k"}]}`, `{"version":1,"run":"a","world":{"endpoints":{}},"consent":{"sessions":[]}}`,
		`{"version":1,"run":"a","created":"0001-01-01T00:00:00Z"}`, `{"version":1,"run":"a","agreed":"0001-01-01T01:00:00+01:00"}`, `{"version":1,"run":"a","cleaned":"9999-12-31T23:59:59.999999999-23:59"}`,
		`{"version":1,"run":"a","created":"2026-01-01"}`, `{"version":1,"run":"a","created":7}`, `{"version":1,"run":"a","settings":{"port":1e9}}`, "{\"version\":1,\"run\":\"a\",\"client_id\":\"\xff<>&\u2028\"}",
		`{"version":1,"run":"a","client_secret":"unknown member"}`, `{"version":1,"run":"a\u0000"}`,
	} {
		f.Add([]byte(seed))
	}
	s := run.Store{Dir: f.TempDir()}
	path := s.Path("a")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		f.Fatal(err)
	}
	survives(f, s, full)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := s.Load("a")
		var corrupt *run.CorruptError
		var newer *run.NewerError
		switch {
		case err == nil:
			survives(t, s, r)
			return
		case r != nil:
			t.Errorf("%+v with %v", r, err)
		}
		var endpoint *run.EndpointError
		switch {
		case errors.As(err, &newer):
			if newer.Version <= run.Version || newer.Path != path {
				t.Errorf("%+v", newer)
			}
		case errors.As(err, &corrupt), errors.As(err, &endpoint):
		default:
			t.Fatalf("an error of no kind: %v", err)
		}
		if !strings.Contains(err.Error(), path) {
			t.Errorf("%v does not name %s", err, path)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != string(raw) {
			t.Errorf("%q became %q, %v", raw, got, err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	})
}

// survives checks that a loaded record is usable, and that saving it loses
// nothing: loaded again it is the same, and so are its bytes once more saved.
func survives(t testing.TB, s run.Store, r *run.Record) {
	t.Helper()
	if r.Run != "a" || r.Version < 1 || r.Version > run.Version || r.Steps == nil {
		t.Errorf("loaded %+v", r)
	}
	if err := s.Save(r); err != nil {
		t.Fatalf("%+v is not saved: %v", r, err)
	}
	first, _ := os.ReadFile(s.Path("a"))
	again, err := s.Load("a")
	if err != nil {
		t.Fatalf("%s is not loaded: %v", first, err)
	}
	if want, got := plain(reflect.ValueOf(r)), plain(reflect.ValueOf(again)); !reflect.DeepEqual(want, got) {
		t.Errorf("saved %+v\nloaded %+v", want, got)
	}
	if err := s.Save(again); err != nil {
		t.Fatal(err)
	}
	if second, _ := os.ReadFile(s.Path("a")); string(second) != string(first) {
		t.Errorf("first %s\nthen %s", first, second)
	}
}

// plain is a value without the differences that mean nothing: a time is an
// instant, and an empty list or map is none. It goes by the fields, so that one
// which JSON leaves out is missed.
func plain(v reflect.Value) any {
	if at, ok := v.Interface().(time.Time); ok {
		return at.UTC().Format(time.RFC3339Nano)
	}
	switch v.Kind() {
	case reflect.Pointer:
		return plain(v.Elem())
	case reflect.Struct:
		fields := map[string]any{}
		for i := range v.NumField() {
			fields[v.Type().Field(i).Name] = plain(v.Field(i))
		}
		return fields
	case reflect.Slice:
		var all []any
		for i := range v.Len() {
			all = append(all, plain(v.Index(i)))
		}
		return all
	case reflect.Map:
		all := map[string]any{}
		for _, key := range v.MapKeys() {
			all[key.String()] = plain(v.MapIndex(key))
		}
		return all
	default:
		return v.Interface()
	}
}
