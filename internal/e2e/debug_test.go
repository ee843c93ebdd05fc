//go:build unix

package e2e_test

import (
	"context"
	"net/http"
	"syscall"
	"testing"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
)

// TestDebugMessagesAreTurnedOff stops a walk while the gateway's debug messages are
// on. After an interrupt the program turns them off before it exits; after a kill,
// the next walk does.
func TestDebugMessagesAreTurnedOff(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL} {
		t.Run(signal.String(), func(t *testing.T) {
			b := testkit.StartAWS(t)
			p := newPerson(t, b)
			level := func() (level types.ExceptionLevel) {
				gateways, err := b.AWS.Control.ListGateways(context.Background(), &control.ListGatewaysInput{})
				if err != nil || len(gateways.Items) != 1 {
					t.Fatalf("%d gateways, %v", len(gateways.Items), err)
				}
				g, err := b.AWS.Control.GetGateway(context.Background(), &control.GetGatewayInput{GatewayIdentifier: gateways.Items[0].GatewayId})
				if err != nil {
					t.Fatal(err)
				}
				return g.ExceptionLevel
			}
			on := make(chan struct{}, 1)
			b.Intercept(func(op string, _ int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
				if op != "gateway:tools/call" {
					return false
				}
				if level() != types.ExceptionLevelDebug {
					sandbox.Fault{Operation: op, Kind: sandbox.FaultOpaque}.Handler(next).ServeHTTP(w, r)
					return true
				}
				on <- struct{}{}
				<-r.Context().Done()
				return true
			})
			x := p.start(t, nil, p.walkArgs()...)
			select {
			case <-on:
			case <-x.done:
				t.Fatalf("it ended before\n%s", x.tail())
			}
			if err := x.cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			exit := x.exit()
			if signal != syscall.SIGKILL {
				if exit != steps.ExitInterrupted || level() != "" {
					t.Errorf("exit %d, and the level is %q", exit, level())
				}
			} else if level() != types.ExceptionLevelDebug {
				t.Errorf("the level is %q", level())
			}
			b.Intercept(nil)
			p.walk(t).mustSucceed(t, nil)
			if level() != "" {
				t.Errorf("after the next walk the level is %q", level())
			}
		})
	}
}
