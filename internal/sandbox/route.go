package sandbox

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
)

const (
	requestIDHeader = "x-amzn-requestid"
	maxBody         = 4 << 20
)

type bodyKey struct{}

// bodyOf is the request's body, read by front.
func bodyOf(r *http.Request) []byte {
	body, _ := r.Context().Value(bodyKey{}).([]byte)
	return body
}

// front is what every request meets first: an id, the host it was sent to, a
// bounded body. Then its operation is found, and Intercept and the faults asked.
func (s *Server) front() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(requestIDHeader, randomUUID())
		if !s.knowsHost(r.Host) {
			http.Error(w, "SANDBOX: this server answers to loopback names only", http.StatusMisdirectedRequest)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			http.Error(w, "SANDBOX: the request's body could not be read, or is larger than 4 MiB", http.StatusRequestEntityTooLarge)
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), bodyKey{}, body))
		r.Body = io.NopCloser(bytes.NewReader(body))
		s.stripPublicPath(r)
		operation, handle := s.route(r)
		next := s.befall(operation, http.HandlerFunc(handle))
		if s.intercept != nil {
			next = s.intercept(operation, next)
		}
		next.ServeHTTP(w, r)
	})
}

// knowsHost keeps a web page that rebinds its own name to loopback out.
func (s *Server) knowsHost(host string) bool {
	if s.public != nil && strings.EqualFold(host, s.public.Host) {
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

// stripPublicPath undoes the prefix of a proxy that forwards it.
func (s *Server) stripPublicPath(r *http.Request) {
	prefix := s.basePath()
	if rest, found := strings.CutPrefix(r.URL.Path, prefix+"/"); prefix != "" && found {
		r.URL.Path = "/" + rest
		r.URL.RawPath = strings.TrimPrefix(r.URL.RawPath, prefix)
	}
}

// basePath is what links on the sandbox's pages begin with: "" without a proxy.
func (s *Server) basePath() string {
	if s.public == nil {
		return ""
	}
	return s.public.Path
}

type handle = func(http.ResponseWriter, *http.Request)

// route names the operation that a request asks for, and what serves it.
func (s *Server) route(r *http.Request) (operation string, serve handle) {
	if rq, ok := s.rpc(r); ok {
		return s.aws(rq)
	}
	for _, service := range []string{"bedrock-agentcore-control", "bedrock-agentcore"} {
		if op, values := s.models[service].match(r.Method, r.URL.EscapedPath()); op != "" {
			return s.aws(awsRequest{service, "bedrock-agentcore", op, restJSON, values})
		}
	}
	if operation, serve := s.routePage(r); serve != nil {
		return operation, serve
	}
	if strings.HasPrefix(r.Header.Get("Authorization"), signingAlgorithm) {
		return s.aws(awsRequest{"bedrock-agentcore-control", "bedrock-agentcore", "Unknown", restJSON, nil})
	}
	return "unknown", s.serveNotFound
}

func (s *Server) aws(rq awsRequest) (string, handle) {
	return rq.signedAs + ":" + rq.operation, func(w http.ResponseWriter, r *http.Request) { s.serveAWS(w, r, rq) }
}

// rpc recognises the services that have one path and name the operation inside.
func (s *Server) rpc(r *http.Request) (awsRequest, bool) {
	if r.Method != http.MethodPost || r.URL.Path != "/" {
		return awsRequest{}, false
	}
	if operation, found := strings.CutPrefix(r.Header.Get("X-Amz-Target"), "AWSCognitoIdentityProviderService."); found {
		return awsRequest{"cognito-idp", "cognito-idp", operation, json11, nil}, true
	}
	form, err := url.ParseQuery(string(bodyOf(r)))
	if err != nil || !form.Has("Action") {
		return awsRequest{}, false
	}
	r.Form = form
	service := "iam"
	if form.Get("Version") == queryVersions["sts"] {
		service = "sts"
	}
	return awsRequest{service, service, form.Get("Action"), queryXML, nil}, true
}

// routePage finds what is neither an AWS call nor unknown.
func (s *Server) routePage(r *http.Request) (string, handle) {
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	get, post := r.Method == http.MethodGet, r.Method == http.MethodPost
	switch {
	case get && r.URL.Path == IdentityPath:
		return "identity", s.serveIdentity
	case len(path) == 3 && path[0] == "gateway" && path[2] == "mcp":
		return s.routeGateway(r, path[1])
	case get && len(path) == 4 && path[0] == "gateway" && path[3] == "oauth-protected-resource":
		return "protected-resource", func(w http.ResponseWriter, r *http.Request) { s.serveResourceMetadata(w, r, path[1]) }
	case get && len(path) == 3 && path[1] == ".well-known" && path[2] == "openid-configuration":
		return "discovery", func(w http.ResponseWriter, r *http.Request) { s.serveDiscovery(w, r, path[0]) }
	case get && len(path) == 3 && path[1] == ".well-known" && path[2] == "jwks.json":
		return "jwks", func(w http.ResponseWriter, r *http.Request) { s.serveJWKS(w, r, path[0]) }
	case len(path) == 3 && path[1] == "oauth2" && path[2] == "token":
		return "token", func(w http.ResponseWriter, r *http.Request) { s.serveToken(w, r, path[0]) }
	case r.URL.Path == "/oauth2/token":
		return "token", func(w http.ResponseWriter, r *http.Request) { s.serveToken(w, r, "") }
	case get && r.URL.Path == "/identities/oauth2/authorize":
		return "authorize", s.serveAuthorize
	case get && len(path) == 4 && path[0] == "identities" && path[1] == "oauth2" && path[2] == "callback":
		return "callback", func(w http.ResponseWriter, r *http.Request) { s.serveCallback(w, r, path[3]) }
	case get && r.URL.Path == "/oauth/v2/authorization":
		return "consent", s.serveConsent
	case get && len(path) == 5 && path[0] == "oauth" && path[2] == "authorization" && (path[4] == "allow" || path[4] == "cancel"):
		return path[4], func(w http.ResponseWriter, r *http.Request) { s.serveDecision(w, r, path[3], path[4] == "allow") }
	case post && r.URL.Path == "/oauth/v2/accessToken":
		return "accessToken", s.serveAccessToken
	case get && r.URL.Path == "/v2/userinfo":
		return "userinfo", s.serveUserinfo
	case "/"+path[0] == portalPath:
		return "portal", s.portal(path[1:], r.Method)
	}
	return "", nil
}
