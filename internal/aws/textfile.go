package aws

import (
	"os"

	"agentcore-3lo/internal/text"
)

// readText reads a file that Windows PowerShell may have written: it removes the
// byte order mark and converts UTF-16 to UTF-8. Other encodings are not changed.
func readText(path string) ([]byte, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if decoded, err := text.Decode(raw); err == nil {
		return []byte(decoded), nil
	}
	return raw, nil
}
