package review_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"lantoa/server/internal/review"
	"lantoa/server/internal/syncer"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

// BenchmarkSubmit is one story of four photos that reaches the desk, in batches of fifty, with and without what follows.
func BenchmarkSubmit(b *testing.B) {
	for name, reviewer := range map[string]syncer.Reviewer{"bare": nil, "reviewed": review.New(review.Options{})} {
		b.Run(name, func(b *testing.B) {
			store, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "lantoa.db"), sqlite.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer store.Close()
			w := newWorldOn(b, store)
			w.sync = syncer.New(store, syncer.Options{Reviewer: reviewer})
			lan := w.who("Lan", w.commune, syncproto.RoleVolunteer)
			var submits []syncproto.Mutation
			for range b.N {
				story := w.id()
				batch := []syncproto.Mutation{{ID: w.id(), Record: story, Kind: syncproto.KindStory, Unit: w.commune, Set: syncproto.Fields{
					"title": syncproto.Text("Bếp ăn 0 đồng"), "body": syncproto.Text("Sáng nay cả xóm cùng nấu cháo."),
				}}}
				for i := range 4 {
					batch = append(batch, syncproto.Mutation{ID: w.id(), Record: w.id(), Kind: syncproto.KindPhoto, Set: syncproto.Fields{
						"parent": syncproto.Text(string(story)), "caption": syncproto.Text(fmt.Sprint("Ảnh ", i)),
					}})
				}
				lan.syncs(batch...)
				submits = append(submits, syncproto.Mutation{ID: w.id(), Record: story, Kind: syncproto.KindStory, Command: syncproto.CommandSubmit})
			}
			b.ResetTimer()
			for len(submits) > 0 {
				n := min(50, len(submits))
				lan.syncs(submits[:n]...)
				submits = submits[n:]
			}
		})
	}
}
