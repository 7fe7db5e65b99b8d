// Package media is what happens with a file after it came: it is looked at, freed of what it tells about its taking,
// made smaller where the phone did not, announced in the record that names it, given to whoever may see that record,
// and removed when nothing refers to it any more. How it comes is the matter of package upload, which imports this one.
//
// The record is the authority. A file is reached through a photo record and a lane, never by its hash, and only if it
// was brought, or could be read, by somebody under that record: the link says so. What is said of a file in the field
// arrived of a record (S-164) is always computed anew from the rows, by one function, and written only if it changed.
//
// The original is kept as it came, sealed: its author and the editors of its unit may read it, and each reading is
// in the audit log. Everything else that leaves the server is Served, a copy without place, time and device.
//
// # Order of steps
//
// A row names a blob before the blob is there, and goes after it. So a crash leaves a name without bytes, which is
// tried again, and never bytes that somebody is shown and nobody may remove. For removing, a row in the state removing
// stands for each blob that goes: whoever is about to refer to that blob sees it and waits. That also holds for blobs
// that were made of others, and for bytes that nobody has a row for. A removal that an earlier process began is not gone
// on with: its database may be a backup, and the file may have come again since.
package media
