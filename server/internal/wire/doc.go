// Package wire compresses and decompresses what travels: gzip for everyone, zstd for clients that say so. Encoders
// and decoders are kept and used again, and none of them holds more than a fixed window, so that memory does not
// follow the number of phones that call at once. It also says which HTTP status a kind of error has.
package wire
