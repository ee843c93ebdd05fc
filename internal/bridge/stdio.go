package bridge

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// lastGrace is how long answers may still come after the client's last message.
const lastGrace = 5 * time.Second

// lastWord is a transport whose end of input waits for the answers that are under
// way. The SDK would drop them, and with them the answers to a script that writes its
// requests and closes the pipe. leave is called at once: nobody is asked any more.
type lastWord struct {
	sdk.Transport
	leave func()
	stop  <-chan struct{}
}

// Connect is part of sdk.Transport.
func (t *lastWord) Connect(ctx context.Context) (sdk.Connection, error) {
	c, err := t.Transport.Connect(ctx)
	return &counted{Connection: c, transport: t, answered: make(chan struct{}, 1)}, err
}

// counted counts the requests that have no answer yet.
type counted struct {
	sdk.Connection
	transport *lastWord
	answered  chan struct{}

	mu   sync.Mutex
	open int
}

// Read is part of sdk.Connection.
func (c *counted) Read(ctx context.Context) (jsonrpc.Message, error) {
	m, err := c.Connection.Read(ctx)
	if request, is := m.(*jsonrpc.Request); err == nil && is && request.IsCall() {
		c.add(1)
	}
	if err != nil {
		c.transport.leave()
		c.settle()
	}
	return m, err
}

// Write is part of sdk.Connection.
func (c *counted) Write(ctx context.Context, m jsonrpc.Message) error {
	err := c.Connection.Write(ctx, m)
	if _, is := m.(*jsonrpc.Response); is {
		c.add(-1)
	}
	return err
}

func (c *counted) add(n int) (open int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open += n; n < 0 {
		select {
		case c.answered <- struct{}{}:
		default:
		}
	}
	return c.open
}

// settle waits until every request has its answer.
func (c *counted) settle() {
	grace := time.NewTimer(lastGrace)
	defer grace.Stop()
	for c.add(0) > 0 {
		select {
		case <-c.answered:
		case <-grace.C:
			return
		case <-c.transport.stop:
			return
		}
	}
}

// keepOpen is a writer that the transport does not close.
type keepOpen struct{ io.Writer }

// Close is part of io.WriteCloser.
func (keepOpen) Close() error { return nil }
