package secret_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf16"

	"agentcore-3lo/internal/secret"
	"agentcore-3lo/internal/vendors/linkedin"
)

// forms are those of one vendor.
var forms = linkedin.Vendor().Forms

const (
	id    = "77abcdefghij12"
	value = "WPL_AP1.Zq8Made7Up9Secret.Ab12Cd=="
)

// wide is text as UTF-16, with or without a byte order mark.
func wide(s string, bigEndian, mark bool) string {
	if mark {
		s = "\ufeff" + s
	}
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(s)) {
		low, high := byte(unit), byte(unit>>8)
		if bigEndian {
			low, high = high, low
		}
		b.Write([]byte{low, high})
	}
	return b.String()
}

func TestWhatSurroundsAValueUnseenIsRemoved(t *testing.T) {
	for name, raw := range map[string]string{
		"nothing": value, "a line end": value + "\n", "line ends of Windows": value + "\r\n", "blank lines": "\n\n " + value + "\t\n\n",
		"no-break spaces": "\u00a0" + value + "\u202f\u3000", "a byte order mark": "\ufeff" + value, "two byte order marks": "\ufeff\ufeff" + value + "\ufeff",
		"zero width spaces": "\u200b" + value[:9] + "\u200b" + value[9:] + "\u200d", "soft hyphens": value[:5] + "\u00ad" + value[5:],
		"direction marks": "\u202a" + value + "\u202c", "isolates": "\u2066" + value + "\u2069", "a word joiner": value + "\u2060", "a variation selector": value + "\ufe0f",
		"an invisible tag": value + "\U000e0001", "a Hangul filler": value + "\u3164",
		"UTF-16 little-endian": wide(value+"\r\n", false, true), "UTF-16 big-endian": wide(value, true, true),
		"UTF-16 without a mark": wide(value+"\r\n", false, false), "UTF-16 big-endian without a mark": wide(value, true, false),
		"UTF-16 with a zero width space": wide(value+"\u200b", false, true),
	} {
		if got, err := forms.ClientSecret([]byte(raw), id); got != value || err != nil {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
	for _, raw := range []string{id, " " + id + "\r\n", "\ufeff" + id, wide(id, false, true), id[:4] + "\u200b" + id[4:]} {
		if got, err := forms.ClientID([]byte(raw)); got != id || err != nil {
			t.Errorf("%q: %q %v", raw, got, err)
		}
	}
}

func TestValuesOfNoKnownFormAreTaken(t *testing.T) {
	for _, raw := range []string{"s3cret", "abcdEFGH12345678", "a", "Ab12==", "abc=", "x-y_z~!*", "p%41ss", strings.Repeat("k", 2048), "yours-truly1", "example-secret-1", "exported", "Q+/w=", "client-secret-7"} {
		if got, err := forms.ClientSecret([]byte(raw), id); got != raw || err != nil {
			t.Errorf("%q: %q %v", raw, got, err)
		}
	}
	for _, raw := range []string{"app-1", "a", "Iv1.8a61f9b3a7aba766", "1234.apps.example.com", strings.Repeat("k", 256)} {
		if got, err := forms.ClientID([]byte(raw)); got != raw || err != nil {
			t.Errorf("%q: %q %v", raw, got, err)
		}
	}
}

// notSecrets are values that cannot be a client secret.
var notSecrets = map[secret.Problem][]string{
	secret.Empty:      {"", " \n", "\ufeff", "\u200b\u200b", "\xff\xfe", "\u00a0"},
	secret.Encoding:   {"\xff\xfe\x00\x00W\x00\x00\x00", "\x00\x00\xfe\xff\x00\x00\x00W", "W\x00\x00\x00P\x00\x00\x00", "WPL\x00AP1", "\xffWPL", "WPL_\xe4\xf6", "\xff\xfeW", "\x1f\x8b\x08\x00", "\xff\xfe\x00\xd8"},
	secret.Structured: {`{"client_secret":"` + value + `"}`, "{\n  \"secret\": 1\n}", `["` + value + `"]`, "---\nclient_secret: x"},
	secret.Lines:      {value + "\n" + value, "Client ID\n" + id + "\nClient Secret\n" + value, "a\rb", "a\u2028b", "a\u0085b", "A=b\nC=d", "-----BEGIN KEY-----\nabc\n-----END KEY-----"},
	secret.Control:    {"\x1b[200~" + value + "\x1b[201~", "WPL\aAP1", value + "\x7fx", "\x01" + value},
	secret.Assignment: {"LINKEDIN_CLIENT_SECRET=" + value, "export LINKEDIN_CLIENT_SECRET=" + value, "LINKEDIN_CLIENT_SECRET = " + value, "set X=" + value, "setx LINKEDIN_CLIENT_SECRET " + value,
		"$env:LINKEDIN_CLIENT_SECRET = \"" + value + "\"", "$secret='" + value + "'", "secret=" + value, "LINKEDIN_CLIENT_SECRET=", "LINKEDIN_CLIENT_SECRET=\"" + value + "\"", "client.secret=" + value, "SECRET:=" + value},
	secret.Label:       {"Client Secret: " + value, "client_secret: " + value, "Primary Client Secret " + value, "\"client_secret\": \"" + value + "\",", "secret:" + value, "- client_secret: " + value, "Client secret：" + value, "Primary Client Secret:"},
	secret.Quoted:      {`"` + value + `"`, "'" + value + "'", "“" + value + "”", "„" + value + "“", "‘" + value + "’", "«" + value + "»", "`" + value + "`", `"` + value, value + `'`, "＂" + value + "＂", `"`},
	secret.Reference:   {"op://vault/linkedin/secret", "https://www.linkedin.com/developers/apps", "arn:aws:secretsmanager:us-east-1:111122223333:secret:x", "file:secret.txt", "vault:secret/data/x"},
	secret.Placeholder: {"<client-secret>", "<your secret>", "${LINKEDIN_CLIENT_SECRET}", "$LINKEDIN_CLIENT_SECRET", "%LINKEDIN_CLIENT_SECRET%", "{{ secret }}", "YOUR_CLIENT_SECRET", "your-secret-here", "changeme", "xxxxxxxx", "...", "[secret]", "null", "client_secret"},
	secret.Masked:      {"••••••••", "WPL_AP1.••••", "********", "●●●●", "WPL_AP1.Zq8…"},
	secret.Space:       {"WPL_AP1.Zq8 Made", value + " " + value, "a\tb", "a\u00a0b"},
	secret.NotASCII:    {"WРL_AP1.Zq8.Ab12", "WPL_AP1.Zq8–Ab12", "sécret", "密码"},
	secret.Swapped:     {id, " " + id + "\n", "86zyxwvutsrq98"},
	secret.Both:        {id + ":" + value, id + " " + value, id + "," + value},
	secret.Other:       {"AKIAIOSFODNN7EXAMPLE", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "Bearer abcdef", "Basic YWJj"},
	secret.Escaped:     {"WPL_AP1.Zq8Made7Up9Secret.Ab12Cd%3D%3D"},
	secret.CutOff:      {"WPL_AP1", "WPL_AP1.", "WPL_AP1.Zq8Made7Up9Secret", "WPL_AP1.Zq8.Ab", "WPL_"},
	secret.TooLong:     {strings.Repeat("k", 2049), strings.Repeat("k", 8000)},
}

func TestWhatIsNotABareSecretIsRefusedByName(t *testing.T) {
	for want, all := range notSecrets {
		for _, raw := range all {
			got, err := forms.ClientSecret([]byte(raw), id)
			refused(t, raw, got, err, want)
		}
	}
}

func TestWhatIsNotABareClientIDIsRefusedByName(t *testing.T) {
	for want, all := range map[secret.Problem][]string{
		secret.Empty: {"", "\ufeff \r\n"}, secret.Swapped: {value, "WPL_"}, secret.CutOff: {"77abc", "86zyxwvutsrq9"}, secret.TooLong: {strings.Repeat("k", 257)},
		secret.Assignment: {"LINKEDIN_CLIENT_ID=" + id, "export X=" + id}, secret.Label: {"Client ID: " + id, "Client ID " + id}, secret.Quoted: {`"` + id + `"`, "’" + id},
		secret.Placeholder: {"<client id>", "YOUR_CLIENT_ID", "$ID"}, secret.Reference: {"https://www.linkedin.com/developers/apps/1/auth"}, secret.Space: {"77abcdef ghij12"},
		secret.Both: {id + ":" + value}, secret.Lines: {id + "\n" + value}, secret.Other: {"ASIAIOSFODNN7EXAMPLE"}, secret.Encoding: {"\xfe\xff\x00"}, secret.NotASCII: {"77abсdefghij12"},
	} {
		for _, raw := range all {
			got, err := forms.ClientID([]byte(raw))
			refused(t, raw, got, err, want)
		}
	}
}

func refused(t *testing.T, raw, got string, err error, want secret.Problem) {
	t.Helper()
	var e *secret.Error
	if got != "" || !errors.As(err, &e) || e.Problem != want {
		t.Errorf("%q: %q %v, want %q", raw, got, err, want)
		return
	}
	if strings.Contains(err.Error(), "Zq8") || strings.Contains(err.Error(), id) {
		t.Errorf("%q: the error repeats it: %v", raw, err)
	}
}

func FuzzClientSecret(f *testing.F) {
	for _, all := range notSecrets {
		for _, raw := range all {
			f.Add([]byte(raw))
		}
	}
	f.Add([]byte(value))
	f.Add([]byte(wide(value, false, true)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, read := range []func([]byte) (string, error){forms.ClientID, func(raw []byte) (string, error) { return forms.ClientSecret(raw, id) }} {
			got, err := read(raw)
			var e *secret.Error
			switch {
			case err == nil:
				if got == "" || len(got) > 2048 || strings.ContainsFunc(got, func(r rune) bool { return r <= ' ' || r > '~' }) {
					t.Errorf("%q is taken as %q", raw, got)
				}
				if again, err := read([]byte(got)); again != got || err != nil {
					t.Errorf("%q becomes %q, %v", got, again, err)
				}
			case !errors.As(err, &e) || got != "":
				t.Errorf("%q: %q %v", raw, got, err)
			case len(raw) > 24 && strings.Contains(err.Error(), strings.TrimSpace(string(raw))):
				t.Errorf("%q: the error repeats it: %v", raw, err)
			}
		}
	})
}
