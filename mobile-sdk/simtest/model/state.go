package model

import (
	"maps"
	"slices"

	"lantoa/syncproto"
)

// State is everything that a database would hold. Values behind pointers are never changed in place except inside
// feeds, so a copy of the maps and feeds is a backup.
type State struct {
	Epoch   syncproto.Epoch
	Key     []byte
	Access  uint64
	Units   map[syncproto.ID]syncproto.Unit
	Persons map[syncproto.ID]Person
	Grants  map[syncproto.ID]syncproto.Grant
	Codes   map[string]Code
	Devices map[syncproto.ID]Device
	Tokens  map[string]syncproto.ID
	Records map[syncproto.ID]*Entry
	Below   map[syncproto.ID][]syncproto.ID // parent → children, in order of arrival
	Feeds   map[syncproto.Scope]*Feed
	Called  map[syncproto.ID][]syncproto.ID // person → the calls that they were sent, newest first
	Numbers []syncproto.Scope               // the scope of each number, from 1
	Judged  map[Identity]Judged
	Dead    map[Identity]DeadLetter
	Sides   map[Side]syncproto.Value
	Effects map[syncproto.ID]int // how often each mutation was judged, for the invariant "exactly once"
}

// Person is somebody known to the association.
type Person struct {
	Name   string
	Closed bool
	Since  int64 // when it was closed
}

// Code is an invitation.
type Code struct {
	Unit   syncproto.ID
	Role   syncproto.Role
	Person syncproto.ID
	Name   string
	Device syncproto.ID // who used it
	Nonce  string
}

// Device is one installation.
type Device struct {
	ID, Person, Unit                syncproto.ID
	Accepted, Acknowledged, Durable int64
	Ended                           bool
}

// Identity is the first name of a mutation: a device and its number.
type Identity struct {
	Device syncproto.ID
	Number int64
}

// Judged is a mutation's fingerprint with the answer it got.
type Judged struct {
	Hash    syncproto.Hash
	Outcome syncproto.Outcome
}

// DeadLetter is the payload of a rejected mutation.
type DeadLetter struct {
	Code syncproto.Code
	Wire []byte
}

// Side names what a device had sent for a field that was merged.
type Side struct {
	Record syncproto.ID
	Field  string
	Device syncproto.ID
}

// Entry is a record with its history and its places.
type Entry struct {
	Record    *syncproto.Record
	Wire      []byte
	Scopes    []syncproto.Scope   // where it is live; for a tombstone, where it was
	Revisions []*syncproto.Record // every revision, oldest first
}

// Feed is the row-state index of one scope.
type Feed struct {
	Number          uint64
	Sequence, Floor uint64
	Rows            map[syncproto.ID]Row
	Sum             syncproto.Sum
}

// Row is the place of a record in a feed.
type Row struct {
	Sequence uint64
	Removed  bool
	Deleted  bool
	Wire     []byte
	Hidden   int // only with Bugs.SkipHeadLock: commits until the row can be seen
}

func newState(epoch syncproto.Epoch, key []byte) *State {
	return &State{
		Epoch: epoch, Key: key, Access: 1,
		Units: map[syncproto.ID]syncproto.Unit{}, Persons: map[syncproto.ID]Person{},
		Grants: map[syncproto.ID]syncproto.Grant{}, Codes: map[string]Code{},
		Devices: map[syncproto.ID]Device{}, Tokens: map[string]syncproto.ID{},
		Records: map[syncproto.ID]*Entry{}, Below: map[syncproto.ID][]syncproto.ID{},
		Feeds: map[syncproto.Scope]*Feed{}, Judged: map[Identity]Judged{}, Dead: map[Identity]DeadLetter{},
		Sides: map[Side]syncproto.Value{}, Effects: map[syncproto.ID]int{}, Called: map[syncproto.ID][]syncproto.ID{},
	}
}

// clone returns a copy that later changes of s do not reach.
func (s *State) clone() *State {
	c := *s
	c.Units, c.Persons, c.Grants = maps.Clone(s.Units), maps.Clone(s.Persons), maps.Clone(s.Grants)
	c.Codes, c.Devices, c.Tokens = maps.Clone(s.Codes), maps.Clone(s.Devices), maps.Clone(s.Tokens)
	c.Records, c.Judged, c.Dead = maps.Clone(s.Records), maps.Clone(s.Judged), maps.Clone(s.Dead)
	c.Sides, c.Effects, c.Numbers = maps.Clone(s.Sides), maps.Clone(s.Effects), slices.Clone(s.Numbers)
	c.Called = maps.Clone(s.Called)
	c.Below = make(map[syncproto.ID][]syncproto.ID, len(s.Below))
	for id, ids := range s.Below {
		c.Below[id] = slices.Clone(ids)
	}
	c.Feeds = make(map[syncproto.Scope]*Feed, len(s.Feeds))
	for scope, feed := range s.Feeds {
		f := *feed
		f.Rows = maps.Clone(feed.Rows)
		c.Feeds[scope] = &f
	}
	return &c
}

func (s *State) tree() *syncproto.Tree {
	return syncproto.NewTree(slices.SortedFunc(maps.Values(s.Units), func(a, b syncproto.Unit) int {
		return compareIDs(a.ID, b.ID)
	}))
}

func (s *State) grantsOf(person syncproto.ID) []syncproto.Grant {
	var out []syncproto.Grant
	for _, id := range slices.Sorted(maps.Keys(s.Grants)) {
		if g := s.Grants[id]; g.Person == person {
			out = append(out, g)
		}
	}
	return out
}

func compareIDs(a, b syncproto.ID) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
