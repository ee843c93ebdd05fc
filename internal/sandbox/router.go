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

// parts are the services, put together.
type parts struct {
	environment aws.Environment
	pages       *site.Pages
	vendor      *linkedin.Provider
	portal      *linkedin.Portal
	pools       *cognito.Endpoint
	identity    *identity.Service
}

func newParts(e aws.Environment, pages *site.Pages, refusal Refusal) *parts {
	vendor := &linkedin.Provider{Store: e.Store, Pages: pages}
	return &parts{
		environment: e,
		pages:       pages,
		vendor:      vendor,
		portal:      &linkedin.Portal{Store: e.Store, Pages: pages},
		pools:       &cognito.Endpoint{Address: e.Address, Store: e.Store, Latency: e.Latency},
		identity:    &identity.Service{Store: e.Store, Pages: pages, Vendor: vendor, Refusal: refusal},
	}
}

// services are those of AWS's API.
func (p *parts) services() []aws.Service {
	return append(iam.Services(), cognito.Service(), agentcore.Service(), p.identity.API())
}

// routes are those of everything else, but for the gateways.
func (p *parts) routes() []site.Route {
	return slices.Concat(p.vendor.Routes(), p.portal.Routes(), p.pools.Routes(), p.identity.Routes())
}

// operations lists what faults can apply to. It leaves out the sandbox's own
// identity, which processes that join it rely on.
func operations() []string {
	p := newParts(aws.Environment{}, &site.Pages{}, "")
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

// router finds the operation that a request asks for, and puts Intercept and the
// faults before it.
func (p *parts) router(intercept func(string, http.Handler) http.Handler, faults *fault.Set) (http.Handler, error) {
	api, err := aws.NewAPI(p.environment, p.services())
	if err != nil {
		return nil, err
	}
	gateways := &gateway.Endpoint{
		Store: p.environment.Store, Address: p.environment.Address, Latency: p.environment.Latency, Identity: p.identity,
		Admit: api.Admit, UserInfo: linkedin.UserInfo, NotFound: p.pages.NotFound,
	}
	serve := func(w http.ResponseWriter, r *http.Request, operation string, do http.HandlerFunc) {
		next := faults.Apply(operation, do)
		if intercept != nil {
			next = intercept(operation, next)
		}
		next.ServeHTTP(w, r)
	}
	mux := http.NewServeMux()
	for _, route := range slices.Concat(api.Routes(), p.routes(), gateways.Routes(), []site.Route{p.selfRoute()}) {
		mux.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) {
			operation := route.Operation
			if route.Name != nil {
				operation = route.Name(r)
			}
			serve(w, r, operation, route.Serve)
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		operation, do := api.Recognise(r)
		if do == nil {
			operation, do = "unknown", p.pages.NotFound
		}
		serve(w, r, operation, do)
	})
	return front(p.environment.Address, mux), nil
}

// front is what every request meets first: an id, the host that it was sent to, a
// bounded body, one form of its path.
func front(address site.Address, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(aws.RequestIDHeader, state.RandomUUID())
		if !knowsHost(address, r.Host) {
			http.Error(w, "SANDBOX: this server answers to loopback names only", http.StatusMisdirectedRequest)
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

// knowsHost keeps out a web page that rebinds its own name to loopback.
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

// normalPath undoes the prefix of a proxy that forwards it, and the trailing slash,
// which AWS does not mind.
func normalPath(address site.Address, path string) string {
	if rest, found := strings.CutPrefix(path, address.Path()+"/"); found {
		path = "/" + rest
	}
	if path == "" || path == "/" {
		return path
	}
	return "/" + strings.Trim(path, "/")
}
