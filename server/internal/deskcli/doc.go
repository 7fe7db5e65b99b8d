// Package deskcli is the review desk in a terminal, for small offices and for scripts: the same staff API that pages use,
// with words instead of buttons. It keeps nothing but the session, what was listed last and which revisions were shown: an
// approval says what its editor has read.
//
// Every command takes -json and then prints exactly one JSON value. Submissions may be named by the end of their id, as
// phone and desk print it. Exit codes are those of the phone in the terminal:
//
//	0  done
//	1  a fault of the program or the server
//	2  the command line or the input is wrong
//	3  nobody is signed in, or the session has ended
//	4  no connection, or the server is busy
//	5  of several acts some were refused
//	7  there is no such submission
//	8  refused in this state, or not theirs to do
package deskcli
