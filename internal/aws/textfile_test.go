package aws

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf16"
)

func utf16File(text string, order binary.AppendByteOrder) []byte {
	raw := order.AppendUint16(nil, 0xfeff)
	for _, unit := range utf16.Encode([]rune(text)) {
		raw = order.AppendUint16(raw, unit)
	}
	return raw
}

// Windows PowerShell 5.1 writes UTF-16 with ">", and a byte order mark with
// Set-Content -Encoding UTF8.
func TestFilesThatPowerShellWroteAreRead(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	bundle := "# Zürich\r\n" + string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	begins := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	const token = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"
	for name, encode := range map[string]func(string) []byte{
		"UTF-16, Intel's order":        func(s string) []byte { return utf16File(s, binary.LittleEndian) },
		"UTF-16, big-endian":           func(s string) []byte { return utf16File(s, binary.BigEndian) },
		"UTF-8 with a byte order mark": func(s string) []byte { return []byte("\ufeff" + s) },
		"UTF-8":                        func(s string) []byte { return []byte(s) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file")
			write := func(content string) {
				if err := os.WriteFile(path, encode(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for _, content := range []string{bundle, begins} {
				write(content)
				if _, err := readBundle(path); err != nil {
					t.Errorf("CA bundle: %v", err)
				}
			}
			write(token + "\r\n")
			if got, err := tokenFile(path).GetIdentityToken(); string(got) != token {
				t.Errorf("web identity token %q, %v", got, err)
			}
			if got, err := agentToken(path); got != token {
				t.Errorf("authorization token %q, %v", got, err)
			}
		})
	}
	path := filepath.Join(t.TempDir(), "latin1")
	if err := os.WriteFile(path, []byte("# Z\xfcrich\n"+begins), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readBundle(path); err != nil {
		t.Errorf("a comment in Latin-1: %v", err)
	}
}
