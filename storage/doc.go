// Package storage states what Lantoa asks of a database and of a place for media: the contracts Store, Reader and Tx,
// and Blobs, and nothing that talks to one. The backends are memory (the reference), sqlite (the embedded default) and
// later postgres, and for blobs memory, dirblob (the embedded default) and s3blob; all of them pass storage/storagetest,
// which is the law in executable form.
//
// A blob that is large, or slow to come, is spooled in a file first. How the file becomes a blob depends on what the
// store can do besides: BlobAdopter takes the file itself (dirblob), BlobParts takes it part by part while it still
// grows (s3blob, memory), and Put takes it as any reader. BlobPresigner gives out addresses to read from (s3blob, if
// the operator wants that), BlobSpace knows how much room is left (dirblob).
//
// The law, in short:
//
//   - The sequence of a scope is taken from one head per scope that stays locked until commit, so the order of
//     commits is the order of sequences, and a reader that sees n sees everything below n.
//   - What Update's closure did happens completely and durably, or not at all. When Update returns nil the data
//     survives a power cut.
//   - A savepoint that fails leaves no trace.
//   - Each (scope, record) has at most one place in the feed: a change moves it to the head.
//   - The sums of scopes are kept in the same transaction and always equal the sum over the live records.
//   - What is one's own (a phone number, a login, a passkey) is looked for before it is written: who comes second gets
//     record_exists, and neither their transaction nor those committed with it break.
//
// Bytes and maps that a method returns belong to the caller, unless the method says that they live only until a
// callback returns. Errors are *syncproto.Error: not_found for what is not there, unavailable for what may pass,
// store_full, store_read_only, store_newer and store_broken for what an operator must see to.
package storage
