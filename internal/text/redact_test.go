package text

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

const token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl_-0"

func TestRedactHidesKnownSecretsInEverySpelling(t *testing.T) {
	const secret = `WPL_AP1.k/9+x==<"ü">`
	var r Redactor
	r.Add(secret, "tiny")
	quoted, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	for name, in := range map[string]string{
		"plain":          "secret is " + secret + "!",
		"query":          "a=" + url.QueryEscape(secret) + "&b=1",
		"path":           "/x/" + url.PathEscape(secret),
		"lower escapes":  lowerEscapes("a=" + url.QueryEscape(secret)),
		"JSON":           `{"s":` + string(quoted) + `}`,
		"JSON, not HTML": `{"s":"WPL_AP1.k/9+x==<\"ü\">"}`,
		"twice":          secret + secret,
	} {
		got := r.Redact(in)
		if strings.Contains(got, "AP1") || strings.Contains(got, "9+x") || !strings.Contains(got, Redacted) {
			t.Errorf("%s: %q became %q", name, in, got)
		}
	}
	if got := r.Redact("a tiny thing"); got != "a tiny thing" {
		t.Errorf("a short secret was taken: %q", got)
	}
}

func TestRedactHidesOverlappingSecretsWhole(t *testing.T) {
	var r Redactor
	r.Add("abcdefgh", "efghijkl", "abcdef")
	if got := r.Redact("<abcdefghijkl>"); got != "<[redacted]>" {
		t.Errorf("got %q", got)
	}
}

func TestRedactHidesWhatLooksLikeACredential(t *testing.T) {
	var r Redactor
	for _, c := range []struct{ name, in, want string }{
		{"JWT", "got " + token + " back", "got [redacted] back"},
		{"JWT in JSON", `{"user_token":"` + token + `"}`, `{"user_token":"[redacted]"}`},
		{"JWT cut off", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIi", "[redacted]"},
		{"header", "Authorization: Bearer opaque1\r\nHost: x", "Authorization: [redacted]\r\nHost: x"},
		{"SigV4", "authorization: AWS4-HMAC-SHA256 Credential=AKIA/x, Signature=ab12", "authorization: [redacted]"},
		{"header in JSON", `{"Authorization":["Bearer opaque"],"X":1}`, `{"Authorization":["[redacted]"],"X":1}`},
		{"header in JSON in JSON", `"{\"Authorization\":\"Bearer opaque\"}"`, `"{\"Authorization\":\"[redacted]\"}"`},
		{"header as Go prints it", "map[Authorization:[Bearer opaque] Host:[x]]", "map[Authorization:[redacted] Host:[x]]"},
		{"curl", "curl -H 'Authorization: Basic aWQ6c2VjcmV0' u", "curl -H 'Authorization: [redacted]' u"},
		{"scheme alone", "sent Basic aWQ6c2VjcmV0LWlzLWhlcmU9 there", "sent Basic [redacted] there"},
		{"challenge stays", `WWW-Authenticate: Bearer resource_metadata="x"`, `WWW-Authenticate: Bearer resource_metadata="x"`},
		{"prose stays", "This request requires authorization. Missing Bearer token", "This request requires authorization. Missing Bearer token"},
		{"metadata stays", `{"authorization_endpoint":"https://x"}`, `{"authorization_endpoint":"https://x"}`},
		{"done before", "Authorization: [redacted]", "Authorization: [redacted]"},
	} {
		if got := r.Redact(c.in); got != c.want {
			t.Errorf("%s: %q became %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

// lazy resolves to a secret only when it is logged.
type lazy string

func (l lazy) LogValue() slog.Value { return slog.StringValue(string(l)) }

func TestHandlerRedactsEverythingThatIsLogged(t *testing.T) {
	const secret = "marked-secret-1234"
	var r Redactor
	r.Add(secret)
	for _, format := range []string{"text", "json"} {
		var out bytes.Buffer
		options := &slog.HandlerOptions{Level: slog.LevelDebug}
		var inner slog.Handler = slog.NewTextHandler(&out, options)
		if format == "json" {
			inner = slog.NewJSONHandler(&out, options)
		}
		log := slog.New(r.Handler(inner)).With("with", secret).WithGroup("group")
		log.Debug("message "+secret,
			"string", secret,
			"error", fmt.Errorf("wrapped: %w", errors.New("bad "+secret)),
			"bytes", []byte(secret),
			"struct", struct{ S string }{secret},
			"header", http.Header{"Authorization": {"Bearer opaque-value"}},
			"authorization", "opaque-value",
			"lazy", lazy(secret),
			slog.Group("inner", "deep", secret, slog.Group("deeper", "x", lazy(secret))),
			"key "+secret, 1,
			"count", 42,
		)
		text := out.String()
		if strings.Contains(text, "marked-secret") || strings.Contains(text, "opaque-value") {
			t.Errorf("%s leaks: %s", format, text)
		}
		if strings.Count(text, Redacted) < 11 || !strings.Contains(text, "42") {
			t.Errorf("%s lost something: %s", format, text)
		}
	}
}

func TestRedactorIsSafeForConcurrentUse(t *testing.T) {
	var r Redactor
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			secret := fmt.Sprintf("secret-number-%d", i)
			r.Add(secret)
			if got := r.Redact("x " + secret); got != "x [redacted]" {
				t.Errorf("got %q", got)
			}
		})
	}
	wg.Wait()
}

// Secrets that overlap are hidden to the end of the later one.
func TestRedactHidesOverlappingSecrets(t *testing.T) {
	var r Redactor
	r.Add("abcdefghij", "cdef-not-in-it", "efghij-klmnop", "abcdefghij-k")
	for _, in := range []string{"x abcdefghij-klmnop y", "abcdefghij-klmnop"} {
		if got := r.Redact(in); strings.Contains(got, "klm") || strings.Contains(got, "abc") {
			t.Errorf("%q became %q", in, got)
		}
	}
}
