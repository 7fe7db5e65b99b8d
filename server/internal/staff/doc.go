// Package staff signs people in at a desk: by password, by passkey, by a recovery code or by a one-time link. It keeps
// their sessions, which live in the store and die with the account.
//
// Nobody learns from an answer whether an account exists: an unknown login costs one hash like a known one, and the
// answer is the same. Guessing is slowed down in a way that nobody can turn against the owner of an account: what others
// do to an account slows passwords from browsers that the account never saw, for at most a quarter of an hour at a time,
// and never passkeys, recovery codes or a session that exists.
//
// The audit log gets ids only. No login, name, address or token is ever logged.
package staff
