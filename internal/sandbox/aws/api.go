// Package aws implements the protocols of AWS: it identifies the operation of a
// request, checks its signature, its members and the caller's permissions, calls
// the operation, and writes the response in the protocol of the service. It is
// given the services.
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

// Protocol is the format of a service's requests, responses and errors.
type Protocol string

// The protocols of the services.
const (
	QueryXML Protocol = "query"     // STS, IAM
	JSON11   Protocol = "json"      // Cognito
	RESTJSON Protocol = "rest-json" // AgentCore, both planes
)

// RequestIDHeader is the response header with the request ID.
const RequestIDHeader = "x-amzn-requestid"

// Service is one AWS service.
type Service struct {
	Name        string // in botocore and model.json
	SignedAs    string // in signatures, Intercept and faults
	Protocol    Protocol
	Operations  map[string]Handler
	Permissions func(*Call) []Permission // permissions that a call needs; nil: none
}

// OperationNames lists the service's operations, by the names that Intercept and
// faults use.
func (s Service) OperationNames() []string {
	var all []string
	for name := range s.Operations {
		all = append(all, s.SignedAs+":"+name)
	}
	return all
}

// Environment is what operations have access to.
type Environment struct {
	Store        *state.Store
	Address      site.Address
	Latency      state.Latency
	CallerPolicy *CallerPolicy
	Log          *slog.Logger
}

// API serves AWS services.
type API struct {
	Environment
	services  map[string]Service
	models    map[string]*model
	signature signatureShape
}

// NewAPI loads the services' models. It fails if a service's operations are not
// those of its model.
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

// Routes returns the routes of the services that have a path per operation.
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

// MatchOperation finds the operation of a request by its body or headers, for
// services that have a single path. It returns the operation as Intercept and
// faults name it, or a nil handler if the request is not for AWS.
func (a *API) MatchOperation(r *http.Request) (operation string, serve http.HandlerFunc) {
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

// Authorize checks the signature and the permission of a request to AgentCore that
// is not an AWS operation.
func (a *API) Authorize(r *http.Request, needed Permission) error {
	who, err := a.signature.check(r, RESTJSON, "bedrock-agentcore", a.Store.Now())
	if err != nil {
		return err
	}
	return a.CallerPolicy.check(who.account, RESTJSON, needed)
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

// answer checks the signature, the operation, the members and the caller's
// permissions, in the order of AWS, and calls the operation.
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
		return nil, violationError(s.Protocol, violations)
	}
	if err := a.Latency.Wait(r.Context(), operation); err != nil {
		return nil, err
	}
	err = a.Store.Change(func(w *state.World, now time.Time) (err error) {
		c := &Call{
			World: w, Realm: w.Realm(who.account, who.region), Account: who.account, Region: who.region, Caller: who.caller, Now: now,
			Operation: operation, Input: input, Secrets: a.Store.Secrets, Address: a.Address, Latency: a.Latency, service: s, rights: a.CallerPolicy,
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

// Merge merges maps of operations.
func Merge(tables ...map[string]Handler) map[string]Handler {
	all := map[string]Handler{}
	for _, table := range tables {
		maps.Copy(all, table)
	}
	return all
}
