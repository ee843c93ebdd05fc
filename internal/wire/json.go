package wire

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
)

// secretNames are the names of fields that hold secrets: of OAuth (RFC 6749,
// 7521, 7636 and 8628), of the AWS services that issue credentials and of
// SigV4 in a query. They are compared without case and punctuation.
var secretNames = []string{
	"accesstoken", "refreshtoken", "idtoken", "token", "usertoken", "workloadaccesstoken", "bearertoken", "webidentitytoken",
	"clientsecret", "secret", "clientassertion", "assertion", "samlassertion", "password", "passwd", "code", "codeverifier",
	"devicecode", "usercode", "tokencode", "authorization", "cookie", "apikey",
	"secretaccesskey", "accesskeyid", "sessiontoken", "securitytoken",
	"xamzsecuritytoken", "xamzsignature", "xamzcredential",
}

func secretName(name string) bool {
	plain := strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == '.' {
			return -1
		}
		return r
	}, strings.ToLower(name))
	return slices.Contains(secretNames, plain)
}

// rewriteJSON copies one JSON value, keeps its order, and replaces each leaf with
// the function's result. The name is the nearest member name above the leaf; below
// a secret name, it is that secret name. It returns false for anything but one
// valid JSON value.
func rewriteJSON(raw []byte, leaf func(name string, leaf any) any) ([]byte, bool) {
	if !json.Valid(raw) {
		return nil, false
	}
	r := rewriter{dec: json.NewDecoder(bytes.NewReader(raw)), leaf: leaf}
	r.dec.UseNumber()
	if r.value("") != nil {
		return nil, false
	}
	_, err := r.dec.Token()
	return r.out.Bytes(), err == io.EOF
}

type rewriter struct {
	dec  *json.Decoder
	out  bytes.Buffer
	leaf func(string, any) any
}

func (r *rewriter) value(name string) error {
	token, err := r.dec.Token()
	if err != nil {
		return err
	}
	delim, nested := token.(json.Delim)
	if !nested {
		return r.write(r.leaf(name, token))
	}
	r.out.WriteString(delim.String())
	for first := true; r.dec.More(); first = false {
		if !first {
			r.out.WriteByte(',')
		}
		within := name
		if delim == '{' {
			key, err := r.dec.Token()
			if err != nil {
				return err
			}
			if err := r.write(key); err != nil {
				return err
			}
			r.out.WriteByte(':')
			if k, _ := key.(string); !secretName(name) {
				within = k
			}
		}
		if err := r.value(within); err != nil {
			return err
		}
	}
	end, err := r.dec.Token()
	if err == nil {
		r.out.WriteString(end.(json.Delim).String())
	}
	return err
}

// write encodes a leaf without escaping the characters of URLs.
func (r *rewriter) write(leaf any) error {
	enc := json.NewEncoder(&r.out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(leaf); err != nil {
		return err
	}
	r.out.Truncate(r.out.Len() - 1) // Encode ends with a line break
	return nil
}
