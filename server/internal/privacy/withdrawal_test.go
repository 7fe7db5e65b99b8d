package privacy_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/media"
	"lantoa/server/internal/privacy"
	"lantoa/server/internal/upload"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/syncproto"
)

// told is a submitted story with two photos, a consent of each, and a note.
type told struct {
	story, photo, other, consent, note syncproto.ID
	file, second                       []byte
}

func (w *world) tells() *told {
	w.t.Helper()
	s := &told{file: picture(1), second: picture(2)}
	s.story = w.lan.story("Chuyện ở bến đò", "Sáng nay nước lên.")
	s.photo = w.lan.photo(s.story, "BIMAT-chuthich", s.file)
	s.other = w.lan.photo(s.story, "Con đò", s.second)
	s.consent = w.lan.consent(s.photo, "BIMAT-hoten")
	w.lan.sends(s.photo, s.file)
	w.lan.sends(s.other, s.second)
	w.look()
	w.lan.commands(syncproto.KindStory, s.story, syncproto.CommandSubmit, "")
	s.note = w.minh.makes(syncproto.KindNote, syncproto.Fields{"parent": syncproto.Text(string(s.photo)), "text": `"BIMAT-ghichu"`})
	w.minh.does(syncproto.Mutation{Record: s.photo, Kind: syncproto.KindPhoto, Set: syncproto.Fields{"caption": `"BIMAT-chuthich 2"`}})
	return s
}

func (w *world) withdraws(s *told) {
	w.lan.commands(syncproto.KindConsent, s.consent, syncproto.CommandWithdraw, "BIMAT-lydo")
}

var secrets = []string{"BIMAT-chuthich", "BIMAT-hoten", "BIMAT-ghichu", "BIMAT-lydo"}

// proofOf returns what a case says was done.
func proofOf(t testing.TB, c *storage.Case) map[string]privacy.Proof {
	t.Helper()
	var w struct {
		Stage   string
		Records []string
		Proof   []privacy.Proof
	}
	if err := json.Unmarshal(c.Steps, &w); err != nil {
		t.Fatal(err)
	}
	out := map[string]privacy.Proof{}
	for _, p := range w.Proof {
		out[p.Step] = p
	}
	if w.Stage != "done" || len(w.Records) > 0 {
		t.Errorf("the case is left as %s", c.Steps)
	}
	return out
}

// wantWithdrawn checks the end that every way leads to.
func (w *world) wantWithdrawn(s *told) {
	w.t.Helper()
	w.wantErased(s.photo, s.consent, s.note)
	w.wantNowhere(secrets...)
	if r := w.record(s.story); r == nil || r.Deleted || r.Fields["body"] != `"Sáng nay nước lên."` {
		w.t.Errorf("the story is %+v", r)
	}
	if r := w.record(s.other); r == nil || r.Deleted {
		w.t.Errorf("the other photo is %+v", r)
	}
	if _, err := w.blobs.Stat(w.t.Context(), blobOf(s.file)); syncproto.CodeOf(err) != syncproto.CodeNotFound {
		w.t.Errorf("the original is there: %v", err)
	}
	_, err := w.media.Open(w.t.Context(), w.lan.device, s.photo, syncproto.LaneThumbnail)
	wantCode(w.t, err, syncproto.CodeNotFound)
	c := w.caseOf()
	answerBy, doneBy := privacy.Clocks(c.Opened, false)
	if c.Closed == 0 || c.Answered == 0 || c.Result != privacy.ResultDone || c.Due != 0 || c.AnswerBy != answerBy || c.DoneBy != doneBy {
		w.t.Errorf("the case is %+v", c)
	}
	proof := proofOf(w.t, &c)
	if n := proof["records"].Count; n < 3 {
		w.t.Errorf("proof of %d records", n)
	}
	want := privacy.Hash(c.ID, string(s.photo))
	found := false
	for _, h := range proof["records"].Hashes {
		found = found || h == want
	}
	if !found {
		w.t.Errorf("the photo is not among the hashes %v", proof["records"])
	}
	if steps := string(c.Steps); strings.Contains(steps, string(s.photo)) || strings.Contains(steps, blobOf(s.file).String()) {
		w.t.Errorf("the proof names ids: %s", steps)
	}
}

