// Package enroll joins phones to people. An editor or operator issues a code, which is stored hashed, works once and
// expires; a phone redeems it for a device token, which is stored hashed and can be revoked at once.
//
// Everything a phone asks here may be asked again, because its answer may have been lost on the way: the token is not
// drawn but computed from the database's secret key, the code, the device and the device's own nonce. The same phone
// gets the same token; nobody else can, and a copy of the database that leaks holds no token.
//
// The limits of [Limiter] count failures only. A hall full of volunteers behind one address enrolls without waiting,
// while whoever guesses is slowed down, per address and in all.
package enroll
