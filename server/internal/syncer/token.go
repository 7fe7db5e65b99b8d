package syncer

import (
	"context"
	"sync"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// maxTokens bounds the cache of tokens: the phones of several provinces within one access revision.
const maxTokens = 8192

// tokens remembers who a token belongs to while no device changes. Unknown tokens are not remembered, so guessing
// fills nothing.
type tokens struct {
	mu     sync.Mutex
	access uint64
	known  map[[32]byte]storage.Device
}

func (t *tokens) get(access uint64, hash [32]byte) (storage.Device, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.access != access {
		return storage.Device{}, false
	}
	d, ok := t.known[hash]
	return d, ok
}

func (t *tokens) put(access uint64, hash [32]byte, d storage.Device) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known == nil || t.access != access || len(t.known) >= maxTokens {
		if access < t.access {
			return // a slow reader of an older snapshot
		}
		t.access, t.known = access, map[[32]byte]storage.Device{}
	}
	t.known[hash] = d
}

// last returns who a token belonged to when that was last looked up, whatever has changed since.
func (t *tokens) last(hash [32]byte) (storage.Device, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	d, ok := t.known[hash]
	return d, ok
}

// forget makes the next request with a token ask the store first.
func (t *tokens) forget(hash [32]byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.known, hash)
}

// Recognize returns the device that a token belonged to when it was last authenticated, nil if that is not remembered.
// It does not ask the store, so its answer is good for Sync alone, which asks for the device in the snapshot or the
// transaction that it needs anyway, and refuses one that was revoked or has another token now.
func (s *Service) Recognize(token string) *storage.Device {
	if token == "" {
		return nil
	}
	if d, ok := s.tokens.last(tokenHash(token)); ok && d.Revoked == 0 {
		return &d
	}
	return nil
}

// Authenticate returns the device that a token belongs to; its counters may be those of an earlier moment. It fails
// with token_missing, token_unknown or token_revoked. A revocation counts from its commit on.
//
// For people.EndedFor after its access ended a device is returned with Revoked set, also if it is its person's account that was
// closed: what it still holds is taken from it, and whoever does anything else for it refuses it (S-188).
func (s *Service) Authenticate(ctx context.Context, token string) (*storage.Device, error) {
	const op = "authenticate"
	if token == "" {
		return nil, syncproto.E(syncproto.CodeTokenMissing, op, nil)
	}
	hash := tokenHash(token)
	var device storage.Device
	err := s.store.View(ctx, func(r storage.Reader) error {
		access, err := r.Access()
		if err != nil {
			return err
		}
		var ok bool
		if device, ok = s.tokens.get(access, hash); ok {
			return nil
		}
		d, err := r.DeviceByToken(hash)
		if syncproto.KindOf(err) == syncproto.NotFound && err != nil {
			return syncproto.E(syncproto.CodeTokenUnknown, op, nil)
		}
		if err != nil {
			return err
		}
		device = *d
		if device.Revoked, err = s.endOf(r, d); err != nil {
			return err
		}
		s.tokens.put(access, hash, device)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if people.Gone(device.Revoked, s.opt.Now().UnixMilli()) {
		return nil, syncproto.E(syncproto.CodeTokenRevoked, op, nil)
	}
	return &device, nil
}

// endOf returns when the access of a device ended, 0 if it has not.
func (s *Service) endOf(r storage.Reader, d *storage.Device) (int64, error) {
	access, err := s.access.Read(r)
	if err != nil {
		return 0, err
	}
	rights, err := access.Of(r, d.Person)
	if err != nil {
		return 0, err
	}
	return people.Ended(d.Revoked, rights.Closed(s.opt.Now().UnixMilli())), nil
}
