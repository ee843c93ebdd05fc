package sandbox

import (
	"net"
	"net/http"
	"slices"
	"strings"

	"agentcore-3lo/internal/sandbox/agentcore"
	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/cognito"
	"agentcore-3lo/internal/sandbox/fault"
	"agentcore-3lo/internal/sandbox/gateway"
	"agentcore-3lo/internal/sandbox/iam"
	"agentcore-3lo/internal/sandbox/identity"
	"agentcore-3lo/internal/sandbox/linkedin"
	"agentcore-3lo/internal/sandbox/site"
	"agentcore-3lo/internal/sandbox/state"
)

// backend holds the services.
type backend struct {
	environment aws.Environment
	pages       *site.Pages
	vendor      *linkedin.Provider
	portal      *linkedin.Portal
	pools       *cognito.Endpoint
	identity    *identity.Service
}

func newBackend(e aws.Environment, pages *site.Pages, refusal Refusal) *backend {
	vendor := &linkedin.Provider{Store: e.Store, Pages: pages}
	return &backend{
		environment: e,
		pages:       pages,
		vendor:      vendor,
		portal:      &linkedin.Portal{Store: e.Store, Pages: pages},
		pools:       &cognito.Endpoint{Address: e.Address, Store: e.Store, Latency: e.Latency},
		identity:    &identity.Service{Store: e.Store, Pages: pages, Vendor: vendor, Refusal: refusal},
	}
}

// services returns the AWS services.
func (p *backend) services() []aws.Service {
	return append(iam.Services(), cognito.Service(), agentcore.Service(), p.identity.API())
}

// routes returns all other routes except those of gateways.
func (p *backend) routes() []site.Route {
	return slices.Concat(p.vendor.Routes(), p.portal.Routes(), p.pools.Routes(), p.identity.Routes())
}

// operations lists the operations to which faults can apply. It omits the sandbox's
// identity, on which joining processes rely.
func operations() []string {
	p := newBackend(aws.Environment{}, &site.Pages{}, "")
	var all []string
	for _, route := range append(p.routes(), (&gateway.Endpoint{}).Routes()...) {
		if route.Name == nil {
			all = append(all, route.Operation)
		}
	}
	for _, method := range gateway.Methods() {
		all = append(all, "gateway:"+method)
	}
	for _, service := range p.services() {
		all = append(all, service.OperationNames()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// router finds the operation of a request and wraps it with Intercept and the
// faults.
func (p *backend) router(intercept func(string, http.Handler) http.Handler, faults *fault.Set) (http.Handler, error) {
	api, err := aws.NewAPI(p.environment, p.services())
	if err != nil {
		return nil, err
	}
	gateways := &gateway.Endpoint{
		Store: p.environment.Store, Address: p.environment.Address, Latency: p.environment.Latency, Identity: p.identity,
		Authorize: api.Authorize, Upstream: linkedin.API, NotFound: p.pages.NotFound,
	}
	serve := func(w http.ResponseWriter, r *http.Request, operation string, do http.HandlerFunc) {
		next := faults.Apply(operation, do)
		if intercept != nil {
			next = intercept(operation, next)
		}
		next.ServeHTTP(w, r)
	}
	mux := http.NewServeMux()
	for _, route := range slices.Concat(api.Routes(), p.routes(), gateways.Routes(), []site.Route{p.identityRoute()}) {
		mux.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) {
			operation := route.Operation
			if route.Name != nil {
				operation = route.Name(r)
			}
			serve(w, r, operation, route.Serve)
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		operation, do := api.MatchOperation(r)
		if do == nil {
			operation, do = "unknown", p.pages.NotFound
		}
		serve(w, r, operation, do)
	})
	return front(p.environment.Address, mux), nil
}

// front handles every request first: it sets a request ID, checks the host, limits
// the body, and normalizes the path.
func front(address site.Address, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(aws.RequestIDHeader, state.RandomUUID())
		if !knowsHost(address, r.Host) {
			http.Error(w, "SANDBOX: use a loopback name such as localhost for this server", http.StatusMisdirectedRequest)
			return
		}
		r, err := site.KeepBody(w, r)
		if err != nil {
			http.Error(w, "SANDBOX: the request's body could not be read, or is larger than 4 MiB", http.StatusRequestEntityTooLarge)
			return
		}
		url := *r.URL
		r.URL = &url
		url.Path, url.RawPath = normalPath(address, url.Path), normalPath(address, url.RawPath)
		next.ServeHTTP(w, r)
	})
}

// knowsHost protects against DNS rebinding: another site's name that resolves to
// loopback.
func knowsHost(address site.Address, host string) bool {
	if address.Public != nil && strings.EqualFold(host, address.Public.Host) {
		return true
	}
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	if strings.EqualFold(name, "localhost") {
		return true
	}
	ip := net.ParseIP(strings.Trim(name, "[]"))
	return ip != nil && ip.IsLoopback()
}

// normalPath removes the prefix of a proxy and the trailing slash, which AWS
// accepts.
func normalPath(address site.Address, path string) string {
	if rest, found := strings.CutPrefix(path, address.Path()+"/"); found {
		path = "/" + rest
	}
	if path == "" || path == "/" {
		return path
	}
	return "/" + strings.Trim(path, "/")
}
