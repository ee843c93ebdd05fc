// Package ownership knows whose the resources are: what marks the ones that
// this program creates, and what those marks say about their owner.
package ownership

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"agentcore-3lo/internal/pattern"
)

// Owner is who creates resources: somebody in an account, at a computer.
type Owner struct {
	Account   string // twelve digits
	Principal string // "role/NAME", "user/PATH/NAME", "federated-user/NAME", "root"
	Computer  string // the id of the state folder; "" = unknown
}

// Of returns the owner that the caller's ARN stands for. An assumed role's
// ARN ends in a session name, which may change with every process, so it is
// left out (IAM user guide, "IAM identifiers", ARNs of assumed-role sessions).
func Of(callerARN, computer string) (Owner, error) {
	parsed, err := arn.Parse(callerARN)
	if err != nil || parsed.AccountID == "" || parsed.Resource == "" {
		return Owner{}, fmt.Errorf("the caller %q is not an ARN of an account", callerARN)
	}
	principal := parsed.Resource
	if session, assumed := strings.CutPrefix(principal, "assumed-role/"); assumed {
		role, _, _ := strings.Cut(session, "/")
		principal = "role/" + role
	}
	return Owner{Account: parsed.AccountID, Principal: principal, Computer: computer}, checkPrincipal(principal)
}

// checkPrincipal refuses what no principal's path or name has (IAM API reference,
// User: U+0021 to U+007F): a tag is foreign text, and its owner is shown.
func checkPrincipal(principal string) error {
	for _, c := range []byte(principal) {
		if c <= ' ' || c > '~' {
			return fmt.Errorf("the principal %q has a character that none has", principal)
		}
	}
	return nil
}

// shortened is the principal as a tag's value can hold it (256 characters):
// a user's path may have 512, and then a hash takes its place.
func shortened(principal string) string {
	if len(escape(principal)) <= 200 {
		return principal
	}
	sum := sha256.Sum256([]byte(principal))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// String is the owner as a tag's value, "ACCOUNT/PRINCIPAL@COMPUTER", which
// Parse reads. It holds only what a tag may hold in every service.
func (o Owner) String() string {
	return o.Account + "/" + escape(shortened(o.Principal)) + "@" + o.Computer
}

// Parse reads a tag's value. It fails for what String cannot have written.
func Parse(value string) (Owner, error) {
	account, rest, _ := strings.Cut(value, "/")
	at := strings.LastIndex(rest, "@")
	if at < 0 {
		return Owner{}, fmt.Errorf("%q names no owner", value)
	}
	principal, err := unescape(rest[:at])
	o := Owner{Account: account, Principal: principal, Computer: rest[at+1:]}
	if err != nil || account == "" || principal == "" || o.Computer == "" || o.String() != value || checkPrincipal(account+principal+o.Computer) != nil {
		return Owner{}, fmt.Errorf("%q names no owner", value)
	}
	return o, nil
}

// Relation says whether something is this owner's.
type Relation int

// The relations, from the least to the most.
const (
	// NotMine belongs to another principal or account, or to nobody known.
	NotMine Relation = iota
	// Elsewhere belongs to the same principal at another computer, or at one
	// that is not known.
	Elsewhere
	// Mine belongs to the same principal at the same computer.
	Mine
)

// Relation says whether what the other owner created is this one's.
func (o Owner) Relation(other Owner) Relation {
	switch {
	case o.Account == "" || o.Principal == "" || o.Account != other.Account || shortened(o.Principal) != shortened(other.Principal):
		return NotMine
	case o.Computer == "" || o.Computer != other.Computer:
		return Elsewhere
	}
	return Mine
}

// foreign is what a tag's value must not hold in at least one of the services
// (AgentCore service model, TagValue), the space, which services trim, and the
// sign that escapes.
var foreign = pattern.New(`[^a-zA-Z0-9._:/+@-]`)

// escape writes each foreign byte as = and two hexadecimal digits, so that no
// two principals share a tag.
func escape(s string) string {
	return foreign.ReplaceAllStringFunc(s, func(c string) string {
		var b strings.Builder
		for i := range len(c) {
			fmt.Fprintf(&b, "=%02X", c[i])
		}
		return b.String()
	})
}

func unescape(s string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '=' {
			b.WriteByte(s[i])
			continue
		}
		if i+3 > len(s) {
			return "", fmt.Errorf("%q is cut off", s)
		}
		c, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
		if err != nil {
			return "", err
		}
		b.WriteByte(byte(c))
		i += 2
	}
	return b.String(), nil
}
