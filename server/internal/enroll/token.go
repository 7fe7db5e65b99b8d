package enroll

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"

	"lantoa/storage"
	"lantoa/syncproto"
)

// tokenBytes is the size of a device token: 160 bits, 27 characters in every request.
const tokenBytes = 20

// deviceToken computes the token of a device (S-132). proof is the bare enrollment code or, for a fork, the id of the
// device that it forks from.
func deviceToken(key []byte, proof string, device syncproto.ID, nonce string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("device token 1\x00" + proof + "\x00" + string(device) + "\x00" + nonce))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:tokenBytes])
}

func hashText(text string) [32]byte { return sha256.Sum256([]byte(text)) }

// Authenticate returns the device that a token belongs to: token_missing, token_unknown or token_revoked otherwise.
func (s *Service) Authenticate(ctx context.Context, token string) (*storage.Device, error) {
	if token == "" {
		return nil, syncproto.E(syncproto.CodeTokenMissing, "authenticate", nil)
	}
	if len(token) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return nil, syncproto.E(syncproto.CodeTokenUnknown, "authenticate", nil)
	}
	var device *storage.Device
	err := s.store.View(ctx, func(r storage.Reader) (err error) {
		device, err = r.DeviceByToken(hashText(token))
		return err
	})
	switch {
	case err != nil && syncproto.KindOf(err) == syncproto.NotFound:
		return nil, syncproto.E(syncproto.CodeTokenUnknown, "authenticate", nil)
	case err != nil:
		return nil, err
	case device.Revoked != 0:
		return nil, syncproto.E(syncproto.CodeTokenRevoked, "authenticate", nil)
	}
	return device, nil
}
