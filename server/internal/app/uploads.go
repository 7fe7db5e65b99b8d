package app

import (
	"context"

	"lantoa/server/internal/media"
	"lantoa/server/internal/metrics"
	"lantoa/server/internal/upload"
	"lantoa/syncproto"
)

// spoolDir holds unfinished files. On one disk with those that are kept, a finished one is renamed from here to there.
// So are the copies that the server makes, from workDir.
const (
	spoolDir = "spool"
	workDir  = "work"
)

// openMedia opens what files need.
func (s *Server) openMedia(ctx context.Context) (err error) {
	if s.blobs, err = openBlobs(ctx, &s.cfg); err != nil {
		s.blobs = nil
		return err
	}
	changed := func(scopes []syncproto.Scope) { s.hub.Changed(scopes, "") }
	s.media = media.New(s.store, s.blobs, media.Options{
		Now: s.cfg.Now, Log: s.cfg.Log, Changed: changed, Work: s.cfg.path(workDir),
		Grace: s.cfg.MediaGrace, Leftover: 2 * s.cfg.MediaKeep, Presign: s.cfg.S3Presign,
	})
	s.uploads, err = upload.New(s.store, s.blobs, upload.Options{
		Spool: s.cfg.path(spoolDir), Now: s.cfg.Now, Log: s.cfg.Log, Changed: changed, Stored: s.media.Wake,
		Quota: s.cfg.MediaQuota, Expiry: s.cfg.MediaKeep, MinFree: s.cfg.MinFree,
	})
	return err
}

// countUploads adds what the upload service counts.
func countUploads(m *metrics.Metrics, uploads *upload.Service) {
	m.Gauge("lantoa_uploads_open", "Requests that bring bytes of files now.",
		func() float64 { return float64(uploads.Stats().Open) })
	m.Counter("lantoa_upload_bytes_total", "Bytes of files received.",
		func() float64 { return float64(uploads.Stats().Received) })
	m.Counter("lantoa_upload_takeovers_total", "Requests ended by a newer one for the same upload.",
		func() float64 { return float64(uploads.Stats().Takeovers) })
	m.Counter("lantoa_upload_mismatches_total", "Files and pieces that had another hash than was said.",
		func() float64 { return float64(uploads.Stats().Mismatches) })
}
