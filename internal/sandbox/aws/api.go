// Package aws speaks the protocols of AWS: it recognises a request, checks its
// signature, its members and its caller's rights, lets an operation work, and
// answers as the service's protocol does. The services are given to it.
package aws

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"agentcore-3lo/internal/sandbox/site"
	"agentcore-3lo/internal/sandbox/state"
)

// Protocol is how a service writes requests, answers and errors.
type Protocol string

// The protocols of the services.
const (
	QueryXML Protocol = "query"     // STS, IAM
	JSON11   Protocol = "json"      // Cognito
	RESTJSON Protocol = "rest-json" // AgentCore, both planes
)

// RequestIDHeader names the request in every answer.
const RequestIDHeader = "x-amzn-requestid"

// Service is one AWS service.
type Service struct {
	Name       string // as botocore calls it, and model.json
	SignedAs   string // as signatures call it, and Intercept and faults
	Protocol   Protocol
	Operations map[string]Handler
	Needs      func(*Call) []Need // the rights that a call needs; nil: none
}

// OperationNames lists the service's operations as Intercept and faults name them.
func (s Service) OperationNames() []string {
	var all []string
	for name := range s.Operations {
		all = append(all, s.SignedAs+":"+name)
	}
	return all
}

// Environment is what operations find around them.
type Environment struct {
	Store   *state.Store
	Address site.Address
	Latency state.Latency
	Rights  *Rights
	Log     *slog.Logger
}

// API serves AWS services.
type API struct {
	Environment
	services  map[string]Service
	models    map[string]*model
	signature signatureShape
}

// NewAPI reads the services' models. It fails where a service has an operation that
// its model lacks, or the other way round.
func NewAPI(e Environment, services []Service) (*API, error) {
	models, err := loadModels()
	if err != nil {
		return nil, err
	}
	api := &API{Environment: e, services: map[string]Service{}, models: models, signature: newSignatureShape()}
	for _, s := range services {
		api.services[s.Name] = s
		if models[s.Name] == nil {
			return nil, fmt.Errorf("%s has no model", s.Name)
		}
		served, modelled := slices.Sorted(maps.Keys(s.Operations)), slices.Sorted(maps.Keys(models[s.Name].Operations))
		if !slices.Equal(served, modelled) {
			return nil, fmt.Errorf("%s has the operations %v, and its model %v", s.Name, served, modelled)
		}
	}
	return api, nil
}

// Routes are those of the services that have a path per operation.
func (a *API) Routes() []site.Route {
	var all []site.Route
	for _, s := range a.services {
		if s.Protocol != RESTJSON {
			continue
		}
		for name, op := range a.models[s.Name].Operations {
			all = append(all, site.Route{
				Pattern: op.Method + " " + strings.TrimSuffix(op.Path, "/"), Operation: s.SignedAs + ":" + name, Serve: a.handler(s, name),
			})
		}
	}
	return all
}

// Recognise finds the operation of a request that has no path of its own: the
// services with one path name it inside. It returns the operation as Intercept and
// faults name it, and a nil handler for a request that is none of AWS's.
func (a *API) Recognise(r *http.Request) (operation string, serve http.HandlerFunc) {
	if r.Method == http.MethodPost && r.URL.Path == "/" {
		if operation, found := strings.CutPrefix(r.Header.Get("X-Amz-Target"), "AWSCognitoIdentityProviderService."); found {
			return a.named("cognito-idp", operation)
		}
		if form, err := url.ParseQuery(string(site.Body(r))); err == nil && form.Has("Action") {
			r.Form = form
			if form.Get("Version") == queryVersions["sts"] {
				return a.named("sts", form.Get("Action"))
			}
			return a.named("iam", form.Get("Action"))
		}
	}
	if strings.HasPrefix(r.Header.Get("Authorization"), signingAlgorithm) {
		return a.named("bedrock-agentcore-control", "Unknown")
	}
	return "", nil
}

func (a *API) named(service, operation string) (string, http.HandlerFunc) {
	s := a.services[service]
	return s.SignedAs + ":" + operation, a.handler(s, operation)
}

// Admit checks the signature and the rights of a request to AgentCore that is not
// an operation.
func (a *API) Admit(r *http.Request, needed Need) error {
	who, err := a.signature.check(r, RESTJSON, "bedrock-agentcore", a.Store.Now())
	if err != nil {
		return err
	}
	return a.Rights.check(who.account, RESTJSON, needed)
}

func (a *API) handler(s Service, operation string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		requestID := w.Header().Get(RequestIDHeader)
		result, err := a.answer(r, s, operation)
		if err != nil {
			f := AsError(err, s.Protocol)
			a.Log.Info("refused", "operation", s.SignedAs+":"+operation, "code", f.Code, "message", f.Message, "request", requestID)
			WriteError(w, s.Protocol, requestID, f)
			return
		}
		a.write(w, s, operation, requestID, result)
	}
}

// answer checks a request as AWS does - signature, operation, members, the
// caller's rights - and then lets the operation work.
func (a *API) answer(r *http.Request, s Service, operation string) (result any, err error) {
	who, err := a.signature.check(r, s.Protocol, s.SignedAs, a.Store.Now())
	if err != nil {
		return nil, err
	}
	m, do := a.models[s.Name], s.Operations[operation]
	if m == nil || do == nil {
		return nil, unknownOperation(s, operation)
	}
	input, err := m.input(r, s.Protocol, operation)
	if err != nil {
		return nil, err
	}
	if violations := m.check(operation, input); violations != nil {
		return nil, broken(s.Protocol, violations)
	}
	if err := a.Latency.Wait(r.Context()); err != nil {
		return nil, err
	}
	err = a.Store.Change(func(w *state.World, now time.Time) (err error) {
		c := &Call{
			World: w, Realm: w.Realm(who.account, who.region), Account: who.account, Region: who.region, Caller: who.caller, Now: now,
			Operation: operation, Input: input, Secrets: a.Store.Secrets, Address: a.Address, Latency: a.Latency, service: s, rights: a.Rights,
		}
		if err = c.authorize(); err != nil {
			return err
		}
		result, err = do(c)
		return err
	})
	return result, err
}

func (a *API) write(w http.ResponseWriter, s Service, operation, requestID string, result any) {
	status := a.models[s.Name].Operations[operation].Status
	switch {
	case s.Protocol == QueryXML:
		writeQueryResult(w, s.Name, operation, requestID, result)
	case s.Protocol == JSON11 && result == nil:
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(status)
	case s.Protocol == JSON11:
		site.WriteJSON(w, "application/x-amz-json-1.1", status, result)
	case status == http.StatusNoContent:
		w.WriteHeader(status)
	case result == nil:
		site.WriteJSON(w, site.JSON, status, map[string]any{})
	default:
		site.WriteJSON(w, site.JSON, status, result)
	}
}

func unknownOperation(s Service, operation string) error {
	if s.Protocol == QueryXML {
		return Refuse("InvalidAction", "Could not find operation %s for version %s", operation, queryVersions[s.Name])
	}
	return Refuse("UnknownOperationException", "")
}

// Merge joins tables of operations.
func Merge(tables ...map[string]Handler) map[string]Handler {
	all := map[string]Handler{}
	for _, table := range tables {
		maps.Copy(all, table)
	}
	return all
}
