package fault

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/cognito"
	"agentcore-3lo/internal/sandbox/site"
)

// accessFaults happen between a caller and the services: policies that override an
// Allow, accounts and regions, proxies, and missing responses.
func accessFaults() []rule {
	return []rule{
		{DeniedBySCP, isAWS, denyBecause("with an explicit deny in a service control policy: arn:aws:organizations::999988887777:policy/o-sandbox/service_control_policy/p-sandbox")},
		{DeniedByBoundary, isAWS, denyBecause("because no permissions boundary allows the %s action")},
		{DeniedBySession, isAWS, denyBecause("because no session policy allows the %s action")},
		{DeniedByEndpoint, isAWS, denyBecause("with an explicit deny in a VPC endpoint policy")},
		{RegionOff, func(op string) bool { return isAWS(op) && !strings.HasPrefix(op, "sts:") }, func(f Fault, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			code := "UnrecognizedClientException"
			if isXML(f.Operation) {
				code = "InvalidClientTokenId"
			}
			f.refuse(w, &aws.Error{Code: code, Message: "The security token included in the request is invalid."})
		}},
		{NotSubscribed, isAWS, func(f Fault, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			code := "SubscriptionRequiredException"
			if isXML(f.Operation) {
				code = "OptInRequired"
			}
			f.refuse(w, &aws.Error{Code: code, Message: "The AWS Access Key Id needs a subscription for the service"})
		}},
		{BlockedPage, notGateway, func(_ Fault, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			writePage(w, http.StatusForbidden, "<html><head><title>Blocked by policy</title></head><body>Ask the help desk.</body></html>")
		}},
		{Silent, anyOperation, func(_ Fault, _ http.ResponseWriter, r *http.Request, _ http.Handler) {
			<-r.Context().Done()
			panic(http.ErrAbortHandler)
		}},
		{Stalled, anyOperation, func(_ Fault, w http.ResponseWriter, r *http.Request, next http.Handler) {
			kept := newBufferedResponse()
			next.ServeHTTP(kept, r)
			for name, values := range kept.header {
				w.Header()[name] = values
			}
			w.Header().Set("Content-Length", strconv.Itoa(kept.body.Len()+1)) // one byte more than is sent
			w.WriteHeader(kept.status)
			_, _ = w.Write(kept.body.Bytes()[:kept.body.Len()/2])
			if f, ok := w.(http.Flusher); ok {
				f.Flush()
			}
			<-r.Context().Done()
			panic(http.ErrAbortHandler)
		}},
		{DomainTaken, oneOf("CreateUserPoolDomain"), func(f Fault, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			f.refuse(w, aws.AsError(cognito.DomainTaken(), f.protocol()))
		}},
		{NoSearch, oneOf("CreateGateway"), func(f Fault, w http.ResponseWriter, r *http.Request, next http.Handler) {
			if !strings.Contains(string(site.Body(r)), `"SEMANTIC"`) {
				next.ServeHTTP(w, r)
				return
			}
			f.refuse(w, aws.AsError(aws.Invalid("/protocolConfiguration/mcp/searchType", "SEMANTIC is not supported in this region"), f.protocol()))
		}},
		{UnknownClient, func(op string) bool { return op == "token" }, func(_ Fault, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			site.WriteJSON(w, site.JSON, http.StatusBadRequest, aws.Object{"error": "invalid_client"})
		}},
	}
}

func notGateway(op string) bool { return !isGateway(op) }

// denyBecause denies an action in IAM's words (IAM user guide, “Troubleshoot access
// denied error messages”). The reason may name the action.
func denyBecause(reason string) func(Fault, http.ResponseWriter, *http.Request, http.Handler) {
	return func(f Fault, w http.ResponseWriter, r *http.Request, _ http.Handler) {
		account, _ := aws.SignedScope(r)
		why := reason
		if strings.Contains(reason, "%s") {
			why = fmt.Sprintf(reason, f.Operation)
		}
		f.refuse(w, aws.AccessDenied(f.protocol(), fmt.Sprintf("User: %s is not authorized to perform: %s on resource: * %s", aws.CallerARN(account), f.Operation, why)))
	}
}
