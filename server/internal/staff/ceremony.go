package staff

import (
	"container/list"
	"encoding/base64"
	"net/netip"
	"sync"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"lantoa/syncproto"
)

// How long somebody may take to touch a key, and how many may be about to. An address keeps its newest; a flood of
// beginnings from one does not end those of others.
const (
	ceremonyLife      = 5 * time.Minute
	mostCeremonies    = 4096
	ceremoniesPerSite = 64
)

// ceremony is a challenge that was given out: for signing in, or for a key of a person.
type ceremony struct {
	id      string
	person  syncproto.ID
	site    netip.Addr
	expires time.Time
	data    webauthn.SessionData
}

// ceremonies are the open ones, oldest first. Each is taken once.
type ceremonies struct {
	mu    sync.Mutex
	order list.List
	byID  map[string]*list.Element
	sites map[netip.Addr]int
}

func newCeremonies() *ceremonies {
	return &ceremonies{byID: map[string]*list.Element{}, sites: map[netip.Addr]int{}}
}

// add keeps a ceremony and names it.
func (c *ceremonies) add(one *ceremony, now time.Time) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	for front := c.order.Front(); front != nil && !front.Value.(*ceremony).expires.After(now); front = c.order.Front() {
		c.remove(front)
	}
	if c.sites[one.site] >= ceremoniesPerSite {
		for e := c.order.Front(); e != nil; e = e.Next() {
			if e.Value.(*ceremony).site == one.site {
				c.remove(e)
				break
			}
		}
	}
	if len(c.byID) >= mostCeremonies {
		c.remove(c.order.Front())
	}
	one.id, one.expires = base64.RawURLEncoding.EncodeToString(random(16)), now.Add(ceremonyLife)
	c.byID[one.id] = c.order.PushBack(one)
	c.sites[one.site]++
	return one.id
}

// take returns a ceremony of a person ("" for signing in) and forgets it, however its answer turns out; nil if there is
// none, or if it is over.
func (c *ceremonies) take(id string, person syncproto.ID, now time.Time) *ceremony {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.byID[id]
	if e == nil {
		return nil
	}
	one := e.Value.(*ceremony)
	c.remove(e)
	if one.person != person || !one.expires.After(now) {
		return nil
	}
	return one
}

func (c *ceremonies) remove(e *list.Element) {
	one := c.order.Remove(e).(*ceremony)
	delete(c.byID, one.id)
	if c.sites[one.site]--; c.sites[one.site] <= 0 {
		delete(c.sites, one.site)
	}
}
