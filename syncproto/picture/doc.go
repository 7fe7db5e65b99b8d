// Package picture makes the small copies of a big picture: a thumbnail that crosses a 2G link in a breath, a display
// copy that fills a screen, and a thumbhash that a list shows before either has arrived. A phone makes them at
// capture; the server makes them where a phone sent none. Both run this code, so both give the same bytes.
//
// It reads JPEG, PNG, WebP and GIF (the first frame) and writes baseline JPEG, 4:2:0, without any metadata: no EXIF,
// no position, no profile, no comment. The orientation is applied to the pixels and transparency lies on white.
// HEIC, AVIF and video are not read (media_unsupported): decoding them in Go costs more than a phone has, so their
// copies come from the camera app or not at all.
//
// Three things keep a hostile or huge file from hurting the process. The header is read before anything is decoded,
// and what has too many pixels is refused. The memory that a decoder will take is estimated from the header, and all
// copies in the process share one [Budget] of it. A panic inside a decoder becomes media_broken. A decoder cannot be
// stopped between two reads of its file; it is stopped at the next one after the context ended, and the limit on
// pixels bounds what it can do in between.
//
// The picture is averaged over exact areas, plane by plane where the file has luma and chroma planes, and turned
// upright after it became small: no second copy of full size ever exists. No disk, network or clock.
package picture
