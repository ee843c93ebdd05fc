//go:build unix

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"agentcore-3lo/internal/testkit/signin"
)

// desk is a machine on which somebody tries to sign in.
type desk struct {
	*place
	*signin.Services
	vars map[string]string
}

func newDesk(t *testing.T) *desk {
	d := &desk{place: newPlace(t), Services: signin.Start(t)}
	d.vars = map[string]string{"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": d.URL, "AWS_MAX_ATTEMPTS": "1", "AWS_EC2_METADATA_SERVICE_ENDPOINT": d.URL,
		"AWS_EC2_METADATA_DISABLED": "", "AWS_CONFIG_FILE": filepath.Join(d.home, "config"), "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(d.home, "credentials")}
	return d
}

// config writes the configuration file, and credentials the other one.
func (d *desk) config(text string)      { d.write("config", text) }
func (d *desk) credentials(text string) { d.write("credentials", text) }

// write writes a file in the home directory. DIR and URL stand for the home
// directory and the services.
func (d *desk) write(name, text string) {
	d.t.Helper()
	path := filepath.Join(d.home, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(d.expand(text)), 0o700); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) expand(text string) string {
	return strings.NewReplacer("DIR", d.home, "URL", d.URL).Replace(text)
}

func (d *desk) set(pairs ...string) {
	for i := 0; i < len(pairs); i += 2 {
		d.vars[pairs[i]] = d.expand(pairs[i+1])
	}
}

// whoami runs the command; why and next are the parts of a failure.
func (d *desk) whoami(args ...string) (code int, who map[string]any, why, next string) {
	d.t.Helper()
	d.env = slices.DeleteFunc(d.env, func(v string) bool { return strings.HasPrefix(v, "AWS_") || strings.HasPrefix(v, "HTTP") })
	for name, value := range d.vars {
		if value != "" {
			d.env = append(d.env, name+"="+value)
		}
	}
	code, out, errs := d.run(append([]string{"whoami", "--json"}, args...)...)
	for _, secret := range []string{signin.Secret, signin.SSOToken, "session-of-", "proxy-password"} {
		if strings.Contains(out+errs, secret) {
			d.t.Errorf("a secret is shown:\n%s\n%s", out, errs)
		}
	}
	for _, l := range lines(d.t, out) {
		switch l["event"] {
		case "whoami":
			who = l
		case "failed":
			w := l["why"].(map[string]any)
			why, next = fmt.Sprint(w["code"], " ", w["message"]), fmt.Sprint(l["next"])
		}
	}
	return code, who, why, next
}

// ssoToken signs in to IAM Identity Center, as `aws sso login` does.
func (d *desk) ssoToken(key string, life time.Duration, refreshable bool) {
	sum := sha1.Sum([]byte(key))
	token := map[string]string{"accessToken": signin.SSOToken, "expiresAt": time.Now().Add(life).UTC().Format(time.RFC3339), "region": "us-east-1", "startUrl": "https://corp.example/start"}
	if refreshable {
		token["refreshToken"], token["clientId"], token["clientSecret"] = "refresh", "client", "client-secret-example"
	}
	raw, _ := json.Marshal(token)
	d.write(".aws/sso/cache/"+hex.EncodeToString(sum[:])+".json", string(raw))
}

const loginSession = "arn:aws:sts::111122223333:assumed-role/Console/ana"

// loginToken signs in with `aws login`.
func (d *desk) loginToken(life time.Duration) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		d.t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		d.t.Fatal(err)
	}
	raw, _ := json.Marshal(map[string]any{"tokenType": "aws_sigv4", "refreshToken": "refresh", "identityToken": "id", "clientId": "arn:aws:signin:::devtools/same-device",
		"dpopKey":     string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})),
		"accessToken": map[string]any{"accessKeyId": signin.KeyLogin, "secretAccessKey": signin.Secret, "sessionToken": "session-of-login", "accountId": signin.Account, "expiresAt": time.Now().Add(life).UTC().Format(time.RFC3339)}})
	sum := sha256.Sum256([]byte(loginSession))
	d.write(".aws/login/cache/"+hex.EncodeToString(sum[:])+".json", string(raw))
}

// helper writes a credential_process.
func (d *desk) helper(script string) { d.write("helper.sh", "#!/bin/sh\n"+script+"\n") }

func helperJSON(extra string) string {
	return `echo '{"Version":1,"AccessKeyId":"` + signin.KeyProcess + `","SecretAccessKey":"` + signin.Secret + `","SessionToken":"session-of-helper"` + extra + `}'`
}

const (
	role      = "arn:aws:iam::" + signin.RoleAccount + ":role/Deploy"
	userKey   = "aws_access_key_id = " + signin.KeyUser + "\naws_secret_access_key = " + signin.Secret + "\n"
	overBase  = "[profile deploy]\nrole_arn = " + role + "\nsource_profile = base\n"
	ssoConfig = "[profile corp]\nsso_session = main\nsso_account_id = " + signin.Account + "\nsso_role_name = Admin\n[sso-session main]\nsso_region = us-east-1\nsso_start_url = https://corp.example/start\n"
	legacySSO = "[profile corp]\nsso_region = us-east-1\nsso_start_url = https://corp.example/start\nsso_account_id = " + signin.Account + "\nsso_role_name = Admin\n"
	unknown   = "The security token included in the request is invalid."
	denied    = "User: arn:aws:iam::" + signin.Account + ":user/ana is not authorized to perform: sts:AssumeRole on resource: " + role
)
