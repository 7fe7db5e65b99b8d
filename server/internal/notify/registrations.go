package notify

import (
	"context"
	"slices"
	"time"

	"lantoa/server/internal/push/webpush"
	"lantoa/storage"
	"lantoa/syncproto"
)

// RegistrationOptions say which services devices can register with.
type RegistrationOptions struct {
	Services []string         // syncproto.ServiceFCM, syncproto.ServiceWebPush; none where calls go through the inbox alone
	VAPIDKey string           // the public key of webpush
	Now      func() time.Time // nil for time.Now
	// ValidEndpoint replaces webpush.ValidSubscription, for a stand-in on this machine.
	ValidEndpoint func(endpoint, p256dh, auth string) error
}

// Registrations keeps where devices are rung (S-198). It is safe for concurrent use. Addresses and keys of browsers are
// secrets of the devices: nothing here logs them or puts them into an error.
type Registrations struct {
	store storage.Store
	opt   RegistrationOptions
	pace  *pace
}

// NewRegistrations makes the service.
func NewRegistrations(store storage.Store, opt RegistrationOptions) *Registrations {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.ValidEndpoint == nil {
		opt.ValidEndpoint = webpush.ValidSubscription
	}
	return &Registrations{store: store, opt: opt, pace: newPace(opt.Now)}
}

// sameFor is how long a registration that is said again unchanged is not written anew.
const sameFor = dayMillis

// Put registers a device. What it said before is replaced; an address that another device had is taken from it. Saying the
// same again within a day writes nothing, so a phone that registers at each start costs a read.
//
// It fails with push_off for a service that this server cannot use, push_target_invalid (Detail says which member) for an
// address that cannot be one of the service's, a *BusyError for a device that changes it more than a few times an hour, and
// token_revoked if the device's access ended meanwhile.
func (s *Registrations) Put(ctx context.Context, device *storage.Device, req *syncproto.RegistrationRequest) error {
	const op = "register for pushes"
	if !slices.Contains(s.opt.Services, req.Service) {
		return &syncproto.Error{Code: syncproto.CodePushOff, Op: op, Detail: "service"}
	}
	if wrong := s.wrong(req); wrong != "" {
		return &syncproto.Error{Code: syncproto.CodeTargetInvalid, Op: op, Detail: wrong}
	}
	now := s.opt.Now().UnixMilli()
	next := &storage.Registration{
		Device: device.ID, Person: device.Person, Service: req.Service, Kind: req.Kind, Platform: req.Platform,
		Address: req.Address, P256DH: req.P256DH, Auth: req.Auth, Language: language(req.Language), App: req.App, At: now,
	}
	same := false
	err := s.store.View(ctx, func(r storage.Reader) error {
		old, err := r.Registration(device.ID)
		same = err == nil && unchanged(old, next)
		if isNotFound(err) {
			return nil
		}
		return err
	})
	if err != nil || same {
		return err
	}
	if wait := s.pace.take(device.ID); wait > 0 {
		return &BusyError{Wait: wait}
	}
	return s.store.Update(ctx, func(tx storage.Tx) error {
		if err := mayRegister(tx, device.ID, op); err != nil {
			return err
		}
		return tx.PutRegistration(next)
	})
}

// mayRegister reports whether a device may still be rung: a request may have begun before its access ended.
func mayRegister(r storage.Reader, id syncproto.ID, op string) error {
	device, err := r.Device(id)
	if err != nil {
		return err
	}
	person, err := r.Person(device.Person)
	if err != nil && !isNotFound(err) {
		return err
	}
	if device.Revoked != 0 || err != nil || person.Closed != 0 {
		return syncproto.E(syncproto.CodeTokenRevoked, op, nil)
	}
	return nil
}

func unchanged(old, next *storage.Registration) bool {
	if old.Retired != 0 || next.At-old.At >= sameFor || next.At < old.At {
		return false
	}
	o := *old
	o.At, o.Bad, o.Code = next.At, 0, ""
	return o == *next
}

// language is what is kept: Vietnamese is what everybody gets who did not ask for English.
func language(asked string) string {
	if asked == "en" {
		return asked
	}
	return "vi"
}

// Lengths of what Firebase gives out. Tokens have 140 to 300 characters, and have grown over the years; installation ids
// have 22.
const (
	minToken = 20
	maxToken = syncproto.MaxTargetBytes
	minFID   = 16
	maxFID   = 64
)

// wrong names the member of a request that cannot be right; "" for none.
func (s *Registrations) wrong(req *syncproto.RegistrationRequest) string {
	switch req.Kind {
	case syncproto.TargetToken:
		if len(req.Address) < minToken || len(req.Address) > maxToken || !urlSafe(req.Address, ":.") {
			return "address"
		}
	case syncproto.TargetFID:
		if len(req.Address) < minFID || len(req.Address) > maxFID || !urlSafe(req.Address, "") {
			return "address"
		}
	case syncproto.TargetEndpoint:
		if s.opt.ValidEndpoint(req.Address, req.P256DH, req.Auth) != nil {
			return "address" // its error would say which part, and nothing that a phone could do about it
		}
	default:
		return "kind"
	}
	return ""
}

// urlSafe reports whether text is of base64url's characters and some more.
func urlSafe(text, more string) bool {
	for i := range len(text) {
		c := text[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' && !slices.Contains([]byte(more), c) {
			return false
		}
	}
	return true
}

// Drop removes a device's registration: nothing is sent there from then on. Without one it changes nothing.
func (s *Registrations) Drop(ctx context.Context, device syncproto.ID) error {
	return s.store.Update(ctx, func(tx storage.Tx) error { return tx.DropRegistration(device) })
}

// Info tells a device what the server can use, and whether it is rung.
func (s *Registrations) Info(ctx context.Context, device syncproto.ID) (*syncproto.PushInfo, error) {
	info := &syncproto.PushInfo{Services: s.opt.Services, VAPIDKey: s.opt.VAPIDKey}
	err := s.store.View(ctx, func(r storage.Reader) error {
		info.Registered, info.Code = false, ""
		own, err := r.Registration(device)
		if isNotFound(err) {
			return nil
		}
		if err == nil {
			info.Registered = own.Retired == 0 && slices.Contains(s.opt.Services, own.Service)
			if own.Retired != 0 {
				info.Code = own.Code
			}
		}
		return err
	})
	return info, err
}

// Counts counts registrations by service and platform, and retired ones by code.
func (s *Registrations) Counts(ctx context.Context) (counts map[string]int64, err error) {
	err = s.store.View(ctx, func(r storage.Reader) error {
		counts, err = r.RegistrationCounts()
		return err
	})
	return counts, err
}
