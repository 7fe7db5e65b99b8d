package sqlite

import (
	"context"
	"sync"
)

// pool lends connections for reading. The one given back last is lent first: each connection has a page cache of its
// own, so only as many caches grow as views run at once.
type pool struct {
	path   string
	places chan struct{} // one token for each connection that may be open

	mu   sync.Mutex
	idle []*conn
}

func newPool(path string, size int) *pool {
	p := &pool{path: path, places: make(chan struct{}, size)}
	for range size {
		p.places <- struct{}{}
	}
	return p
}

// take lends a connection, opening it on first use. It waits while all are lent.
func (s *Store) take(ctx context.Context, op string) (*conn, error) {
	if ctx.Err() != nil {
		return nil, ended(op, ctx)
	}
	select {
	case <-s.quit:
		return nil, closed(op)
	default:
	}
	select {
	case <-s.readers.places:
	case <-ctx.Done():
		return nil, ended(op, ctx)
	case <-s.quit:
		return nil, closed(op)
	}
	c := s.readers.hot()
	if c != nil {
		return c, nil
	}
	c, err := dial(s.path, readerPragmas)
	if err != nil {
		s.readers.places <- struct{}{}
		return nil, classify(op, err)
	}
	return c, nil
}

// hot returns the connection that was used last; nil if none is idle.
func (p *pool) hot() *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.idle) - 1
	if last < 0 {
		return nil
	}
	c := p.idle[last]
	p.idle = p.idle[:last]
	return c
}

// give takes a connection back. A spare one is closed: what its view left open is unknown.
func (p *pool) give(c *conn) {
	if c.spare {
		_ = c.close()
	} else {
		p.mu.Lock()
		p.idle = append(p.idle, c)
		p.mu.Unlock()
	}
	p.places <- struct{}{}
}

// close waits until every connection is back and closes them.
func (p *pool) close() error {
	for range cap(p.places) {
		<-p.places
	}
	var first error
	for c := p.hot(); c != nil; c = p.hot() {
		if err := c.close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}
