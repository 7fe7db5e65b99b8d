// Package console holds what the editors' console is drawn with: templates, styles, scripts and words. It is data; the
// pages themselves are in server/internal/console.
//
//	templates/AREA/NAME.html   one page, the view "AREA/NAME"; layout.html surrounds all, parts.html has shared pieces
//	static/                    styles, ES modules and pictures, served under a path that names their content
//	texts/AREA.json            every word that people read, Vietnamese and English side by side
package console

import "embed"

// Files are all of it.
//
//go:embed all:templates static texts
var Files embed.FS
