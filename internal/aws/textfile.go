package aws

import (
	"os"

	"agentcore-3lo/internal/text"
)

// readText reads a file that Windows PowerShell may have written: without its
// byte order mark, and from UTF-16 to UTF-8. Other encodings stay as they are.
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
