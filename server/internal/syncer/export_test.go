package syncer

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"lantoa/server/internal/wire"
	"lantoa/storage"
	"lantoa/syncproto"
)

// SyncBothWays is Sync. A pull that was answered from memory, in whole or in part, is answered from the store as well,
// and the two are held against each other; remembered says that the store was not needed. Nobody else may write meanwhile.
func (s *Service) SyncBothWays(ctx context.Context, device *storage.Device, req *syncproto.SyncRequest, enc wire.Encoding) (reply *Reply, remembered bool, err error) {
	r := s.newRound(device, req, enc)
	defer s.release(r)
	if err := r.run(ctx); err != nil {
		return nil, false, err
	}
	if r.made != nil {
		remembered = r.remembers(r.seenLast)
		again := s.newRound(device, req, enc)
		again.now, again.cursor, again.resp, again.written = r.now, r.cursor, r.resp, r.written
		if err := again.read(ctx); err != nil {
			return nil, false, err
		}
		if err := sameAnswers(r, again); err != nil {
			return nil, false, err
		}
	}
	r.finish()
	answer := r.answer
	return &answer, remembered, nil
}

// sameAnswers compares what two rounds collected, and what they would say of it.
func sameAnswers(a, b *round) error {
	if !slices.Equal(a.pager.sequences, b.pager.sequences) {
		return fmt.Errorf("remembered %v, read %v", a.pager.sequences, b.pager.sequences)
	}
	for i := range a.pager.changes {
		x, y := &a.pager.changes[i], &b.pager.changes[i]
		if x.ID != y.ID || x.Removed != y.Removed || !bytes.Equal(x.Wire, y.Wire) {
			return fmt.Errorf("remembered %s %v %s\nread %s %v %s", x.ID, x.Removed, x.Wire, y.ID, y.Removed, y.Wire)
		}
	}
	whole := func(r *round) []byte {
		r.assemble(len(r.pager.changes))
		return syncproto.AppendSyncResponse(nil, &r.resp)
	}
	if x, y := whole(a), whole(b); !bytes.Equal(x, y) {
		return fmt.Errorf("remembered %s\nread %s", x, y)
	}
	return nil
}
