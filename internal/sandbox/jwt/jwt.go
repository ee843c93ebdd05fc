// Package jwt signs and verifies the access tokens of Cognito user pools.
package jwt

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
	"time"

	"agentcore-3lo/internal/sandbox/state"
)

// Claims are the claims of a Cognito access token for a machine client.
type Claims struct {
	Subject  string `json:"sub"`
	Use      string `json:"token_use"`
	Scope    string `json:"scope"`
	AuthTime int64  `json:"auth_time"`
	Issuer   string `json:"iss"`
	Expires  int64  `json:"exp"`
	IssuedAt int64  `json:"iat"`
	Version  int    `json:"version"`
	ID       string `json:"jti"`
	ClientID string `json:"client_id"`
}

type joseHeader struct {
	KeyID     string `json:"kid"`
	Algorithm string `json:"alg"`
}

func keyID(secrets *state.Secrets, pool string) string {
	return base64.StdEncoding.EncodeToString(secrets.MAC("signing key id", pool))
}

// Sign returns a JWT of a pool, signed with RS256.
func Sign(secrets *state.Secrets, pool string, claims Claims) (string, error) {
	header, err := json.Marshal(joseHeader{keyID(secrets, pool), "RS256"})
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	text := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(body)
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, secrets.Key, crypto.SHA256, digest[:])
	if err != nil {
		return "", err
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// Verify returns the claims of an unexpired JWT that the pool signed. The issuer's
// origin is not checked, because the sandbox's port may have changed.
func Verify(secrets *state.Secrets, token, pool string, now time.Time) (Claims, bool) {
	var claims Claims
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return claims, false
	}
	var header joseHeader
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || !decodePart(parts[0], &header) || header.Algorithm != "RS256" || header.KeyID != keyID(secrets, pool) {
		return claims, false
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if rsa.VerifyPKCS1v15(&secrets.Key.PublicKey, crypto.SHA256, digest[:], signature) != nil || !decodePart(parts[1], &claims) {
		return claims, false
	}
	return claims, strings.HasSuffix(claims.Issuer, "/"+pool) && now.Unix() < claims.Expires
}

func decodePart(part string, into any) bool {
	raw, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(raw, into) == nil
}

// KeySet returns a pool's public key as Cognito publishes it.
func KeySet(secrets *state.Secrets, pool string) map[string]any {
	public := secrets.Key.PublicKey
	return map[string]any{"keys": []map[string]any{{
		"alg": "RS256", "kty": "RSA", "use": "sig", "kid": keyID(secrets, pool),
		"n": base64.RawURLEncoding.EncodeToString(public.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(public.E)).Bytes()),
	}}}
}
