package storagetest

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// TestStore holds a backend to the law. Open returns an empty store; the suite closes it.
func TestStore(t *testing.T, open func(t *testing.T) storage.Store) {
	run := func(name string, test func(t *testing.T, s storage.Store)) {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
			test(t, s)
		})
	}
	run("an update that fails leaves no trace", testUpdateFails)
	run("a savepoint that fails leaves no trace", testSavepointFails)
	run("savepoints nest", testSavepointsNest)
	run("a panic is an internal error and the store lives on", testPanic)
	run("a context that has ended runs nothing", testContextEnded)
	run("a context that ends in the middle does not tear", testContextEndsInside)
	run("a failing update does not touch its neighbours", testNeighbours)
	run("a closed store is unavailable", testClosed)
	run("a view is a snapshot", testSnapshot)
	run("no memory is shared with the caller", testNoSharing)

	run("commit order is sequence order", testCommitOrder)
	run("a record has one place per scope", testOnePlace)
	run("a move of an equal revision", testMove)
	run("a tombstone stays where the record was", testTombstone)
	run("changes stop at the limit and when told", testChangesStop)
	run("heads of unknown scopes are empty", testUnknownScopes)
	run("revisions are kept", testRevisions)
	run("a revision that does not rise is refused", testRevisionRises)
	run("what the server knows of a record comes back", testServerSide)
	run("children are listed by id", testChildren)
	run("children may come before their parent", testChildrenOfUnknown)
	run("sides", testSides)
	run("sums and digests equal the live records", testSums)
	run("leaves page by id", testLeaves)

	run("devices", testDevices)
	run("devices are found by token", testTokens)
	run("contacts of unknown devices are ignored", testContacts)
	run("outcomes follow the counter", testJudged)
	run("outcomes of others", testOrigins)
	run("dead letters", testDeadLetters)
	run("units, persons, grants and codes", testPeople)
	run("access counts what caches depend on", testAccess)
	run("epoch and key", testMeta)
	registerLaws(run)
	callLaws(run)
	pushLaws(run)
	figureLaws(run)
	run("uploads", testUploads)
	run("the newest upload for a lane", testUploadFor)
	run("open uploads add up", testUploadsOpen)
	run("uploads of a random life", testUploadsRandom)
	run("media", testMedia)
	run("media that is due", testMediaDue)
	run("media used and made", testMediaUsedAndMade)
	run("links of media", testMediaLinks)
	run("facts of media", testMediaFacts)
	run("deleted media takes its links and facts along", testDeleteMedia)
	run("media that no record needs", testMediaNeeded)
	run("media that is needed again", testMediaNeededAgain)
	run("media of a random life", testMediaRandom)
	run("the audit log is numbered without gaps", testAudit)
	run("the audit log of concurrent updates", testAuditConcurrent)
	run("files are undone by a savepoint that fails", testFilesUndone)
	run("files are seen after their commit", testFilesSeen)
	run("compaction leaves files alone", testFilesCompact)
	run("submissions", testSubmissions)
	run("queues", testQueue)
	run("queries that are none", testQueryInvalid)
	run("what a search finds", testSearch)
	run("tallies", testTallies)
	run("holds that ended", testHeld)
	run("submissions of a random life", testSubmissionsRandom)
	run("what is erased is gone", testErase)
	run("who can be rung, and what they want", testReachable)
	run("compaction raises floors and forgets", testCompact)
	run("compaction leaves what is young", testCompactYoung)
}

// world draws ids and records from one seed.
type world struct {
	*rand.Rand
	device, person, unit syncproto.ID
}

func newWorld(t *testing.T, seed uint64) *world {
	t.Logf("seed %d", seed)
	w := &world{Rand: rand.New(rand.NewPCG(seed, 1))}
	w.device, w.person, w.unit = w.id(), w.id(), w.id()
	return w
}

func (w *world) id() syncproto.ID {
	var random [10]byte
	binary.BigEndian.PutUint64(random[:], w.Uint64())
	random[9] = byte(w.Uint32())
	return syncproto.MakeID(1_700_000_000_000+w.Int64N(1e6), random)
}

