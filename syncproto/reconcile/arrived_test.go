package reconcile_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"testing"

	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// TestArrivedIsNobodysChange holds that a photo's random history goes the same way whether or not the server writes
// between any two steps how far the file has come (S-164): the same results, the same content, the same things kept.
func TestArrivedIsNobodysChange(t *testing.T) {
	const seed = 1930
	results := map[string]int{}
	for run := range 600 {
		rng := rand.New(rand.NewPCG(seed, uint64(run)))
		plain, busy := newWorld(t), newWorld(t)
		seen := map[int64]int64{0: 0} // revisions of plain, as they are called in busy
		start := syncproto.Fields{"title": text("title-x"), "body": text(randomText(rng, 12, 40)), "tags": `["1","2"]`}
		from := states[1+rng.IntN(12)]
		for _, w := range []*world{plain, busy} {
			is(t, w.do(lan, &syncproto.Mutation{Kind: syncproto.KindPhoto, Unit: unit, Set: start}), "applied")
			w.record.State = from
		}
		for serial := range 15 {
			seen[plain.record.Revision] = busy.record.Revision
			if rng.IntN(2) == 0 {
				busy.arrive(serial)
			}
			a, foreign := actors[rng.IntN(len(actors))], rng.IntN(15) == 0
			plain.foreign, busy.foreign = foreign, foreign
			step := rng.Int64N(reconcile.ClaimFor)
			plain.now, busy.now = plain.now+step, busy.now+step
			m := chance(rng, plain, serial)
			m.Kind = syncproto.KindPhoto
			same := *m
			if same.BaseRevision = seen[m.BaseRevision]; m.BaseRevision == plain.record.Revision && rng.IntN(2) == 0 {
				same.BaseRevision = busy.record.Revision // this phone has heard of the file
			}
			one, two := plain.do(a, m), busy.do(a, &same)
			where := fmt.Sprintf("seed %d, run %d, step %d: %s", seed, run, serial, syncproto.AppendMutation(nil, m))
			if one.Result != two.Result || one.Code != two.Code || one.Detail != two.Detail || !reflect.DeepEqual(one.Kept, two.Kept) {
				t.Fatalf("%s\ngot %+v, and with a file that arrives %+v", where, one, two)
			}
			if (one.Record == nil) != (two.Record == nil) || content(plain.record) != content(busy.record) {
				t.Fatalf("%s\ngot %s, and with a file that arrives %s", where, content(plain.record), content(busy.record))
			}
			results[string(one.Result)+string(one.Code)]++
		}
	}
	t.Logf("seed %d: %v", seed, results)
	for _, want := range []string{"applied", "merged", "conflictfield_conflict", "conflictdelete_undone", "rejectedstale_revision"} {
		if results[want] == 0 {
			t.Errorf("seed %d: the histories never came to %s", seed, want)
		}
	}
}

// arrive is what the server does when it has something to say of the file.
func (w *world) arrive(serial int) {
	r := w.record.Clone()
	if r.Deleted {
		return
	}
	r.Revision++
	r.Fields[syncproto.ArrivedField] = syncproto.Object(syncproto.Fields{"of": text("x"), "n": syncproto.Int(int64(serial))})
	if r.Marks == nil {
		r.Marks = map[string]int64{}
	}
	r.Marks[syncproto.ArrivedField] = r.Revision
	r.Writers[syncproto.ArrivedField] = syncproto.Writer{}
	w.record = r
	w.revisions[r.Revision] = maps.Clone(r.Fields)
}

// content is what people see of a record, and who wrote it.
func content(r *syncproto.Record) string {
	fields, writers := maps.Clone(r.Fields), maps.Clone(r.Writers)
	delete(fields, syncproto.ArrivedField)
	delete(writers, syncproto.ArrivedField)
	return fmt.Sprint(r.State, r.Deleted, r.Reason, r.Claim, syncproto.Object(fields), writers)
}
