package review

import (
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Lacks returns what keeps a submission from being published at a time of the server's clock, nil if nothing (S-181).
func Lacks(r storage.Reader, access *people.Access, story *syncproto.Record, now int64) ([]syncproto.Lack, error) {
	return nil, nil
}
