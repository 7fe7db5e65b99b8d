// Package mediafile says what a media file is by its bytes: its type, its size in pixels, what its metadata tells,
// and how a copy comes out of it that tells nothing. The phone asks before it takes a file into the outbox, the
// server before it stores one and whenever it makes a copy that others may see.
//
// The package is pure: no clock, no network, no disk, and no decoding. A file is an io.ReaderAt and a size; a film of
// four gigabytes is read through a window of 32 KiB, and the plan of its stripped copy is bounded to a few megabytes
// whatever the file says. Nothing that a file holds makes a reader panic, run for ever or recurse: parts are counted,
// tables are read in place, directories are followed to a fixed depth, and every offset is checked.
//
// # What a stripped copy is
//
// [File.Strip] never codes a picture or sound again. Formats whose parts follow each other (JPEG, PNG, WebP, GIF, MP3,
// AAC, AMR, WAV, Ogg) are copied without the parts that are not shown. Formats whose parts point at each other by
// offset (HEIC, AVIF, MP4, MOV, 3GP, M4A, WebM) keep their length: metadata becomes free space full of zeros where it
// stands, so that no offset has to be corrected. What follows the end of what is shown is cut off in both: the second
// picture and the film of a motion photo, which carry positions of their own, and the other half of a file that is
// two things at once.
//
// What stays: colour profiles but for when they were made, the orientation, coded pictures and sound with whatever a coder writes into its own
// stream, and bytes of media data that no table refers to where the tables do not say for certain what is shown (films
// in fragments, old forms of sound). Of the types that are taken none is served as it came. A file whose metadata
// cannot be found with certainty is refused with media_unsupported, so it cannot be served with it: Ogg of several
// streams or of codecs other than Opus and Vorbis, films with metadata tracks in fragments, WebM with tracks that are
// neither picture nor sound, HEIF metadata that is built out of other items, WebP frames with metadata of their own.
//
// # Libraries
//
// The first bytes are judged by github.com/gabriel-vasile/mimetype, which knows all formats of phones where net/http
// misses half of them. Safety does not rest on it: every sniffer takes a picture with a script behind it for a
// picture.
//
// EXIF is read by tiff.go and no library. github.com/bep/imagemeta v1.0.1, the one that is kept up, was measured: its
// limit on tags counts only those that it hands out, so a WebP of 0.8 MB whose directory lists 2500 sub-directories at
// the same place keeps a processor busy for 7 to 16 seconds, and its time-out leaves the work running in the
// background. It reads no zone offsets by itself and only the first extent of a HEIC item. What is wanted here are
// nine tags out of three directories.
package mediafile
