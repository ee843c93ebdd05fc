//go:build unix

package terminal

import (
	"fmt"
	"os"
	"testing"

	"agentcore-3lo/internal/testkit/tty"
)

func TestMain(m *testing.M) {
	if os.Getenv(tty.Role) == "opener" {
		if err := NewBrowser(os.Getenv).Open("https://example.com/"); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	tty.Main(m)
}
