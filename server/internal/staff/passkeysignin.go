package staff

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"lantoa/storage"
	"lantoa/syncproto"
)

// BeginSignIn asks for a key of whoever is there: nobody says who they are, so there is nothing to find out.
func (s *Service) BeginSignIn(v *Visit) (*Ceremony, error) {
	party, err := s.partyFor(v)
	if err != nil {
		return nil, err
	}
	options, data, err := party.BeginDiscoverableLogin()
	if err != nil {
		return nil, syncproto.E(syncproto.CodeInternal, "begin sign-in", err)
	}
	id := s.ceremonies.add(&ceremony{site: siteOf(v.From), data: *data}, s.now())
	return &Ceremony{ID: id, Options: options.Response}, nil
}

// FinishSignIn lets the owner of a key in. A signature cannot be guessed: nothing that others tried stands in its way.
// Whatever is wrong with the answer is sign_in_failed.
func (s *Service) FinishSignIn(ctx context.Context, v *Visit, ceremonyID string, answer []byte) (*Entry, error) {
	asked := s.ceremonies.take(ceremonyID, "", s.now())
	party, err := s.partyFor(v)
	if err != nil {
		return nil, err
	}
	parsed, bad := protocol.ParseCredentialRequestResponseBytes(answer)
	if asked == nil || bad != nil {
		s.count(MethodPasskey, "refused")
		return nil, refused()
	}
	o, used, err := s.judge(ctx, party, asked, parsed)
	if err == nil {
		var entry *Entry
		if entry, err = s.enterByKey(ctx, v, o, used); err == nil {
			s.count(MethodPasskey, "good")
			return entry, nil
		}
	}
	if syncproto.CodeOf(err) == syncproto.CodeSignInFailed {
		s.count(MethodPasskey, "refused")
	}
	return nil, err
}

// judge checks the signature and returns whose key it is and the credential as it is to be stored.
func (s *Service) judge(ctx context.Context, party *webauthn.WebAuthn, asked *ceremony, parsed *protocol.ParsedCredentialAssertionData) (o *owner, used *webauthn.Credential, err error) {
	err = s.store.View(ctx, func(r storage.Reader) (err error) {
		o, err = ownerOfHandle(r, parsed.Response.UserHandle)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	_, used, err = party.ValidatePasskeyLogin(func(_, _ []byte) (webauthn.User, error) { return o, nil }, asked.data, parsed)
	if err != nil {
		return nil, nil, syncproto.E(syncproto.CodeSignInFailed, "judge passkey", err)
	}
	return o, used, nil
}

func ownerOfHandle(r storage.Reader, handle []byte) (*owner, error) {
	if len(handle) == 0 {
		return nil, refused()
	}
	account, err := r.AccountByHandle(handle)
	if isNotFound(err) {
		return nil, refused()
	}
	if err != nil {
		return nil, err
	}
	return readOwner(r, account)
}

// enterByKey makes the session of a key that was right. A key whose counter did not go on was copied: nobody comes in by
// it, and the audit log says so.
func (s *Service) enterByKey(ctx context.Context, v *Visit, o *owner, used *webauthn.Credential) (entry *Entry, err error) {
	now := s.millis()
	judged := o.key(used.ID)
	cloned := used.Authenticator.CloneWarning
	data, err := json.Marshal(used)
	if err != nil {
		return nil, syncproto.E(syncproto.CodeInternal, "store passkey", err)
	}
	err = s.store.Update(ctx, func(tx storage.Tx) error {
		account, err := s.still(tx, o.account)
		if err != nil {
			return err
		}
		key, err := tx.Passkey(used.ID)
		if isNotFound(err) || err == nil && (key.Person != account.Person || !bytes.Equal(key.Data, judged.Data)) {
			return refused()
		}
		if err != nil {
			return err
		}
		if cloned {
			return s.note(tx, account, ActClonedPasskey, "", now)
		}
		key.Used, key.Data = now, data
		if err := tx.PutPasskey(key); err != nil {
			return err
		}
		entry, err = s.open(tx, v, account, MethodPasskey, now)
		return err
	})
	if err == nil && cloned {
		err = refused()
	}
	return entry, err
}
