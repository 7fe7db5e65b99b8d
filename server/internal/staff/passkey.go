package staff

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"lantoa/storage"
	"lantoa/syncproto"
)

// mostPasskeys bounds the keys of a person, maxKeyName the bytes of what one calls them.
const (
	mostPasskeys = 20
	maxKeyName   = 100
)

// Ceremony is what a browser is given to ask for a key: publicKey is for navigator.credentials.
type Ceremony struct {
	ID      string `json:"ceremony"`
	Options any    `json:"publicKey"`
}

// PasskeyView is a key as its owner sees it in a list.
type PasskeyView struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Created int64  `json:"created"`
	Used    int64  `json:"used"`
	Synced  bool   `json:"synced"` // kept by a provider, on several devices
}

// partyOf makes what keys are bound to: the host of an origin.
func partyOf(origin string) (*webauthn.WebAuthn, error) {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Path != "" || u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost") {
		return nil, &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: "read origin", Detail: "origin", Err: err}
	}
	party, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: "Lan tỏa", RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationPreferred,
		},
		Timeouts: webauthn.TimeoutsConfig{
			Login:        webauthn.TimeoutConfig{Timeout: ceremonyLife, TimeoutUVD: ceremonyLife},
			Registration: webauthn.TimeoutConfig{Timeout: ceremonyLife, TimeoutUVD: ceremonyLife},
		},
	})
	if err != nil {
		return nil, &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: "read origin", Detail: "origin", Err: err}
	}
	return party, nil
}

// partyFor returns what keys are bound to at a visit; not_found where there can be none.
func (s *Service) partyFor(v *Visit) (*webauthn.WebAuthn, error) {
	if s.party != nil {
		return s.party, nil
	}
	if u, err := url.Parse(v.Origin); err == nil && u.Hostname() == "localhost" {
		if party, err := partyOf(v.Origin); err == nil {
			return party, nil
		}
	}
	return nil, &syncproto.Error{Code: syncproto.CodeNotFound, Op: "ask for a passkey", Detail: "passkeys"}
}

// Keyed reports whether there can be passkeys where a visitor is.
func (s *Service) Keyed(v *Visit) bool {
	_, err := s.partyFor(v)
	return err == nil
}

// owner is an account as the library knows it.
type owner struct {
	account *storage.Account
	name    string
	keys    []storage.Passkey
	creds   []webauthn.Credential
}

func (o *owner) WebAuthnID() []byte                         { return o.account.Handle }
func (o *owner) WebAuthnName() string                       { return o.account.Login }
func (o *owner) WebAuthnDisplayName() string                { return o.name }
func (o *owner) WebAuthnCredentials() []webauthn.Credential { return o.creds }

// key returns the stored key of a credential id.
func (o *owner) key(id []byte) *storage.Passkey {
	for i := range o.keys {
		if bytes.Equal(o.keys[i].ID, id) {
			return &o.keys[i]
		}
	}
	return nil
}

func readOwner(r storage.Reader, account *storage.Account) (*owner, error) {
	person, err := r.Person(account.Person)
	if err != nil {
		return nil, err
	}
	o := &owner{account: account, name: person.Name}
	if o.keys, err = r.Passkeys(account.Person); err != nil {
		return nil, err
	}
	o.creds = make([]webauthn.Credential, len(o.keys))
	for i := range o.keys {
		if err := json.Unmarshal(o.keys[i].Data, &o.creds[i]); err != nil {
			return nil, syncproto.E(syncproto.CodeInternal, "read passkey", err)
		}
	}
	return o, nil
}

