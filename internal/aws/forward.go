package aws

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// studioMetadata is where SageMaker Studio describes the container. The
// variable AGENTCORE_3LO_STUDIO_METADATA names another file.
const studioMetadata = "/opt/ml/metadata/resource-metadata.json"

// Forwarding says how a browser reaches the ports of this machine.
type Forwarding struct {
	Environment   string // "" = this machine, or "SageMaker Studio", "code-server", "Codespaces"
	AllInterfaces bool   // the forwarding proxy connects from outside this host's loopback
	Note          string // what could not be determined, for the user

	template string // the address of a port, with portWord in place of the port
}

const portWord = "{{port}}"

// Base returns the address of a port for a browser, without a trailing slash.
func (f Forwarding) Base(port int) string {
	return strings.TrimSuffix(strings.ReplaceAll(f.template, portWord, strconv.Itoa(port)), "/")
}

// Forward determines how a browser reaches this machine. In Studio that takes one
// call, signed with the environment's credentials.
func (w *Environment) Forward(ctx context.Context, env func(string) string) Forwarding {
	f := Forwarding{template: "http://localhost:" + portWord}
	if space, ok := readStudio(env); ok {
		f.Environment, f.AllInterfaces = "SageMaker Studio", true
		base, err := space.url(ctx, w, env)
		if err != nil {
			// Fall back to localhost, like the tutorial's server, and say so.
			f.Note = fmt.Sprintf("The space's address could not be read (%v); give it with --return-url.", err)
			return f
		}
		f.template = base + "/proxy/" + portWord
		return f
	}
	if template := env("VSCODE_PROXY_URI"); strings.Contains(template, portWord) {
		f.Environment = "code-server"
		// code-server's own default is relative: ./proxy/{{port}}
		if u, err := url.Parse(strings.ReplaceAll(template, portWord, "1")); err != nil || u.Scheme != "https" && u.Hostname() != "localhost" && u.Hostname() != "127.0.0.1" {
			f.Note = fmt.Sprintf("code-server's address cannot be taken from VSCODE_PROXY_URI (%q); give it with --return-url.", template)
			return f
		}
		f.template = template
		return f
	}
	if name, domain := env("CODESPACE_NAME"), env("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN"); name != "" && domain != "" {
		f.Environment, f.template = "Codespaces", fmt.Sprintf("https://%s-%s.%s", name, portWord, domain)
	}
	return f
}

type studio struct {
	DomainID    string `json:"DomainId"`
	SpaceName   string `json:"SpaceName"`
	ResourceArn string `json:"ResourceArn"`
}

func readStudio(env func(string) string) (studio, bool) {
	path := env("AGENTCORE_3LO_STUDIO_METADATA")
	if path == "" {
		path = studioMetadata
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return studio{}, false
	}
	var s studio
	if json.Unmarshal(raw, &s) != nil {
		return studio{}, false
	}
	return s, true
}

// url asks SageMaker for the space's address. It signs the request itself, because
// the SDK's module for SageMaker is large.
func (s studio) url(ctx context.Context, w *Environment, env func(string) string) (string, error) {
	cfg := w.Config
	if cfg.Credentials == nil || cfg.HTTPClient == nil {
		return "", errors.New("there are no AWS credentials")
	}
	if s.DomainID == "" || s.SpaceName == "" {
		return "", errors.New("the metadata names no space")
	}
	endpoint := cmp.Or(env("AWS_ENDPOINT_URL_SAGEMAKER"), env("AWS_ENDPOINT_URL"), w.sageMaker)
	if endpoint == "" {
		endpoint = fmt.Sprintf("https://api.sagemaker.%s.%s", cfg.Region, PartitionOf(cfg.Region).DNSSuffix)
	}
	ctx, cancel := context.WithTimeout(WithLabel(ctx, "SageMaker", "DescribeSpace"), 20*time.Second)
	defer cancel()
	body, err := json.Marshal(map[string]string{"DomainId": s.DomainID, "SpaceName": s.SpaceName})
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(endpoint, "/")+"/", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "SageMaker.DescribeSpace")
	creds, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return "", err
	}
	digest := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, creds, req, hex.EncodeToString(digest[:]), "sagemaker", cfg.Region, time.Now()); err != nil {
		return "", err
	}
	resp, err := cfg.HTTPClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var space struct{ Url, Message string }
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&space); err != nil {
		return "", fmt.Errorf("DescribeSpace answered %s", resp.Status)
	}
	if resp.StatusCode != http.StatusOK || space.Url == "" {
		return "", fmt.Errorf("DescribeSpace answered %s %s", resp.Status, space.Message)
	}
	if u, err := url.Parse(space.Url); err != nil || u.Scheme != "https" {
		return "", fmt.Errorf("DescribeSpace answered the address %q", space.Url)
	}
	return strings.TrimSuffix(space.Url, "/"), nil
}
