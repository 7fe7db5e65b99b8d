package loadtest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"lantoa/syncproto"
)

// Fleet is everybody who takes part, made from the config alone: both servers and the generator make the same one.
type Fleet struct {
	Province syncproto.Unit
	Units    []syncproto.Unit // the districts, then the big and the small unit
	Phones   []Member         // the field day's, AtOnce of them at a time; then those of the other phases
	Big      Group
	Small    Group
	Group    []Member // of the durable-mutations figure
	Idle     []Member // hold a live connection and nothing else
}

// Group is a unit that already has many records.
type Group struct {
	Unit    syncproto.ID
	Records int
	number  uint64 // tells the groups' ids and stories apart
	Editor  Member
	Readers []Member
}

// Member is a person with one phone.
type Member struct {
	Device syncproto.ID
	Person syncproto.ID
	Grant  syncproto.ID
	Unit   syncproto.ID
	Role   syncproto.Role
	Name   string
	Token  string
}

// TokenHash is what a server keeps of the phone's token.
func (m *Member) TokenHash() [32]byte { return sha256.Sum256([]byte(m.Token)) }

// NewFleet makes the fleet of a config.
func NewFleet(cfg Config) *Fleet {
	cfg = cfg.withDefaults()
	ids := newIdentities(cfg.Seed)
	f := &Fleet{Province: syncproto.Unit{ID: ids.id(), Name: "Tỉnh Hải Sơn", Level: "Tỉnh", From: firstDay}}
	w := NewWriter(cfg.Seed, 1)
	for i := range cfg.Units + 2 {
		f.Units = append(f.Units, syncproto.Unit{
			ID: ids.id(), Name: fmt.Sprintf("Xã %s %d", w.of(words.place), i+1), Level: "Xã", Parent: f.Province.ID, From: firstDay,
		})
	}
	member := func(unit int, role syncproto.Role) Member {
		return ids.member(f.Units[unit].ID, role, w.Name())
	}
	for i := range cfg.Devices {
		// Everybody here may read the desk, so that whatever one phone submits, all phones of the unit pull.
		f.Phones = append(f.Phones, member(i%cfg.Units, syncproto.RoleEditor))
	}
	for i := range cfg.GroupPhones {
		f.Group = append(f.Group, member(i%cfg.Units, syncproto.RoleVolunteer))
	}
	for i := range cfg.Idle {
		f.Idle = append(f.Idle, member(i%cfg.Units, syncproto.RoleVolunteer))
	}
	for i, g := range []*Group{&f.Big, &f.Small} {
		unit := cfg.Units + i
		*g = Group{number: uint64(i), Unit: f.Units[unit].ID, Records: []int{cfg.Big, cfg.Small}[i], Editor: member(unit, syncproto.RoleEditor)}
		for range cfg.FirstSyncs + 1 {
			g.Readers = append(g.Readers, member(unit, syncproto.RoleVolunteer))
		}
	}
	return f
}

// Members calls yield for everybody.
func (f *Fleet) Members(yield func(*Member) bool) {
	lists := [][]Member{f.Phones, f.Group, f.Idle, f.Big.Readers, f.Small.Readers, {f.Big.Editor, f.Small.Editor}}
	for _, list := range lists {
		for i := range list {
			if !yield(&list[i]) {
				return
			}
		}
	}
}

// EachRecord calls yield for the published records of a group, in the order in which they were written. The authors
// have no phone in the fleet, so nobody's own scope holds them.
func (g *Group) EachRecord(seed uint64, yield func(*syncproto.Record) bool) {
	ids := newIdentities(seed)
	ids.next = (1 + g.number) << 40 // away from the fleet's
	w := NewWriter(seed, 100+g.number)
	var authors [50]syncproto.ID
	for i := range authors {
		authors[i] = ids.id()
	}
	for i := range g.Records {
		at := firstDay + int64(i)*1000
		r := &syncproto.Record{
			ID: ids.id(), Kind: syncproto.KindStory, Unit: g.Unit, Author: authors[i%len(authors)], Revision: 1,
			State: syncproto.StatePublished, Fields: w.Story(), Received: at, Changed: at,
			Captured: &syncproto.Captured{Device: at - 60_000, Estimate: at - 59_000, Uncertainty: 30_000},
		}
		if !yield(r) {
			return
		}
	}
}

// identities draws ids and tokens that repeat with their seed.
type identities struct {
	seed, next uint64
}

func newIdentities(seed uint64) *identities { return &identities{seed: seed} }

func (s *identities) draw() [32]byte {
	var b [24]byte
	copy(b[:8], "fieldday")
	binary.BigEndian.PutUint64(b[8:], s.seed)
	binary.BigEndian.PutUint64(b[16:], s.next)
	s.next++
	return sha256.Sum256(b[:])
}

func (s *identities) id() syncproto.ID {
	sum := s.draw()
	return syncproto.MakeID(firstDay+int64(s.next), [10]byte(sum[:10]))
}

func (s *identities) member(unit syncproto.ID, role syncproto.Role, name string) Member {
	token := s.draw()
	return Member{
		Device: s.id(), Person: s.id(), Grant: s.id(), Unit: unit, Role: role, Name: name,
		Token: base64.RawURLEncoding.EncodeToString(token[:20]),
	}
}