// BeginPasskey asks for a new key of somebody's. Whoever proved who they are longer than a quarter of an hour ago gets
// confirm_identity.
func (s *Service) BeginPasskey(ctx context.Context, who *Identity, v *Visit) (*Ceremony, error) {
	const op = "begin passkey"
	party, err := s.partyFor(v)
	if err != nil {
		return nil, err
	}
	var o *owner
	now := s.now()
	err = s.store.View(ctx, func(r storage.Reader) error {
		_, account, err := s.proved(r, who, now.UnixMilli())
		if err == nil {
			o, err = readOwner(r, account)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(o.keys) >= mostPasskeys {
		return nil, &syncproto.Error{Code: syncproto.CodeTooMany, Op: op, Detail: "passkeys"}
	}
	options, data, err := party.BeginRegistration(o, webauthn.WithExclusions(webauthn.Credentials(o.creds).CredentialDescriptors()))
	if err != nil {
		return nil, syncproto.E(syncproto.CodeInternal, op, err)
	}
	id := s.ceremonies.add(&ceremony{person: who.Person, site: siteOf(v.From), data: *data}, now)
	return &Ceremony{ID: id, Options: options.Response}, nil
}

// FinishPasskey stores the key that a browser made. After a recovery code the session is then like any other.
func (s *Service) FinishPasskey(ctx context.Context, who *Identity, v *Visit, ceremonyID, name string, answer []byte) (*PasskeyView, error) {
	const op = "finish passkey"
	now := s.now()
	asked := s.ceremonies.take(ceremonyID, who.Person, now)
	if asked == nil {
		return nil, invalid(op, "ceremony")
	}
	name = strings.Join(strings.Fields(name), " ")
	if len(name) > maxKeyName || !utf8.ValidString(name) || cleanAgent(name) != name {
		return nil, invalid(op, "name")
	}
	party, err := s.partyFor(v)
	if err != nil {
		return nil, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return nil, &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: op, Detail: "credential", Err: err}
	}
	var view *PasskeyView
	err = s.store.Update(ctx, func(tx storage.Tx) (err error) {
		view, err = s.addPasskey(tx, who, party, asked, parsed, name, now.UnixMilli())
		return err
	})
	return view, err
}

func (s *Service) addPasskey(tx storage.Tx, who *Identity, party *webauthn.WebAuthn, asked *ceremony, parsed *protocol.ParsedCredentialCreationData, name string, now int64) (*PasskeyView, error) {
	const op = "finish passkey"
	session, account, err := s.proved(tx, who, now)
	if err != nil {
		return nil, err
	}
	o, err := readOwner(tx, account)
	if err != nil {
		return nil, err
	}
	if len(o.keys) >= mostPasskeys {
		return nil, &syncproto.Error{Code: syncproto.CodeTooMany, Op: op, Detail: "passkeys"}
	}
	made, err := party.CreateCredential(o, asked.data, parsed)
	if err != nil {
		return nil, &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: op, Detail: "credential", Err: err}
	}
	if _, err := tx.Passkey(made.ID); err == nil {
		return nil, &syncproto.Error{Code: syncproto.CodeRecordExists, Op: op, Detail: "credential"}
	} else if !isNotFound(err) {
		return nil, err
	}
	data, err := json.Marshal(made)
	if err != nil {
		return nil, syncproto.E(syncproto.CodeInternal, op, err)
	}
	key := &storage.Passkey{ID: made.ID, Person: who.Person, Name: name, Created: now, Data: data}
	if err := tx.PutPasskey(key); err != nil {
		return nil, err
	}
	if session.Method == MethodRecovery {
		session.Method = MethodPasskey
		if err := tx.PutSession(session); err != nil {
			return nil, err
		}
	}
	if err := s.note(tx, account, ActAddPasskey, "", now); err != nil {
		return nil, err
	}
	view := viewOf(key, made)
	return &view, nil
}

// Passkeys lists somebody's keys, oldest first.
func (s *Service) Passkeys(ctx context.Context, who *Identity) (list []PasskeyView, err error) {
	err = s.store.View(ctx, func(r storage.Reader) error {
		account, err := r.Account(who.Person)
		if err != nil {
			return orEnded(err)
		}
		o, err := readOwner(r, account)
		if err != nil {
			return err
		}
		list = make([]PasskeyView, len(o.keys))
		for i := range o.keys {
			list[i] = viewOf(&o.keys[i], &o.creds[i])
		}
		return nil
	})
	return list, err
}

func viewOf(key *storage.Passkey, made *webauthn.Credential) PasskeyView {
	return PasskeyView{
		ID: base64.RawURLEncoding.EncodeToString(key.ID), Name: key.Name, Created: key.Created, Used: key.Used,
		Synced: made.Flags.BackupEligible,
	}
}

// DropPasskey removes one of somebody's keys; credential_required if nothing else would let them in.
func (s *Service) DropPasskey(ctx context.Context, who *Identity, id string) error {
	const op = "remove passkey"
	raw, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil {
		return &syncproto.Error{Code: syncproto.CodeNotFound, Op: op, Detail: "passkey"}
	}
	now := s.millis()
	return s.store.Update(ctx, func(tx storage.Tx) error {
		_, account, err := s.proved(tx, who, now)
		if err != nil {
			return err
		}
		o, err := readOwner(tx, account)
		if err != nil {
			return err
		}
		if o.key(raw) == nil {
			return &syncproto.Error{Code: syncproto.CodeNotFound, Op: op, Detail: "passkey"}
		}
		if account.Password == "" && len(o.keys) == 1 {
			return syncproto.E(syncproto.CodeCredential, op, nil)
		}
		if err := tx.DropPasskey(who.Person, raw); err != nil {
			return err
		}
		return s.note(tx, account, ActDropPasskey, "", now)
	})
}
