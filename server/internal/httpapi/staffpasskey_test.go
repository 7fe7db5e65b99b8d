package httpapi_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"lantoa/server/internal/staff"
	"lantoa/storage"
	"lantoa/syncproto"
)

// keyring is a browser with a virtual authenticator.
type keyring struct {
	*browser
	rp   virtualwebauthn.RelyingParty
	auth virtualwebauthn.Authenticator
	key  virtualwebauthn.Credential
}

func newKeyring(b *browser) *keyring {
	return &keyring{
		browser: b, rp: virtualwebauthn.RelyingParty{Name: "Lan tỏa", ID: "localhost", Origin: "http://localhost:8080"},
		auth: virtualwebauthn.NewAuthenticator(), key: newKey(),
	}
}

// coseKey is the length of a P-256 key as COSE writes it (RFC 9053, 7.1.1): both coordinates have 32 bytes.
const coseKey = 77

// newKey makes a key. The authenticator leaves out the zeros with which a coordinate may begin, which one key of 128 has
// and which is no key to a server; keys of browsers are never like that.
func newKey() virtualwebauthn.Credential {
	for {
		key := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
		if len(key.Key.AttestationData()) == coseKey {
			return key
		}
	}
}

// create makes what a browser answers to a challenge for a new key.
func (k *keyring) create(asked object) object {
	k.o.t.Helper()
	options, err := virtualwebauthn.ParseAttestationOptions(jsonOf(k.o.t, asked))
	if err != nil {
		k.o.t.Fatal(err)
	}
	k.auth.Options.UserHandle = []byte(options.UserID)
	answer := virtualwebauthn.CreateAttestationResponse(k.rp, k.auth, k.key, *options)
	return object{"ceremony": asked["ceremony"], "credential": json.RawMessage(answer), "name": "điện thoại"}
}

// get makes what a browser answers to a challenge for signing in.
func (k *keyring) get(asked object) object {
	k.o.t.Helper()
	options, err := virtualwebauthn.ParseAssertionOptions(jsonOf(k.o.t, asked))
	if err != nil {
		k.o.t.Fatal(err)
	}
	answer := virtualwebauthn.CreateAssertionResponse(k.rp, k.auth, k.key, *options)
	return object{"ceremony": asked["ceremony"], "credential": json.RawMessage(answer)}
}

func (k *keyring) add() object {
	k.o.t.Helper()
	return k.must("POST", "/v1/staff/passkeys/finish", k.create(k.must("POST", "/v1/staff/passkeys/begin", object{})))
}

func (k *keyring) begin() object {
	k.o.t.Helper()
	return k.must("POST", "/v1/staff/passkey/begin", object{})
}