func TestWithdrawalErasesEverywhere(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		s := w.tells()
		before := w.blobsThere()
		if _, disk := w.store.(storage.Backuper); disk && !w.inDatabase(secrets[0]) {
			t.Fatal("the test looks where nothing is ever found")
		}
		w.withdraws(s)
		if r := w.record(s.photo); r.State != syncproto.StateTakenDown {
			t.Errorf("at once it is %s", r.State)
		}
		w.work()
		w.wantWithdrawn(s)
		if after := w.blobsThere(); after >= before || after == 0 {
			t.Errorf("%d blobs, there were %d", after, before)
		}
		late := w.lan.tries(syncproto.Mutation{Record: s.photo, Kind: syncproto.KindPhoto, BaseRevision: 1, Set: syncproto.Fields{"caption": `"BIMAT-chuthich 3"`}})
		if late.Code != syncproto.CodeErased {
			t.Errorf("a late edit is %+v", late)
		}
		w.wantNowhere(secrets...)
	})
}

// TestWithdrawalOfAStory erases it with all its parts, when its consent goes.
func TestWithdrawalOfAStory(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		s := w.tells()
		s.consent = w.lan.consent(s.story, "BIMAT-hoten")
		w.withdraws(s)
		w.work()
		w.wantErased(s.story, s.photo, s.other, s.consent, s.note)
		w.wantNowhere(append(secrets, "Sáng nay nước lên", "bến đò")...)
		if n := w.blobsThere(); n != 0 {
			t.Errorf("%d blobs stay: %v", n, w.lies())
		}
		if names := w.lies(); len(names) > 1 {
			t.Errorf("files stay: %v", names)
		}
	})
}

// TestCrashAtEachPoint ends the worker at each of its steps, in each transaction before and after; another process goes on
// to the same end.
func TestCrashAtEachPoint(t *testing.T) {
	points := []string{
		"step: 1", "step:records 1", "step:records 2", "step:uploads 1", "step:files 1", "step:check 1", "record 1", "record 2", "file 1",
		"blob 1", "blob 2",
	}
	if testing.Short() { // one goroutine works: the race detector sees as much in a few
		points = []string{"step:files 1", "blob 1"}
	}
	for _, name := range points {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, w *world) {
				s := w.tells()
				w.withdraws(s)
				point, n := name[:len(name)-2], int(name[len(name)-1]-'0')
				seen := w.crashAt(point, n)
				_, err := w.cases.Step(t.Context())
				w.must(err)
				if seen() != n {
					t.Fatalf("the worker came there %d times", seen())
				}
				w.fail = func(string) error { return nil }
				w.start()
				_, err = w.media.CollectOnce(t.Context()) // begins with the process, and knows nothing of the case
				w.must(err)
				w.now += time.Hour.Milliseconds()
				w.work()
				w.wantWithdrawn(s)
			})
		})
	}
}

// TestLargeFamily goes in several transactions, and a phone hangs one more under it between two of them: that is refused.
func TestLargeFamily(t *testing.T) {
	w := newWorld(t, memory.New())
	s := w.tells()
	notes := []syncproto.ID{s.note}
	for range 120 {
		notes = append(notes, w.minh.makes(syncproto.KindNote, syncproto.Fields{"parent": syncproto.Text(string(s.photo)), "text": `"BIMAT-ghichu"`}))
	}
	w.withdraws(s)
	w.crashAt("record", 60)
	_, err := w.cases.Step(t.Context())
	w.must(err)
	late := w.minh.tries(syncproto.Mutation{
		Record: syncproto.NewID(), Kind: syncproto.KindNote, Unit: w.unit,
		Set: syncproto.Fields{"parent": syncproto.Text(string(s.photo)), "text": `"BIMAT-ghichu"`},
	})
	if late.Code != syncproto.CodeErased {
		t.Errorf("a note that came between is %+v", late)
	}
	w.fail = func(string) error { return nil }
	w.start()
	w.now += time.Hour.Milliseconds()
	w.work()
	w.wantErased(notes...)
	w.wantWithdrawn(s)
	c := w.caseOf()
	if n := proofOf(t, &c)["records"].Count; n < len(notes)+2 {
		t.Errorf("proof of %d records", n)
	}
}

