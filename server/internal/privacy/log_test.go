package privacy_test

import (
	"testing"
	"time"

	"lantoa/server/internal/privacy"
	"lantoa/storage"
	"lantoa/syncproto"
)

// TestLogLooksBack: the newest entry comes first, pages meet without holes, and each part of a filter holds.
func TestLogLooksBack(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		first := w.now
		record := syncproto.NewID()
		w.must(w.store.Update(t.Context(), func(tx storage.Tx) error {
			for i := range 700 {
				a := &storage.Audit{At: first + int64(i)*time.Hour.Milliseconds(), Act: "review.claim", Person: w.minh.person, Unit: w.unit}
				switch {
				case i%100 == 7:
					a.Act, a.Record = "press.kit", record
				case i%100 == 8:
					a.Act, a.Person, a.Unit = "sign_in", w.lan.person, w.province
				}
				if err := tx.AddAudit(a); err != nil {
					return err
				}
			}
			return nil
		}))
		all := func(by *who, f privacy.LogFilter) (list []privacy.Entry) {
			t.Helper()
			for pages := 0; pages < 100; pages++ {
				page, next, err := w.cases.Log(t.Context(), by.by(), f)
				w.must(err)
				list = append(list, page...)
				if next == 0 {
					return list
				}
				f.Before = next
			}
			t.Fatal("a log without an end")
			return nil
		}
		whole := all(w.operator, privacy.LogFilter{Limit: 64})
		if len(whole) < 700 {
			t.Fatalf("%d entries", len(whole))
		}
		for i := range whole[1:] {
			if whole[i].Number != whole[i+1].Number+1 {
				t.Fatalf("%d is followed by %d", whole[i].Number, whole[i+1].Number)
			}
		}
		for name, c := range map[string]struct {
			by   *who
			f    privacy.LogFilter
			want int
		}{
			"one record":       {w.operator, privacy.LogFilter{Record: record}, 7},
			"a group":          {w.operator, privacy.LogFilter{Act: "press."}, 7},
			"one act":          {w.operator, privacy.LogFilter{Act: "press.kit", Person: w.minh.person}, 7},
			"nobody's":         {w.operator, privacy.LogFilter{Act: "press.kit", Person: w.lan.person}, 0},
			"a person":         {w.operator, privacy.LogFilter{Act: "sign_in", Person: w.lan.person, Limit: 3}, 7},
			"a unit":           {w.operator, privacy.LogFilter{Unit: w.province, Act: "sign_in"}, 7},
			"a day":            {w.operator, privacy.LogFilter{From: first + 24*time.Hour.Milliseconds(), Until: first + 48*time.Hour.Milliseconds()}, 24},
			"before all":       {w.operator, privacy.LogFilter{Until: 1}, 0},
			"after all":        {w.operator, privacy.LogFilter{From: first + 701*time.Hour.Milliseconds()}, 0},
			"an admin's units": {w.admin, privacy.LogFilter{Act: "press."}, 7},
		} {
			if got := len(all(c.by, c.f)); got != c.want {
				t.Errorf("%s: got %d, want %d", name, got, c.want)
			}
		}
		if _, _, err := w.cases.Log(t.Context(), w.lan.by(), privacy.LogFilter{}); syncproto.CodeOf(err) != syncproto.CodeForbidden {
			t.Errorf("a volunteer: %v", err)
		}
	})
}
