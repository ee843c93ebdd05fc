package advice

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"syscall"

	"github.com/aws/smithy-go"

	"agentcore-3lo/callback"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/mcp"
	"agentcore-3lo/internal/private"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/wait"
)

// reader finds the cause of an error.
type reader struct {
	Facts
	vendor Vendor
}

// cause is the cause by the error's types, from the outermost inwards, or else by its
// text; "" = not known.
func (r reader) cause() Cause {
	if errors.Is(r.Err, context.Canceled) {
		return Interrupted
	}
	said := r.Err.Error()
	cause := cmp.Or(r.within(r.Err), prose(said), find(said, localProse))
	if cause == "" && errors.Is(r.Err, context.DeadlineExceeded) {
		return StillUnderWay
	}
	return cause
}

// within reads an error, and then what it wraps.
func (r reader) within(err error) Cause {
	if cause := r.typed(err); cause != "" {
		return cause
	}
	var inner Cause
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		inner = r.within(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			if inner = r.within(one); inner != "" {
				break
			}
		}
	}
	if inner != "" {
		return inner
	}
	switch err.(type) { // these count only where nothing in them does
	case *net.OpError:
		return cmp.Or(find(err.Error(), localProse), ConnectionFailed)
	case *fs.PathError, *os.LinkError:
		return StateFolder
	}
	return ""
}

// typed reads one error by its type.
func (r reader) typed(err error) Cause {
	switch e := err.(type) {
	case *run.NewerError:
		return RecordTooNew
	case *run.CorruptError:
		return RecordDamaged
	case *run.CaseError:
		return RunInOtherCase
	case *run.NameError:
		return RunNameUnusable
	case *run.EndpointError:
		return EndpointUnencrypted
	case *run.HeldError:
		return RunInUse
	case *private.Error:
		return StateUnusable
	case *wait.TimeoutError:
		return StillUnderWay

	case *awsenv.FileError:
		return ConfigurationFile
	case *awsenv.SettingError:
		return Setting
	case *awsenv.BundleError:
		return CABundle
	case *awsenv.SignInError:
		return r.signIn(e)

	case *awsenv.ProxyError:
		return ofProxy(e)
	case *awsenv.NoAnswerError:
		return NoAnswer
	case *net.DNSError:
		return NameNotFound
	case *tls.CertificateVerificationError, x509.UnknownAuthorityError, x509.HostnameError, x509.CertificateInvalidError:
		return CertificateNotTrusted

	case *mcp.ElicitationError:
		return NoTokenInVault
	case *mcp.ToolError:
		return r.tool(e)
	case *mcp.Error:
		return ofGateway(e)
	case *mcp.TransportError:
		return r.transport(e)

	case *callback.RefusedError:
		return r.refused(e)
	case *awsenv.TokenError:
		return ofTokenEndpoint(e)
	case *Unavailable:
		return ofRegion(e)
	case smithy.APIError:
		return r.service(e)
	}
	switch err {
	case awsenv.ErrMFASessionEnded:
		return MFASessionEnded
	case io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET:
		return ConnectionFailed
	}
	return ""
}

// prose reads the messages of AWS services, including the gateway.
func prose(said string) Cause {
	if cause := readDenial(said).cause(); cause != "" {
		return cause
	}
	if cause := find(said, awsProse); cause != "" {
		return cause
	}
	if opaque.MatchString(said) {
		return InternalError
	}
	return ""
}
