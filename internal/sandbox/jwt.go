package sandbox

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
)

// accessClaims are those of a Cognito access token for a machine client.
type accessClaims struct {
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

func (s *Server) keyID(pool string) string {
	return base64.StdEncoding.EncodeToString(s.mac("signing key id", pool))
}

// sign makes a JWT of a pool, RS256.
func (s *Server) sign(pool string, claims accessClaims) (string, error) {
	header, err := json.Marshal(joseHeader{s.keyID(pool), "RS256"})
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	text := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(body)
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, s.store.key, crypto.SHA256, digest[:])
	if err != nil {
		return "", err
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// verify reads the claims of a JWT that a pool signed and that has not expired.
// The issuer's origin does not matter: the sandbox may serve elsewhere today.
func (s *Server) verify(token, pool string, now time.Time) (accessClaims, bool) {
	var claims accessClaims
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return claims, false
	}
	var header joseHeader
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || !decodePart(parts[0], &header) || header.Algorithm != "RS256" || header.KeyID != s.keyID(pool) {
		return claims, false
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if rsa.VerifyPKCS1v15(&s.store.key.PublicKey, crypto.SHA256, digest[:], signature) != nil || !decodePart(parts[1], &claims) {
		return claims, false
	}
	return claims, strings.HasSuffix(claims.Issuer, "/"+pool) && now.Unix() < claims.Expires
}

func decodePart(part string, into any) bool {
	raw, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(raw, into) == nil
}

// jwks is a pool's public key, as Cognito publishes it.
func (s *Server) jwks(pool string) object {
	public := s.store.key.PublicKey
	return object{"keys": []object{{
		"alg": "RS256", "kty": "RSA", "use": "sig", "kid": s.keyID(pool),
		"n": base64.RawURLEncoding.EncodeToString(public.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(public.E)).Bytes()),
	}}}
}
