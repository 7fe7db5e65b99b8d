package storage

import "lantoa/syncproto"

// Account is how a person signs in at a desk. A person has at most one.
type Account struct {
	Person   syncproto.ID
	Login    string // folded: unique unless ""; a phone number, an address or a name that the person chose
	Password string // PHC string of argon2id; "" for passkeys only
	Created  int64
	Changed  int64        // of the password
	Failed   int          // sign-ins that failed since the last good one
	Until    int64        // server time, Unix ms, before which passwords are not tried; 0 if not locked
	Handle   []byte       // the WebAuthn user handle: 32 random bytes; unique
	Device   syncproto.ID // under which acts at the desk are judged
}

// Passkey is a WebAuthn credential of an account.
type Passkey struct {
	ID      []byte // the credential id; unique
	Person  syncproto.ID
	Name    string // what its owner calls it
	Created int64
	Used    int64
	Data    []byte // the credential as the library keeps it
}

// Session is one signed-in browser or terminal. Only the hash of its token is stored.
type Session struct {
	Hash    [32]byte
	ID      syncproto.ID // by which lists name it
	Person  syncproto.ID
	Created int64
	Proved  int64 // when its owner last proved who they are
	Seen    int64 // written at most once a minute
	Expires int64
	Agent   string // of the browser, at most 200 bytes
	Method  string // password, passkey, recovery, link
}

// SignInLink is a one-time link by which somebody sets up an account: the first operator, or whoever an admin invites.
type SignInLink struct {
	Hash    [32]byte
	Person  syncproto.ID // "" for the first operator, who is nobody yet
	Created int64
	Expires int64
	Used    int64
}

// RecoveryCode is one of the codes by which somebody signs in who lost password and keys.
type RecoveryCode struct {
	Person syncproto.ID
	Hash   [32]byte
	Used   int64
}

// AccountReader reads accounts.
type AccountReader interface {
	// Account returns a person's account, AccountByLogin and AccountByHandle one by what is unique; not_found otherwise.
	// The empty login and handle are nobody's.
	Account(person syncproto.ID) (*Account, error)
	AccountByLogin(login string) (*Account, error)
	AccountByHandle(handle []byte) (*Account, error)
	// Accounts counts the accounts of persons who are not closed.
	Accounts() (int, error)
	// Passkeys returns those of a person, oldest first; Passkey one by its credential id.
	Passkeys(person syncproto.ID) ([]Passkey, error)
	Passkey(id []byte) (*Passkey, error)
	// Session returns one that is kept, expired or not; not_found otherwise.
	Session(hash [32]byte) (*Session, error)
	// Sessions returns those of a person, newest first.
	Sessions(person syncproto.ID) ([]Session, error)
	SignInLink(hash [32]byte) (*SignInLink, error)
	// RecoveryCodes returns those of a person, used ones too, by hash.
	RecoveryCodes(person syncproto.ID) ([]RecoveryCode, error)
}

// AccountWriter changes them.
type AccountWriter interface {
	// PutAccount stores an account; record_exists if another person has its login or its handle.
	PutAccount(a *Account) error
	// DropAccount removes a person's account with passkeys, sessions, links and recovery codes, whatever of it is there.
	DropAccount(person syncproto.ID) error
	// PutPasskey stores a passkey; record_exists if another person has its id.
	PutPasskey(p *Passkey) error
	// DropPasskey removes a passkey if it is this person's.
	DropPasskey(person syncproto.ID, id []byte) error
	PutSession(s *Session) error
	// DropSession removes a session, if there is one.
	DropSession(hash [32]byte) error
	// DropSessions removes those whose Expires lies before a time.
	DropSessions(before int64) error
	PutSignInLink(l *SignInLink) error
	// PutRecoveryCodes replaces all of a person's, PutRecoveryCode one.
	PutRecoveryCodes(person syncproto.ID, codes []RecoveryCode) error
	PutRecoveryCode(c *RecoveryCode) error
}
