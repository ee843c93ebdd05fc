package aws

import (
	"bytes"
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

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// studioMetadata is where SageMaker Studio describes the container. The
// variable AGENTCORE_3LO_STUDIO_METADATA names another file.
const studioMetadata = "/opt/ml/metadata/resource-metadata.json"

// Forwarding says how a browser reaches a local port.
type Forwarding struct {
	Environment   string // "this machine", "SageMaker Studio", "code-server", "Codespaces"
	Base          string // the address of the port as a browser sees it, without a trailing slash
	AllInterfaces bool   // the forwarding proxy needs more than loopback
	Note          string // what could not be found out, for the person
}

// Forward finds out how a browser reaches the port. The configuration signs
// the one call that Studio needs; a zero one skips it.
func Forward(ctx context.Context, port int, cfg aws.Config, env func(string) string) Forwarding {
	local := Forwarding{Environment: "this machine", Base: "http://localhost:" + strconv.Itoa(port)}
	if space, ok := readStudio(env); ok {
		base, err := space.url(ctx, cfg, env)
		if err != nil {
			// As the tutorial's server does: fall back to localhost, and say so.
			return Forwarding{Environment: "SageMaker Studio", Base: local.Base, AllInterfaces: true,
				Note: fmt.Sprintf("The space's address could not be read (%v); give it with --return-url.", err)}
		}
		return Forwarding{Environment: "SageMaker Studio", Base: base + "/proxy/" + strconv.Itoa(port), AllInterfaces: true}
	}
	if template := env("VSCODE_PROXY_URI"); strings.Contains(template, "{{port}}") {
		base := strings.ReplaceAll(template, "{{port}}", strconv.Itoa(port))
		return Forwarding{Environment: "code-server", Base: strings.TrimSuffix(base, "/")}
	}
	if name, domain := env("CODESPACE_NAME"), env("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN"); name != "" && domain != "" {
		return Forwarding{Environment: "Codespaces", Base: fmt.Sprintf("https://%s-%d.%s", name, port, domain)}
	}
	return local
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

// url asks SageMaker for the space's address: one request signed with the
// SDK's signer, since the service's own module is large for one call.
func (s studio) url(ctx context.Context, cfg aws.Config, env func(string) string) (string, error) {
	if cfg.Credentials == nil || cfg.HTTPClient == nil {
		return "", errors.New("no AWS credentials at hand")
	}
	if s.DomainID == "" || s.SpaceName == "" {
		return "", errors.New("the metadata names no space")
	}
	endpoint := env("AWS_ENDPOINT_URL_SAGEMAKER")
	if endpoint == "" {
		endpoint = env("AWS_ENDPOINT_URL")
	}
	if endpoint == "" {
		endpoint = fmt.Sprintf("https://api.sagemaker.%s.%s", cfg.Region, dnsSuffix("aws"))
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
