// Package s3blob keeps blobs in any S3-compatible store. It is the sole importer of minio-go.
//
// A blob is the object PREFIX/sha256/<hex>. One that fits into a part is held in memory, hashed, and put with one
// request. A larger one is cut into parts of one size (Cloudflare R2 refuses others), which are sent while the rest
// is still read; the upload is completed only when size and hash are right, and aborted otherwise, so a wrong or half
// blob is never an object. Publishing is conditional (If-None-Match), and falls back to plain publishing where the
// server says that it does not know the condition: what would be overwritten has the same bytes.
//
// Every request carries the SHA-256 of its body as x-amz-checksum-sha256, computed before it is sent. Checksums in
// trailers stay off: servers in use answer them with BadDigest over plain HTTP. Uploads that a crash left are found
// and aborted by Sweep; the life-cycle rules of buckets are not relied on, since half of the servers do not have them.
//
// Requests are tried again here and not by minio-go; try says why. minio.ToErrorResponse does not unwrap, so errors are classified as they come, before anything wraps them.
package s3blob
