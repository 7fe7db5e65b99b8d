// Package fcm sends messages through Firebase Cloud Messaging with the Firebase Admin SDK, and says for certain what came
// of each one.
//
// The SDK repeats by itself: a send that the service took before its connection broke was measured as five accepted
// copies, because the service has no key by which a repeated message is known. So the SDK's HTTP client is built here,
// from the outside in:
//
//	once    shows the SDK nothing that it would repeat: no transport error, no 503, no body that breaks off
//	auth    adds the access token, which is refreshed ahead of its end, and tells its failures apart: nothing was sent
//	splice  puts the JSON that package fcm rendered in the place of the SDK's, which knows no installation ids yet
//	        and is a quarter dearer
//	http    few connections with HTTP/2, no client timeout
//
// What the service answered is kept on the way out and classified raw, before anything is wrapped. The body of a request
// knows whether the transport began to read it; one that was never read was never sent, and is Later instead of Unsure.
//
// Nothing here touches the network before the first Send or Check. FIREBASE_AUTH_EMULATOR_HOST and its kin do not reach
// this package: they switch off checks of sign-in, which Lantoa does not do through Firebase.
package fcm
