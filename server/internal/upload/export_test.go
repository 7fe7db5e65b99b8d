package upload

import (
	"context"

	"lantoa/syncproto"
)

// Steps at which a test lets the disk fail: "open", "write", "sync".

// SetFail makes the spool's disk fail where fail says so; nil ends that.
func (s *Service) SetFail(fail func(point string) error) { s.spool.fail = fail }

// SetRoom answers for the disk under the spool.
func (s *Service) SetRoom(free, total int64) {
	s.spool.room = func(string) (int64, int64, bool, error) { return free, total, true, nil }
}

// Tend does once what an upload needs besides its requests.
func (s *Service) Tend(ctx context.Context, id syncproto.ID) error { return s.tend(ctx, id) }

// SpoolPath is where the bytes of an upload are.
func (s *Service) SpoolPath(id syncproto.ID) string { return s.spool.path(id) }