func jsonOf(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAPasskeyLetsItsOwnerIn(t *testing.T) {
	o := newOffice(t)
	person, b := o.hire("Lê Thị Nở", "thino", syncproto.RoleEditor)
	k := newKeyring(b)
	k.signIn("thino")
	made := k.add()
	if made["name"] != "điện thoại" {
		t.Errorf("got %v", made)
	}
	k.must("POST", "/v1/staff/sign-out", nil)
	o.wait(time.Hour)
	k.key.Counter = 1
	got := k.must("POST", "/v1/staff/passkey/finish", k.get(k.begin()))
	if got["person"] != string(person) || got["method"] != "passkey" {
		t.Errorf("got %v", got)
	}
	list := k.must("GET", "/v1/staff/passkeys", nil)["items"].([]any)
	if len(list) != 1 || list[0].(map[string]any)["used"].(float64) != float64(o.clock().UnixMilli()) {
		t.Errorf("got %v", list)
	}
	// A terminal, too, by whatever key its browser has.
	k.key.Counter = 2
	answer := k.get(k.begin())
	answer["terminal"] = true
	if token := k.must("POST", "/v1/staff/passkey/finish", answer)["token"]; token == nil {
		t.Error("no token")
	}
	k.must("DELETE", "/v1/staff/passkeys/"+made["id"].(string), nil)
	k.refused(syncproto.CodeNotFound, "DELETE", "/v1/staff/passkeys/"+made["id"].(string), nil)
	k.key.Counter = 3
	k.refused(syncproto.CodeSignInFailed, "POST", "/v1/staff/passkey/finish", k.get(k.begin()))
}

func TestAnswersOfKeysThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(k *keyring) object
	}{
		{"a replayed answer", func(k *keyring) object {
			k.key.Counter++
			answer := k.get(k.begin())
			k.must("POST", "/v1/staff/passkey/finish", answer)
			return answer
		}},
		{"a challenge that is over", func(k *keyring) object {
			asked := k.begin()
			k.o.wait(5 * time.Minute)
			return k.get(asked)
		}},
		{"another challenge", func(k *keyring) object {
			answer := k.get(k.begin())
			answer["ceremony"] = k.begin()["ceremony"]
			return answer
		}},
		{"a challenge for a new key", func(k *keyring) object {
			k.signIn("thino")
			return k.get(k.must("POST", "/v1/staff/passkeys/begin", object{}))
		}},
		{"another site", func(k *keyring) object {
			k.rp.Origin = "https://evil.example"
			return k.get(k.begin())
		}},
		{"another relying party", func(k *keyring) object {
			k.rp.ID = "evil.example"
			return k.get(k.begin())
		}},
		{"nobody there", func(k *keyring) object {
			k.auth.Options.UserNotPresent = true
			return k.get(k.begin())
		}},
		{"an unknown user", func(k *keyring) object {
			k.auth.Options.UserHandle = []byte("somebody else, of no account at all")
			return k.get(k.begin())
		}},
		{"no user", func(k *keyring) object {
			k.auth.Options.UserHandle = nil
			return k.get(k.begin())
		}},
		{"another key", func(k *keyring) object {
			id := k.key.ID
			k.key = newKey()
			k.key.ID = id
			return k.get(k.begin())
		}},
		{"an unknown key", func(k *keyring) object {
			k.key = newKey()
			return k.get(k.begin())
		}},
		{"a copied key", func(k *keyring) object {
			k.key.Counter = 7
			k.must("POST", "/v1/staff/passkey/finish", k.get(k.begin()))
			k.key.Counter = 6
			return k.get(k.begin())
		}},
		{"a suspended person", func(k *keyring) object {
			k.key.Counter = 9
			answer := k.get(k.begin())
			var person syncproto.ID
			if err := k.o.store.View(k.o.t.Context(), func(r storage.Reader) error {
				a, err := r.AccountByLogin("thino")
				if err == nil {
					person = a.Person
				}
				return err
			}); err != nil {
				k.o.t.Fatal(err)
			}
			k.o.suspend(person)
			return answer
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t)
			_, b := o.hire("Lê Thị Nở", "thino", syncproto.RoleEditor)
			k := newKeyring(b)
			k.signIn("thino")
			k.add()
			k.must("POST", "/v1/staff/sign-out", nil)
			o.t = t
			answer := c.do(k)
			clear(k.cookies)
			k.refused(syncproto.CodeSignInFailed, "POST", "/v1/staff/passkey/finish", answer)
			if len(k.cookies) != 0 {
				t.Errorf("got cookies %v", k.cookies)
			}
		})
	}
}

