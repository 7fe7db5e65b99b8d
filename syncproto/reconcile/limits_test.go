package reconcile_test

import (
	"testing"

	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// TestGrownSetCanBeRead: many small adds must not build a record that phones refuse to read.
func TestGrownSetCanBeRead(t *testing.T) {
	items := func(from, count int) (out []syncproto.Value) {
		for i := range count {
			out = append(out, syncproto.Int(int64(from+i)))
		}
		return out
	}
	r := &syncproto.Record{
		ID: idRecord, Kind: "survey", Author: idAuthor, Revision: 1, Fields: syncproto.Fields{"q": syncproto.List(items(0, 200)...)},
		Writers: map[string]syncproto.Writer{"": {Device: idDevice}},
	}
	v := reconcile.Apply(reconcile.Input{
		Record: r, Actor: reconcile.Actor{Device: idDevice, Person: idAuthor, Member: true}, Now: 1,
		Mutation: &syncproto.Mutation{
			Number: 1, ID: idRecord, Record: idRecord, Kind: "survey", BaseRevision: 1, Add: map[string][]syncproto.Value{"q": items(200, 200)},
		},
	})
	if v.Record == nil {
		if v.Code != syncproto.CodeTooMany {
			t.Errorf("refused as %s", v.Code)
		}
		return
	}
	if _, err := syncproto.DecodeRecord(syncproto.AppendRecord(nil, v.Record)); err != nil {
		t.Errorf("the record cannot be read any more: %v", err)
	}
}
