package callback

import (
	"container/list"
	"context"
	"net"
	"sync"
)

// maxConns is how many connections may be open at once.
const maxConns = 32

// slots bounds the open connections of all families together. A new one is
// never kept waiting behind silent ones: when all slots are taken, the oldest
// connection that is not being answered makes way. So neither browsers'
// speculative connections nor a flood keep the one navigation out.
type slots struct {
	mu   sync.Mutex
	open list.List // of *conn, oldest first
	max  int
}

// limited is a listener whose connections take a slot each.
type limited struct {
	net.Listener
	slots *slots
}

func (l limited) Accept() (net.Conn, error) {
	for {
		raw, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if c := l.slots.admit(raw); c != nil {
			return c, nil
		}
		raw.Close()
	}
}

// conn is a connection that gives its slot back when it is closed.
type conn struct {
	net.Conn
	slots   *slots
	place   *list.Element
	serving bool // guarded by slots.mu
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

// admit returns nil when every slot is being answered.
func (s *slots) admit(raw net.Conn) *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open.Len() >= s.max && !s.evict() {
		return nil
	}
	c := &conn{Conn: raw, slots: s}
	c.place = s.open.PushBack(c)
	return c
}

func (s *slots) evict() bool {
	for e := s.open.Front(); e != nil; e = e.Next() {
		c, ok := e.Value.(*conn)
		if ok && !c.serving {
			s.open.Remove(e)
			c.place = nil
			c.Conn.Close()
			return true
		}
	}
	return false
}

type connKey struct{}

// withConn lets a handler find its connection again.
func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// serve marks the connection of a request as being answered until the returned
// function is called.
func serve(ctx context.Context) (done func()) {
	c, ok := ctx.Value(connKey{}).(*conn)
	if !ok {
		return func() {}
	}
	set := func(serving bool) {
		c.slots.mu.Lock()
		defer c.slots.mu.Unlock()
		c.serving = serving
	}
	set(true)
	return func() { set(false) }
}
