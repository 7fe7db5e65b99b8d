// Package s3blob keeps blobs in any S3-compatible store. It is the sole importer of minio-go.
//
// A blob is the object PREFIX/sha256/<hex>. There are three ways in:
//
//   - Put of what fits into a part: held in memory, hashed, and put with one request.
//   - Put of more: cut into parts of one size (Cloudflare R2 refuses others), which are sent while the rest is still
//     read. It holds three parts in memory, 24 MiB by default, so it is for what is made here and not for what many
//     send at once.
//   - storage.BlobParts: parts of a file of the caller's, sent while it still arrives. A part is hashed and then sent
//     from the file; it needs some 100 KiB whatever its size. The place in the bucket outlives this process.
//
// An upload is completed only when size and hash are right (of BlobParts: when the server has all parts and nothing
// else), so a wrong or half blob is never an object. Publishing is conditional (If-None-Match), and falls back to plain
// publishing where the server says that it does not know the condition: what would be overwritten has the same bytes.
// What was made of parts is looked at before anybody is told, since a server may say done while it is still at work.
//
// Every body is signed by its SHA-256 (x-amz-content-sha256), computed before it is sent: whoever checks the signature
// has to check the bytes. The newer x-amz-checksum headers are left out. R2 answers 501 to a part that has
// x-amz-checksum-sha256, Backblaze B2 has refused them on any request, and where they are known (versitygw, MinIO) they
// cost the server a second pass over the bytes for the same answer. A CRC without a signed body would be a fifth faster
// on one machine, and would let through over plain HTTP what somebody changed on purpose. Checksums in trailers stay off
// as well: servers in use answer them with BadDigest over plain HTTP.
//
// Uploads that nobody goes on with are found and aborted by Sweep, which looks when the last part came. The life-cycle
// rules of buckets are not relied on, since half of the servers do not have them. A server may have an idea of its own
// how long an upload may rest (MinIO: a day); it is then not_found, and its caller begins anew.
//
// Requests are tried again here and not by minio-go; try says why. minio.ToErrorResponse does not unwrap, so errors are
// classified as they come, before anything wraps them.
package s3blob
