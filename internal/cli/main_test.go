//go:build unix

package cli

import (
	"context"
	"os"
	"testing"

	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit/tty"
)

func TestMain(m *testing.M) {
	if os.Getenv(tty.Role) == "browser" { // $BROWSER: opens its argument and chooses Allow
		_ = sandbox.Person{}.Allow(context.Background(), os.Args[len(os.Args)-1])
		os.Exit(0)
	}
	tty.Main(m)
}
