package steps_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// refuse answers as AgentCore and Cognito do.
func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-Errortype", code)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": code, "message": message})
}

// refuseXML answers as IAM and STS do.
func refuseXML(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>r</RequestId></ErrorResponse>", code, message)
}

// rewrite lets the sandbox answer, and changes what it says.
func rewrite(w http.ResponseWriter, r *http.Request, next http.Handler, change func(map[string]any)) {
	kept := httptest.NewRecorder()
	next.ServeHTTP(kept, r)
	var body map[string]any
	raw := kept.Body.Bytes()
	if json.Unmarshal(raw, &body) == nil && kept.Code < 300 {
		change(body)
		raw, _ = json.Marshal(body)
	}
	for name, values := range kept.Header() {
		w.Header()[name] = values
	}
	w.Header().Del("Content-Length")
	w.WriteHeader(kept.Code)
	_, _ = w.Write(raw)
}

// files is everything in the folder, as one text.
func files(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%s\n%s\n", path, raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func tail(s string) string { return s[max(0, len(s)-2000):] }
