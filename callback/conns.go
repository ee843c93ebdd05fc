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
// never kept waiting: when all slots are taken, the oldest connection makes way,
// first among those that are not being answered. So neither browsers'
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
	raw, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.slots.admit(raw), nil
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

func (s *slots) admit(raw net.Conn) *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open.Len() >= s.max {
		s.evict()
	}
	c := &conn{Conn: raw, slots: s}
	c.place = s.open.PushBack(c)
	return c
}

// evict closes the oldest connection that is not being answered, or else the
// oldest: its session is completed all the same.
func (s *slots) evict() {
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