func TestACopiedKeyStandsInTheAuditLog(t *testing.T) {
	o := newOffice(t)
	_, b := o.hire("Lê Thị Nở", "thino", syncproto.RoleEditor)
	k := newKeyring(b)
	k.signIn("thino")
	k.key.Counter = 7
	k.add()
	k.refused(syncproto.CodeSignInFailed, "POST", "/v1/staff/passkey/finish", k.get(k.begin()))
	found := false
	if err := o.store.View(t.Context(), func(r storage.Reader) error {
		all, err := r.Audits("", 0, 100)
		for i := range all {
			found = found || all[i].Act == staff.ActClonedPasskey
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if !found {
		t.Error("it does not")
	}
}

func TestNewKeysThatAreRefused(t *testing.T) {
	o := newOffice(t)
	_, b := o.hire("Lê Thị Nở", "thino", syncproto.RoleEditor)
	_, other := o.hire("Trần Văn Bưởi", "vanbuoi", syncproto.RoleEditor)
	k := newKeyring(b)
	k.signIn("thino")
	other.signIn("vanbuoi")
	asked := k.must("POST", "/v1/staff/passkeys/begin", object{})
	answer := k.create(asked)
	other.refused(syncproto.CodeInvalidValue, "POST", "/v1/staff/passkeys/finish", answer) // and the challenge is used
	k.refused(syncproto.CodeInvalidValue, "POST", "/v1/staff/passkeys/finish", answer)
	k.add()
	k.refused(syncproto.CodeInvalidValue, "POST", "/v1/staff/passkeys/finish", k.create(k.begin()))
	k.refused(syncproto.CodeRecordExists, "POST", "/v1/staff/passkeys/finish", k.create(k.must("POST", "/v1/staff/passkeys/begin", object{})))
	long := k.create(k.must("POST", "/v1/staff/passkeys/begin", object{}))
	long["name"] = "một cái tên có \x07 trong đó"
	k.refused(syncproto.CodeInvalidValue, "POST", "/v1/staff/passkeys/finish", long)
	k.refused(syncproto.CodeForeignOrigin, "POST", "/v1/staff/passkeys/begin", object{}, "Sec-Fetch-Site", "cross-site")
	o.wait(15 * time.Minute)
	k.refused(syncproto.CodeConfirm, "POST", "/v1/staff/passkeys/begin", object{})
}

// TestAKeyAfterARecoveryCode: somebody who lost everything but a sheet of paper sets up a new key, and is in.
func TestAKeyAfterARecoveryCode(t *testing.T) {
	o := newOffice(t)
	_, b := o.hire("Lê Thị Nở", "thino", syncproto.RoleEditor)
	k := newKeyring(b)
	k.signIn("thino")
	codes := k.must("POST", "/v1/staff/recovery-codes", nil)["codes"].([]any)
	clear(k.cookies)
	if got := k.must("POST", "/v1/staff/recover", object{"login": "thino", "code": codes[0]}); got["must"] != true {
		t.Errorf("got %v", got)
	}
	for _, path := range []string{"sessions", "devices", "passkeys"} {
		k.refused(syncproto.CodeCredential, "GET", "/v1/staff/"+path, nil)
	}
	k.refused(syncproto.CodeCredential, "POST", "/v1/staff/recovery-codes", nil)
	k.must("GET", "/v1/staff/me", nil)
	k.add()
	k.must("GET", "/v1/staff/sessions", nil)
}

// TestTheLastWayInStays: who has no password keeps a key.
func TestTheLastWayInStays(t *testing.T) {
	o := newOffice(t)
	person, b := o.hire("Lê Thị Nở", "thino", syncproto.RoleEditor)
	k := newKeyring(b)
	k.signIn("thino")
	first := k.add()
	k.key = newKey()
	second := k.add()
	if err := o.store.Update(t.Context(), func(tx storage.Tx) error {
		a, err := tx.Account(person)
		if err != nil {
			return err
		}
		a.Password = ""
		return tx.PutAccount(a)
	}); err != nil {
		t.Fatal(err)
	}
	k.must("DELETE", "/v1/staff/passkeys/"+first["id"].(string), nil)
	k.refused(syncproto.CodeCredential, "DELETE", "/v1/staff/passkeys/"+second["id"].(string), nil)
}

// TestKeysOfAConfiguredOrigin: they are bound to it, whatever a request calls its host.
func TestKeysOfAConfiguredOrigin(t *testing.T) {
	o := newOfficeAt(t, "https://lantoa.example.vn")
	_, b := o.hire("Lê Thị Nở", "thino", syncproto.RoleEditor)
	k := newKeyring(b)
	k.signIn("thino")
	k.refused(syncproto.CodeInvalidValue, "POST", "/v1/staff/passkeys/finish", k.create(k.must("POST", "/v1/staff/passkeys/begin", object{})))
	k.rp.ID, k.rp.Origin = "lantoa.example.vn", "https://lantoa.example.vn"
	k.add()
	k.must("POST", "/v1/staff/passkey/finish", k.get(k.begin()))
	k.rp.Origin = "http://lantoa.example.vn"
	k.refused(syncproto.CodeSignInFailed, "POST", "/v1/staff/passkey/finish", k.get(k.begin()))
}

// TestKeysOfAnotherHost: without a configured origin there are keys on localhost only, whatever a request calls its host.
func TestKeysOfAnotherHost(t *testing.T) {
	o := newOffice(t)
	status, body, _ := o.do("POST", "/v1/staff/passkey/begin", "", []byte(`{}`), nil) // the host is 127.0.0.1
	if status != 404 {
		t.Errorf("got %d %s", status, body)
	}
}
