// Package vectors holds the conformance cases of the protocol as JSON files. They are data: every implementation, in
// every language, runs the same files. README.md states their format. The package imports nothing but embed, so that
// it can be used from anywhere.
package vectors

import "embed"

// Files holds every case file.
//
//go:embed *.json
var Files embed.FS
