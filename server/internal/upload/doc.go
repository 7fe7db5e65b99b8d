// Package upload takes in the files that phones send, over networks that break all the time, and carries them into the
// blob store. What happens with them then is the matter of package media. It knows tus 1.0.0 by its meaning only; the
// headers are read and written in package httpapi.
//
// Bytes grow in a spool file, one for each upload, on this machine. The row of the upload says how many of them count,
// and holds the state of the running SHA-256 at that point; behind it nothing is trusted. Rows and files are written
// in an order in which a crash between any two steps loses nothing that was acknowledged:
//
//	step                                          after a crash before the next one
//	1 row: receiving, offset 0                    HEAD says 0; the spool file may not exist
//	2 bytes into the spool, fsync                 the row's offset is lower: what is behind it is cut off and sent again
//	3 row: offset, state of the hash              HEAD says that offset
//	  (2 and 3 again, every few MiB and at the end of each request)
//	4 last byte, fsync, hash right; row: whole,   the sweep at the start finds whole rows and goes on with 5
//	  media arriving, link, record: checking
//	5 the bytes become a blob                     done again: adopting, completing and putting all take a repetition
//	6 row: stored, media waiting, record: stored  the spool file is removed by the sweep, if it is still there
//
// The states of a row, and what moves it:
//
//	receiving -> whole      the last byte, with the right hash (a part of a concatenation: without)
//	receiving -> receiving  offset 0: the hash of the whole is wrong, or the spool file is gone
//	receiving -> refused    hash_mismatch the third time, at once for one made of parts; upload_missing if a part of it
//	                        is gone; upload_expired after resting too long
//	whole     -> stored     the blob is in the store: the receipt (S-172)
//	whole     -> receiving  offset 0: neither spool nor blob store have the bytes as they were; no receipt was given
//	(none)    -> stored     the server has the file, and the person may refer to it (S-168)
//	stored, refused, expired -> (none)   a day later, or as long again as an upload may rest
//
// A part of a concatenation ends as whole; its row goes when the final upload is whole or turns out not to be needed. The
// blob store's name for an upload in parts lives in the row as long as all bytes behind it count: whatever takes bytes back
// begins it anew. What one process hashed, another reads again before the blob store takes it on its word.
//
// # Why not tusd
//
// tusd 2.9 in a streaming mount is as good on the line: through 50 cuts of a 200 MB file both re-send headers only, in
// under 16 MiB. It lost on what is around it. Its state lies in files or objects of its own, beside the transaction that
// holds rights, quota, the record and what it says has arrived, so each crash between the two would need a reconciler;
// here one row does it. It has no checksum extension and no place to answer a creation with a file that is there
// already, its S3 store rewrites the tail below 5 MiB at each reconnect where a spool file costs nothing, an upload
// whose old connection hangs is locked until a time-out unless the locker is replaced, and its newer versions resolve
// only when pinned one by one. What it would have saved, the parsing of ten headers, is the small part: spool, hash,
// take-over and the way into the blob store are needed either way.
package upload
