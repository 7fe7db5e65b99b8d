package reconcile_test

import (
	"testing"

	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

func TestSmoke(t *testing.T) {
	id := syncproto.MakeID(1, [10]byte{1})
	m := &syncproto.Mutation{Number: 1, ID: id, Record: id, Kind: "story", Set: syncproto.Fields{"title": syncproto.Text("a")}}
	a := reconcile.Actor{Device: "d", Person: "p", Member: true}
	v := reconcile.Apply(reconcile.Input{Mutation: m, Actor: a, Now: 5})
	if v.Result != syncproto.Applied || v.Record.State != syncproto.StateDraft {
		t.Fatalf("%+v", v)
	}
	s := &syncproto.Mutation{Number: 2, ID: id, Record: id, Kind: "story", Command: "submit"}
	v = reconcile.Apply(reconcile.Input{Record: v.Record, Mutation: s, Actor: a, Now: 5})
	if v.Result != syncproto.Applied || v.Record.State != syncproto.StateSubmitted || v.Record.Revision != 2 {
		t.Fatalf("%+v", v)
	}
}
