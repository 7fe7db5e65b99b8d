// Package dirblob keeps blobs in a directory: the embedded default, and all that one machine needs.
//
//	DIR/blobs/ab/abcd…   one file a blob, named by its SHA-256, in 256 folders that Open makes
//	DIR/staging/put-…    what is being written
//
// A blob is written into staging, hashed on the way, made durable with fsync, and only then renamed to its name, after
// which its folder is made durable too: a crash at any point leaves the whole blob or a file in staging that Sweep
// removes. The folders exist before the first blob, so that publishing never depends on a folder that a power cut
// takes away. Rename is used and not link, since memory cards and network drives often lack the latter.
//
// A file that is finished and hashed already, such as an upload, is adopted: made durable where it is, renamed to the
// name of its blob, and both folders made durable. That is a rename as long as it lies on the same disk.
//
// Everything happens below an os.Root: a name or a symbolic link cannot lead out of DIR. Files are 0600 and folders
// 0700, for the rights to media are checked by the server and not by the file system.
package dirblob
