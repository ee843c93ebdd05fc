//go:build unix

package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit/freeport"
)

// program is the built binary.
var program string

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	// Nothing of the machine may lead to a real account.
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "LINKEDIN_") || strings.HasPrefix(name, "AGENTCORE_3LO_HOME") {
			_ = os.Unsetenv(name)
		}
	}
	dir, err := os.MkdirTemp("", "trust-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "agentcore-3lo")
	build := exec.Command("go", "build", "-o", program, "agentcore-3lo")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the program: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// A hook stands before every exchange of the program, the n-th since it was
// set, counted from 1. It says whether it has dealt with it.
type hook func(n int, op string, w http.ResponseWriter, r *http.Request, next http.Handler) bool

// box is a sandbox that counts, and can be told to misbehave.
type box struct {
	t testing.TB
	*sandbox.Server
	aws *awsenv.Environment // to look, and to do things behind the program's back

	mu      sync.Mutex
	ahead   time.Duration
	hook    hook
	count   int
	journal []string
	pages   []string // what browsers asked for
}

func newBox(t testing.TB) *box {
	t.Helper()
	b := &box{t: t}
	var err error
	for range 5 {
		if b.Server, err = sandbox.Start(sandbox.Options{Port: freeport.Take(t), Intercept: b.intercept, Now: b.now}); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Server.Close() })
	b.aws = b.as(t, sandbox.AccessKeyID)
	return b
}

// as is the sandbox as somebody else sees it. A key id of twelve digits is an
// account of its own.
func (b *box) as(t testing.TB, keyID string) *awsenv.Environment {
	t.Helper()
	w, err := awsenv.Open(context.Background(), awsenv.Options{Sandbox: &awsenv.Sandbox{Endpoint: b.Endpoint(), AccessKeyID: keyID,
		SecretAccessKey: sandbox.SecretAccessKey, Region: sandbox.Region, Portal: b.PortalURL()}})
	if err != nil {
		t.Fatal(err)
	}
	w.HTTP.Transport = looker{w.HTTP.Transport}
	if err := w.Identify(context.Background()); err != nil {
		t.Fatal(err)
	}
	return w
}

// CloseIdleConnections lets http.Client's reach the transport.
func (l looker) CloseIdleConnections() {
	(&http.Client{Transport: l.next}).CloseIdleConnections()
}

// looker marks what the test itself asks, so that it is not counted.
type looker struct{ next http.RoundTripper }

func (l looker) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set(lookerHeader, "1")
	return l.next.RoundTrip(r)
}

func (b *box) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Now().Add(b.ahead)
}

func (b *box) later(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ahead += d
}

const lookerHeader = "X-Looking"

// calls says whether an operation is the program's own: the others are the
// browser's.
func calls(op string) bool {
	return strings.Contains(op, ":") || op == "token" || op == "discovery"
}

func (b *box) intercept(op string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if op == "identity" { // it plays AWS, so it does not say that it is a sandbox
			http.NotFound(w, r)
			return
		}
		b.restamp(r)
		if !calls(op) {
			b.mu.Lock()
			b.pages = append(b.pages, op)
			b.mu.Unlock()
		}
		if !calls(op) || r.Header.Get(lookerHeader) != "" {
			next.ServeHTTP(w, r)
			return
		}
		b.mu.Lock()
		b.count++
		n, h := b.count, b.hook
		b.journal = append(b.journal, op)
		b.mu.Unlock()
		if h != nil && h(n, op, w, r, next) {
			return
		}
		next.ServeHTTP(w, r)
	})
}

// restamp dates a signed request as if the client's clock had gone on with the
// sandbox's. The sandbox cannot check what a signature covers.
func (b *box) restamp(r *http.Request) {
	b.mu.Lock()
	moved := b.ahead != 0
	b.mu.Unlock()
	old := r.Header.Get("X-Amz-Date")
	if !moved || len(old) < 8 {
		return
	}
	date := b.now().UTC().Format("20060102T150405Z")
	r.Header.Set("X-Amz-Date", date)
	r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "/"+old[:8]+"/", "/"+date[:8]+"/", 1))
}

// intrude sets the hook and begins to count anew.
func (b *box) intrude(h hook) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hook, b.count, b.journal = h, 0, nil
}

func (b *box) requests() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.journal)
}

// mutates says whether an operation makes, alters or removes something.
func mutates(op string) bool {
	_, name, _ := strings.Cut(op, ":")
	return slices.ContainsFunc([]string{"Create", "Update", "Put", "Delete", "Attach", "Detach", "Tag", "Complete"},
		func(verb string) bool { return strings.HasPrefix(name, verb) })
}

