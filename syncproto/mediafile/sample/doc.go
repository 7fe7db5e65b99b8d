// Package sample makes media files out of nothing but a seed: photos, videos and recordings as phones write them,
// with the metadata that phones put in. Tests, the demo and the load test send them, so that no file has to be kept
// in the repository and every run can be repeated from its seed.
//
// The package is written apart from the strippers of mediafile and shares no code with them: what it writes and what
// [HasPosition] finds is a second opinion on what they remove.
//
// JPEG, PNG, GIF and WebP are real pictures that any decoder shows. MP4 and HEIC are skeletons: every box that carries
// structure or metadata is there and right, the samples are noise that no decoder would accept as video.
package sample