// story returns the first revision of a record.
func (w *world) story(title string) *syncproto.Record {
	return &syncproto.Record{
		ID: w.id(), Kind: syncproto.KindStory, Unit: w.unit, Author: w.person, Revision: 1, State: syncproto.StateDraft,
		Fields: syncproto.Fields{"title": syncproto.Text(title)}, Received: 1000, Changed: 1000,
		Captured: &syncproto.Captured{Device: 900, Estimate: 950, Uncertainty: 10},
		Writers:  map[string]syncproto.Writer{"": {Device: w.device}},
	}
}

// after returns the next revision of a record, with another title.
func after(r *syncproto.Record, title string) *syncproto.Record {
	c := r.Clone()
	c.Revision++
	c.Changed += 10
	c.Deleted = false
	c.Fields["title"] = syncproto.Text(title)
	c.Marks = map[string]int64{"title": c.Revision}
	return c
}

func deleted(r *syncproto.Record) *syncproto.Record {
	c := r.Clone()
	c.Revision++
	c.Deleted = true
	return c
}

var errWanted = errors.New("wanted")

func update(t *testing.T, s storage.Store, fn func(storage.Tx) error) {
	t.Helper()
	if err := s.Update(context.Background(), fn); err != nil {
		t.Fatalf("update: %v", err)
	}
}

func view(t *testing.T, s storage.Store, fn func(storage.Reader) error) {
	t.Helper()
	if err := s.View(context.Background(), fn); err != nil {
		t.Fatalf("view: %v", err)
	}
}

func put(t *testing.T, s storage.Store, r *syncproto.Record, scopes ...syncproto.Scope) {
	t.Helper()
	update(t, s, func(tx storage.Tx) error { return tx.PutRecord(r, scopes) })
}

func wantCode(t *testing.T, err error, want syncproto.Code) {
	t.Helper()
	if err == nil || syncproto.CodeOf(err) != want {
		t.Errorf("got error %v, want code %s", err, want)
	}
}

// item is one entry of a feed as a test compares it.
type item struct {
	sequence uint64
	id       syncproto.ID
	removed  bool
	wire     string
}

// live reports whether the entry is neither a removal nor a tombstone.
func (i item) live() bool { return !i.removed && !strings.Contains(i.wire, `"deleted":true`) }

func changes(r storage.Reader, scope syncproto.Scope, after uint64, limit int) (out []item, err error) {
	heads, err := r.Heads([]syncproto.Scope{scope})
	if err != nil {
		return nil, err
	}
	err = r.Changes(heads[0].Number, after, limit, func(sequence uint64, c syncproto.Change) bool {
		out = append(out, item{sequence, c.ID, c.Removed, string(c.Wire)})
		return true
	})
	return out, err
}

// feed returns the whole feed of a scope and its head.
func feed(t *testing.T, s storage.Store, scope syncproto.Scope) (out []item, head storage.Head) {
	t.Helper()
	view(t, s, func(r storage.Reader) (err error) {
		if out, err = changes(r, scope, 0, 1<<30); err != nil {
			return err
		}
		heads, err := r.Heads([]syncproto.Scope{scope})
		if err == nil {
			head = heads[0]
		}
		return err
	})
	return out, head
}

func wire(r *syncproto.Record) string { return string(syncproto.AppendRecord(nil, r)) }

// wantFeed compares the feed of a scope with what is expected, entry by entry: "live" wire forms and removals.
func wantFeed(t *testing.T, s storage.Store, scope syncproto.Scope, want ...item) {
	t.Helper()
	got, head := feed(t, s, scope)
	if len(got) != len(want) {
		t.Fatalf("%s: got %d entries %v, want %d", scope, len(got), got, len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("%s: entry %d: got %+v, want %+v", scope, i, got[i], want[i])
		}
	}
	if n := len(got); n > 0 && got[n-1].sequence != head.Sequence {
		t.Errorf("%s: the newest entry is %d, the head %d", scope, got[n-1].sequence, head.Sequence)
	}
}
