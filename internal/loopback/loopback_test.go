package loopback

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestBothFamiliesHaveTheSamePort(t *testing.T) {
	all, err := Listen(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		defer l.Close()
		if Port(l) != Port(all[0]) || Port(l) == 0 {
			t.Errorf("%v beside %v", l.Addr(), all[0].Addr())
		}
	}
}

func TestAPortTakenOnEitherFamilyIsAnError(t *testing.T) {
	for _, c := range []struct{ network, address string }{{"tcp4", "127.0.0.1:0"}, {"tcp6", "[::1]:0"}, {"tcp", ":0"}} {
		other, err := net.Listen(c.network, c.address)
		if err != nil {
			t.Logf("no %s here, so it was not tried: %v", c.network, err)
			continue
		}
		_, err = Listen(t.Context(), Port(other))
		var taken *TakenError
		if !errors.As(err, &taken) || taken.Port != Port(other) || taken.Reserved {
			t.Errorf("%s: %v", c.network, err)
		}
		other.Close()
	}
}

// Hyper-V reserves blocks of ports; Winsock then answers WSAEACCES.
func TestAPortReservedByWindowsIsReportedAsReserved(t *testing.T) {
	err := listenError("127.0.0.1", 9090, &net.OpError{Op: "listen", Err: os.NewSyscallError("bind", syscall.Errno(10013))})
	var taken *TakenError
	if !errors.As(err, &taken) || !taken.Reserved || !strings.Contains(err.Error(), "reserved by Windows") {
		t.Errorf("%v", err)
	}
	err = listenError("127.0.0.1", 9090, &net.OpError{Op: "listen", Err: os.NewSyscallError("bind", syscall.Errno(10048))})
	if !errors.As(err, &taken) || taken.Reserved || fmt.Sprint(err) != "port 9090 is taken" {
		t.Errorf("%v", err)
	}
}
