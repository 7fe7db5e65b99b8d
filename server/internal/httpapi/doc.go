// Package httpapi is the server's edge: HTTP in, one service call, HTTP out. It is the only package that knows Fiber.
// The routes stand in one list (routes.go), every error becomes a problem in one place (problem.go), and everything
// that a request may not do is refused in body.go and edge.go.
//
// Staff send plain JSON, which is read as strictly as the protocol (json.go, params.go). All of it is described in
// server/openapi.yaml, and the tests of this package compare everything that they send and get with that document.
//
// Five habits of the libraries shape it:
//
//   - Strings and bytes of a request are reused after the handler returns: what is kept is copied at this edge.
//   - Ctx.Body decompresses without a limit and is never called; body.go reads and decompresses under its own.
//   - Bodies are streamed, so that a request without a valid token is refused before its body is waited for. What a
//     handler leaves unread would be parsed as the next request on the connection: edge.go reads it away or closes.
//   - The body of an upload is read as it comes, with a deadline for each read and none for the whole (uploadbody.go).
//     The library ends a body that was cut like one that is complete; the service counts.
//   - A stream that the library writes notices a vanished phone only after several writes, so live streams take over
//     the connection (live.go).
package httpapi