// rewrite lets the sandbox answer, and changes what it says.
func rewrite(w http.ResponseWriter, r *http.Request, next http.Handler, change func([]byte) []byte) {
	kept := httptest.NewRecorder()
	next.ServeHTTP(kept, r)
	maps.Copy(w.Header(), kept.Header())
	body := kept.Body.Bytes()
	if kept.Code < 300 && len(body) > 0 {
		body = change(body)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if kept.Code == http.StatusNoContent {
		w.Header().Del("Content-Length")
	}
	w.WriteHeader(kept.Code)
	_, _ = w.Write(body)
}

// discarded is an answer that never leaves.
type discarded struct{ header http.Header }

func (d discarded) Header() http.Header { return d.header }

func (d discarded) Write(p []byte) (int, error) { return len(p), nil }

func (d discarded) WriteHeader(int) {}

// standing is what the services have of the tutorial's kinds, whoever made it.
type standing struct {
	Pools, Domains, Servers, Clients, Roles, Policies, Gateways, Targets, Providers int
}

// oneRun is what a run leaves.
var oneRun = standing{1, 1, 1, 1, 1, 1, 1, 1, 1}

// stands counts through the SDK.
func stands(t testing.TB, w *awsenv.Environment) standing {
	t.Helper()
	var s standing
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("looking at what stands: %v", err)
		}
	}
	pools, err := w.Cognito.ListUserPools(ctx, &cognito.ListUserPoolsInput{MaxResults: aws.Int32(60)})
	check(err)
	for _, p := range pools.UserPools {
		s.Pools++
		d, err := w.Cognito.DescribeUserPool(ctx, &cognito.DescribeUserPoolInput{UserPoolId: p.Id})
		check(err)
		if aws.ToString(d.UserPool.Domain) != "" {
			s.Domains++
		}
		clients, err := w.Cognito.ListUserPoolClients(ctx, &cognito.ListUserPoolClientsInput{UserPoolId: p.Id, MaxResults: aws.Int32(60)})
		check(err)
		s.Clients += len(clients.UserPoolClients)
		servers, err := w.Cognito.ListResourceServers(ctx, &cognito.ListResourceServersInput{UserPoolId: p.Id, MaxResults: aws.Int32(50)})
		check(err)
		s.Servers += len(servers.ResourceServers)
	}
	roles, err := w.IAM.ListRoles(ctx, &iam.ListRolesInput{})
	check(err)
	s.Roles = len(roles.Roles)
	for _, r := range roles.Roles {
		inline, err := w.IAM.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: r.RoleName})
		check(err)
		s.Policies += len(inline.PolicyNames)
	}
	gateways, err := w.Control.ListGateways(ctx, &control.ListGatewaysInput{})
	check(err)
	s.Gateways = len(gateways.Items)
	for _, g := range gateways.Items {
		targets, err := w.Control.ListGatewayTargets(ctx, &control.ListGatewayTargetsInput{GatewayIdentifier: g.GatewayId})
		check(err)
		s.Targets += len(targets.Items)
	}
	providers, err := w.Control.ListOauth2CredentialProviders(ctx, &control.ListOauth2CredentialProvidersInput{})
	check(err)
	s.Providers = len(providers.CredentialProviders)
	return s
}

// person is one user of the machine: a home folder, a listener's port, and what
// stands in the environment.
type person struct {
	home string
	port int
	env  map[string]string
	uid  uint32 // 0 = this process's own
}

func newPerson(t testing.TB, b *box) *person {
	t.Helper()
	p := &person{home: t.TempDir(), port: freeport.Take(t), env: b.Env()}
	p.env["HOME"] = p.home
	p.env["AGENTCORE_3LO_HOME"] = filepath.Join(p.home, "state")
	p.env["AGENTCORE_3LO_BACKOFF"] = "5ms"
	p.env["AWS_EC2_METADATA_DISABLED"] = "true"
	p.env["AWS_CONFIG_FILE"] = filepath.Join(p.home, "no-config")
	p.env["AWS_SHARED_CREDENTIALS_FILE"] = filepath.Join(p.home, "no-credentials")
	p.env["PATH"] = os.Getenv("PATH")
	p.env["CI"] = "1"
	return p
}

func (p *person) state() string { return filepath.Join(p.home, "state") }

func (p *person) environ() []string {
	var all []string
	for name, value := range p.env {
		all = append(all, name+"="+value)
	}
	return all
}

// allow is a person who follows the link and presses Allow.
func allow(ctx context.Context, url string) error { return sandbox.Person{}.Allow(ctx, url) }

func allowWith(client *http.Client, url string) error {
	return sandbox.Person{Client: client}.Allow(context.Background(), url)
}

// files is everything in the folder, as one text, with names and modes.
func files(t testing.TB, dir string) map[string]os.FileInfo {
	t.Helper()
	all := map[string]os.FileInfo{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		all[path] = info
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func read(t testing.TB, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// refuse answers in the words of the operation's service: XML for IAM and STS,
// the OAuth and JSON-RPC forms for token endpoint and gateway, JSON elsewhere.
func refuse(w http.ResponseWriter, op string, status int, code, message string) {
	service, _, _ := strings.Cut(op, ":")
	switch service {
	case "iam", "sts":
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(status)
		fmt.Fprintf(w, "<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>req-1</RequestId></ErrorResponse>", code, message)
	default:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Amzn-Errortype", code)
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]string{"__type": code, "message": message})
	}
}
