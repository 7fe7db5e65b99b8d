// Package entry is how people come into the console and what they do with their own account: signing in and out, one-time
// links, the first minutes of a new server, sessions, phones, passkeys, passwords and recovery codes. It also takes care
// that nothing typed is lost when a session ends (Again).
package entry
