package reach

import (
	"log/slog"
	"time"

	"lantoa/server/internal/people"
	"lantoa/server/internal/sheet"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Options hold what a service needs. Store is required.
type Options struct {
	Store  storage.Store
	Access *people.Cache    // nil for one of its own
	Now    func() time.Time // nil for time.Now
	Log    *slog.Logger     // nil for none; it gets ids, codes and counts only
	// Temp is a directory of the server's own in which a long XLSX is put together, "" for the system's. What an earlier process
	// left there is removed.
	Temp string
}

// Service looks at calls that were sent. It is safe for concurrent use.
type Service struct {
	store  storage.Store
	access *people.Cache
	now    func() time.Time
	log    *slog.Logger
	temp   string
}

// New makes a service.
func New(opt Options) *Service {
	s := &Service{store: opt.Store, access: opt.Access, now: opt.Now, log: opt.Log, temp: opt.Temp}
	if s.access == nil {
		s.access = &people.Cache{}
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.temp != "" {
		sheet.Sweep(s.temp, s.log)
	}
	return s
}

func (s *Service) millis() int64 { return s.now().UnixMilli() }

// sight is what an asker may see of a call.
type sight struct {
	call   *storage.Call
	rights *people.Rights
	tree   *syncproto.Tree
	now    int64
	grant  syncproto.ID // by which they call for a unit of the call
	unit   syncproto.ID
	units  map[syncproto.ID]bool // whether they call for a unit, as it was asked
}

// look returns what an asker may see of a call; call_unknown for one of which no unit is theirs.
func (s *Service) look(r storage.Reader, by people.Actor, id syncproto.ID) (*sight, error) {
	access, err := s.access.Read(r)
	if err != nil {
		return nil, err
	}
	v := &sight{now: s.millis(), units: map[syncproto.ID]bool{}}
	v.tree = access.Tree(v.now)
	if v.rights, err = access.Of(r, by.Person); err != nil {
		return nil, err
	}
	v.call, err = r.Call(id)
	if err != nil && syncproto.KindOf(err) != syncproto.NotFound {
		return nil, err
	}
	if err == nil {
		for _, unit := range v.call.Units {
			if held, ok := v.rights.Officer(unit, v.now); ok {
				v.grant, v.unit = held.ID, unit
				return v, nil
			}
		}
	}
	return nil, syncproto.E(syncproto.CodeCallUnknown, "look at call", nil)
}

// mine reports whether the asker calls for a unit.
func (v *sight) mine(unit syncproto.ID) bool {
	is, known := v.units[unit]
	if !known {
		_, is = v.rights.Officer(unit, v.now)
		v.units[unit] = is
	}
	return is
}

func (v *sight) name(unit syncproto.ID) string {
	u, _ := v.tree.Unit(unit)
	return u.Name
}

// note is an entry of the audit log about the call.
func (v *sight) note(by people.Actor, act, detail string) *storage.Audit {
	return &storage.Audit{
		At: v.now, Act: act, Person: by.Person, Device: by.Device, Grant: v.grant, Unit: v.unit, Record: v.call.ID, Detail: detail,
	}
}
