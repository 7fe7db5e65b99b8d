package rig

import (
	"fmt"
	"math/rand/v2"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Fill writes submissions straight into the database, as years of use would have left them: three of a hundred wait for
// an editor. Lists read the rows of submissions alone, so of those that wait the newest 200 have their records besides,
// to be shown. It returns these, the oldest first.
func (w *World) Fill(n int) (shown []syncproto.ID) {
	w.t.Helper()
	const batch, authors = 1000, 300
	random := rand.New(rand.NewPCG(4, 1))
	first := w.Now().UnixMilli() - int64(n)*60_000
	units := []syncproto.ID{w.Commune, w.Other}
	var people []syncproto.ID
	w.write(func(tx storage.Tx) error {
		for i := range authors {
			p := &storage.Person{ID: syncproto.NewID(), Name: fmt.Sprintf("Tình nguyện viên %d", i+1), Created: 1}
			if err := tx.PutPerson(p); err != nil {
				return err
			}
			people = append(people, p.ID)
		}
		return nil
	})
	for from := 0; from < n; from += batch {
		w.write(func(tx storage.Tx) error {
			for i := from; i < min(n, from+batch); i++ {
				r := submission(i, first, units[random.IntN(2)], people[random.IntN(authors)], random)
				if r.State == syncproto.StateSubmitted && n-i < 200*100/3 {
					if err := tx.PutRecord(r, syncproto.Placement(r, nil)); err != nil {
						return err
					}
					shown = append(shown, r.ID)
				}
				if err := tx.PutSubmission(rowOf(r), 0); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return shown
}

func (w *World) write(fn func(tx storage.Tx) error) {
	w.t.Helper()
	if err := w.Server.Store().Update(background, fn); err != nil {
		w.t.Fatal(err)
	}
}

func submission(n int, first int64, unit, author syncproto.ID, random *rand.Rand) *syncproto.Record {
	at := first + int64(n)*60_000
	r := &syncproto.Record{
		ID: syncproto.NewID(), Kind: syncproto.KindStory, Unit: unit, Author: author, Revision: 3,
		State: syncproto.StatePublished, Received: at, Changed: at,
		Fields: syncproto.Fields{
			"title": syncproto.Text(fmt.Sprintf("Chuyện thứ %d ở xóm %d", n+1, random.IntN(40)+1)),
			"body":  syncproto.Text("Sáng nay bà con cùng nhau dọn kênh, chiều đến thăm các cụ già neo đơn và tặng gạo cho những nhà khó khăn."),
		},
	}
	switch p := random.IntN(100); {
	case p < 3:
		r.State = syncproto.StateSubmitted
	case p < 6:
		r.State = syncproto.StateNeedsChanges
	case p < 12:
		r.State = syncproto.StateDeclined
	}
	return r
}

func rowOf(r *syncproto.Record) *storage.Submission {
	title, body := r.Fields["title"].TextOr(""), r.Fields["body"].TextOr("")
	return &storage.Submission{
		Record: r.ID, Kind: r.Kind, Unit: r.Unit, Author: r.Author, State: r.State, Sent: r.Received, Since: r.Received,
		Changed: r.Changed, Title: title, Text: title + "\n" + body,
	}
}
