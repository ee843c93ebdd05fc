package callback

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"sync"
)

// maxConns is how many connections may be open at once, on IPv4 and IPv6 together.
const maxConns = 32

// connSlots limits the open connections. A new connection never waits: when
// all slots are taken, the oldest idle connection is closed, or the oldest of all
// if none is idle. So neither the speculative connections of browsers nor a flood
// can block the one navigation that matters.
type connSlots struct {
	mu   sync.Mutex
	open list.List // of *conn, oldest first
	max  int
}

// limitedListener is a listener whose connections take a slot each.
type limitedListener struct {
	net.Listener
	slots *connSlots
}

func (l limitedListener) Accept() (net.Conn, error) {
	raw, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.slots.admit(raw), nil
}

// conn is a connection that frees its slot when it is closed.
type conn struct {
	net.Conn
	slots   *connSlots
	place   *list.Element // nil once closed
	serving bool          // guarded by slots.mu
}

func (c *conn) Close() error {
	c.slots.mu.Lock()
	if c.place != nil {
		c.slots.open.Remove(c.place)
		c.place = nil
	}
	c.slots.mu.Unlock()
	return c.Conn.Close()
}

func (s *connSlots) admit(raw net.Conn) *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open.Len() >= s.max {
		s.evict()
	}
	c := &conn{Conn: raw, slots: s}
	c.place = s.open.PushBack(c)
	return c
}

// evict closes the oldest idle connection, or the oldest of all. A session that
// arrived on it is still completed. The lock is held.
func (s *connSlots) evict() {
	oldest := s.open.Front()
	for e := oldest; e != nil; e = e.Next() {
		if c, ok := e.Value.(*conn); ok && !c.serving {
			oldest = e
			break
		}
	}
	s.open.Remove(oldest)
	c := oldest.Value.(*conn)
	c.place = nil
	c.Conn.Close()
}

type connKey struct{}

// withConn stores the connection in the context of its requests.
func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// markServing marks the connection as busy. It is idle again when its answer has been
// sent, which is after the handler has returned.
func markServing(ctx context.Context) {
	if c, ok := ctx.Value(connKey{}).(*conn); ok {
		c.setServing(true)
	}
}

// markIdle is the server's hook for the states of connections.
func markIdle(raw net.Conn, state http.ConnState) {
	if c, ok := raw.(*conn); ok && state == http.StateIdle {
		c.setServing(false)
	}
}

func (c *conn) setServing(serving bool) {
	c.slots.mu.Lock()
	defer c.slots.mu.Unlock()
	c.serving = serving
}