// TestSharedFileStays: two stories show the same file; the consent under one of them is withdrawn.
func TestSharedFileStays(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		s := w.tells()
		twin := w.lan.photo("", "Cùng một ảnh", s.file)
		w.lan.sends(twin, s.file)
		w.look()
		w.withdraws(s)
		w.work()
		w.wantErased(s.photo, s.consent, s.note)
		c := w.caseOf()
		if proof := proofOf(t, &c); proof["shared_stay"].Count != 1 || proof["blobs"].Count != 0 {
			t.Errorf("the proof is %+v", proof)
		}
		if _, err := w.media.Open(t.Context(), w.lan.device, twin, syncproto.LaneThumbnail); err != nil {
			t.Errorf("the other photo: %v", err)
		}
	})
}

// TestUploadInFlight: half of a file is in the spool, and its phone still sends, when the consent goes.
func TestUploadInFlight(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		s := w.tells()
		big := append(picture(9), make([]byte, 3<<20)...)
		more := w.lan.photo(s.story, "BIMAT-chuthich", big)
		s.consent = w.lan.consent(more, "BIMAT-hoten")
		st, err := w.upload.Create(t.Context(), w.lan.device, upload.Creation{Record: more, Lane: syncproto.LaneOriginal, Size: int64(len(big))}, nil)
		w.must(err)
		half := bodyOf(big[:len(big)/2])
		half.hang = true
		done := make(chan error)
		go func() {
			_, err := w.upload.Write(t.Context(), w.lan.device, st.ID, &upload.Chunk{Length: int64(len(big)), Size: -1, Body: half})
			done <- err
		}()
		<-half.read
		w.withdraws(s)
		w.work()
		<-done
		w.wantErased(more, s.consent)
		w.view(func(r storage.Reader) error {
			left, err := r.Uploads("", 100)
			for _, u := range left {
				if u.Record == more {
					t.Errorf("upload %+v stays", u)
				}
			}
			return err
		})
		for _, name := range w.lies() {
			if strings.Contains(name, "spool") && strings.Contains(name, string(st.ID)) {
				t.Errorf("%s stays", name)
			}
		}
		_, err = w.upload.Write(t.Context(), w.lan.device, st.ID, &upload.Chunk{Length: 1, Size: -1, Body: bodyOf([]byte("x"))})
		wantCode(t, err, syncproto.CodeUploadMissing)
		_, err = w.upload.Create(t.Context(), w.lan.device, upload.Creation{Record: more, Lane: syncproto.LaneOriginal, Size: int64(len(big))}, nil)
		wantCode(t, err, syncproto.CodeRecordMissing)
	})
}

// TestWhileItIsLookedAt: copies of the file are being made when the consent goes.
func TestWhileItIsLookedAt(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		s := w.tells()
		file := picture(7)
		photo := w.lan.photo("", "BIMAT-chuthich", file)
		s.consent = w.lan.consent(photo, "BIMAT-hoten")
		w.lan.sends(photo, file)
		before := w.blobsThere()
		looked := make(chan error)
		go func() {
			_, err := w.media.Step(t.Context())
			looked <- err
		}()
		w.withdraws(s)
		w.work()
		w.must(<-looked)
		w.wantErased(photo, s.consent)
		if after := w.blobsThere(); after != before-1 {
			t.Errorf("%d blobs, there were %d with the original: %v", after, before, w.lies())
		}
	})
}

// TestCondemnTwice: a step that is done again finds nothing to do.
func TestCondemnTwice(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		s := w.tells()
		w.withdraws(s)
		w.work()
		err := w.media.Condemn(t.Context(), blobOf(s.file), []syncproto.ID{s.photo}, func(_ storage.Tx, c media.Condemned) error {
			if len(c.Blobs) > 0 || c.Shared {
				t.Errorf("again: %+v", c)
			}
			return nil
		})
		w.must(err)
	})
}
