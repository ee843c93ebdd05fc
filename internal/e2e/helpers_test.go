//go:build unix

package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/internal/testkit/freeport"
)

// program is the built binary.
var program string

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	// No setting of this machine may lead to a real account.
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "LINKEDIN_") || strings.HasPrefix(name, "AGENTCORE_3LO_HOME") {
			_ = os.Unsetenv(name)
		}
	}
	dir, err := os.MkdirTemp("", "agentcore-3lo-e2e-")
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

// eachCall passes only the program's calls to f, numbered from 1, and not those of browsers.
func eachCall(f testkit.Interceptor) testkit.Interceptor {
	var calls atomic.Int64
	return func(op string, _ int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
		return testkit.IsCall(op) && f(op, int(calls.Add(1)), w, r, next)
	}
}

// mutates reports whether an operation creates, changes or deletes something, or
// completes a session.
func mutates(op string) bool { return testkit.IsChange(op) || strings.Contains(op, ":Complete") }

// discarded is a response that is not sent.
type discarded struct{ header http.Header }

func (d discarded) Header() http.Header { return d.header }

func (d discarded) Write(p []byte) (int, error) { return len(p), nil }

func (d discarded) WriteHeader(int) {}

// resources counts the resources of each kind, whoever created them.
type resources struct {
	Pools, Domains, Servers, Clients, Roles, Policies, Gateways, Targets, Providers int
}

// wholeRun is what a complete run creates.
var (
	wholeRun = resources{1, 1, 1, 1, 1, 1, 1, 1, 1}
	nothing  = resources{}
)

// mustHave fails the test unless these resources exist.
func mustHave(t testing.TB, w *awsenv.Environment, want resources, when string) {
	t.Helper()
	if got := countResources(t, w); got != want {
		t.Errorf("%s the services have %+v, want %+v", when, got, want)
	}
}

// countResources counts what exists at the services.
func countResources(t testing.TB, w *awsenv.Environment) resources {
	t.Helper()
	var s resources
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("counting what exists: %v", err)
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

// person is a user of this machine, with a home folder, a port for the listener and
// environment variables.
type person struct {
	home string
	port int
	env  map[string]string
	uid  uint32 // 0: the user of this process
}

func newPerson(t testing.TB, b *testkit.Sandbox) *person {
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

// allow opens the link and presses Allow, as a user does.
func allow(ctx context.Context, url string) error { return sandbox.Person{}.Allow(ctx, url) }

func allowWith(client *http.Client, url string) error {
	return sandbox.Person{Client: client}.Allow(context.Background(), url)
}

// files returns every file below a folder, by path.
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

// refuse answers with an error in the format of the operation's service.
func refuse(w http.ResponseWriter, op string, status int, code, message string) {
	if strings.HasPrefix(op, "iam:") || strings.HasPrefix(op, "sts:") {
		testkit.RefuseXML(w, status, code, message)
		return
	}
	testkit.Refuse(w, status, code, message)
}
