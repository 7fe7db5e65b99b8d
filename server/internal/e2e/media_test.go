package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/storage"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile/sample"
)

// photo attaches a photo with a position in it, and returns its record and path.
func (h *handset) photo(seed uint64, parent syncproto.ID, side int, keep mobilesdk.Keep) (syncproto.ID, string) {
	h.t.Helper()
	path := filepath.Join(h.dir, "IMG-"+strconv.FormatUint(seed, 10)+".jpg")
	body := sample.JPEG(sample.Options{Width: side, Height: side * 3 / 4, Seed: seed, Lat: 9.97, Lon: 105.1, Orientation: 6, Tail: true})
	if err := os.WriteFile(path, body, 0o600); err != nil {
		h.t.Fatal(err)
	}
	id, err := h.AttachFile(background, parent, nil, mobilesdk.File{Path: path, Keep: keep})
	if err != nil {
		h.t.Fatal(err)
	}
	return id, path
}

// sendFiles sends files until none may go.
func (h *handset) sendFiles() {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(background, time.Minute)
	defer cancel()
	if _, err := h.SyncMedia(ctx); err != nil {
		h.t.Fatalf("send files: %v", err)
	}
}

// file returns how far a lane is.
func (h *handset) file(record syncproto.ID, lane syncproto.Lane) mobilesdk.MediaItem {
	h.t.Helper()
	list, err := h.Media(background, 0, 500)
	if err != nil {
		h.t.Fatal(err)
	}
	i := slices.IndexFunc(list.Items, func(m mobilesdk.MediaItem) bool { return m.Record == record && m.Lane == lane })
	if i < 0 {
		return mobilesdk.MediaItem{}
	}
	return list.Items[i]
}

// received syncs until the server's receipts for files are on the phone.
func (h *handset) received(lane syncproto.Lane, records ...syncproto.ID) {
	h.t.Helper()
	for _, id := range records {
		until(h.t, time.Minute, "receipt for "+string(lane), func() bool {
			h.sync()
			return h.file(id, lane).State == mobilesdk.FileReceived
		})
	}
}

// fetched returns a file of a photo, once the server has looked at it.
func (h *handset) fetched(record syncproto.ID, lane syncproto.Lane) []byte {
	h.t.Helper()
	path, err := "", error(nil)
	until(h.t, time.Minute, string(lane)+" can be asked for", func() bool {
		path, err = h.FetchMedia(background, record, lane)
		return syncproto.CodeOf(err) != syncproto.CodeMediaWaiting
	})
	if err != nil {
		h.t.Fatalf("%s: %v", lane, err)
	}
	body, err := os.ReadFile(path)
	if err != nil {
		h.t.Fatal(err)
	}
	return body
}

// TestTwoDaysWithoutNetwork is AS-01 on loopback: the text is read after the phone's first round trip, whatever waits
// behind it, thumbnails of all photos come before any display copy, those before any original, and all hashes are right
// in the end.
func TestTwoDaysWithoutNetwork(t *testing.T) {
	slow(t)
	y := newYard(t)
	url := "http://" + y.s.Addr().String()
	lan, minh := y.phone(url, syncproto.RoleVolunteer, "Lan"), y.phone(url, syncproto.RoleEditor, "Minh")
	story, err := lan.Create(background, syncproto.KindStory, "", syncproto.Fields{"title": `"Người tốt việc thiện"`, "body": `"Sáng nay…"`})
	if err != nil {
		t.Fatal(err)
	}
	var photos []syncproto.ID
	want := map[syncproto.ID][32]byte{}
	for seed := range uint64(6) {
		id, path := lan.photo(seed+1, story, 2400, mobilesdk.KeepCopy)
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		photos, want[id] = append(photos, id), sha256.Sum256(body)
	}
	film, blob := lan.recording(7, 5<<20)
	if err := lan.Command(background, story, syncproto.CommandSubmit, ""); err != nil {
		t.Fatal(err)
	}
	until(t, time.Minute, "copies", func() bool {
		list, err := lan.Media(background, 0, 1)
		return err == nil && list.Making == 0
	})
	if s, err := lan.Round(background); err != nil || s.Sent < 8 {
		t.Fatalf("the first round: %+v %v", s, err)
	}
	minh.sync()
	if item, err := minh.Show(background, story); err != nil || item.Fields["body"] != `"Sáng nay…"` {
		t.Fatalf("Minh reads %+v %v", item, err)
	}
	children, err := minh.List(background, mobilesdk.Filter{Parent: story})
	if err != nil || len(children.Items) != 6 || children.Items[0].Fields[syncproto.ArrivedField] != "" {
		t.Fatalf("Minh sees %d photos: %v", len(children.Items), err)
	}

	var mu sync.Mutex
	var lanes []syncproto.Lane
	lan.OnMedia(func(m mobilesdk.MediaItem) {
		mu.Lock()
		defer mu.Unlock()
		if m.State == mobilesdk.FileChecking || m.State == mobilesdk.FileReceived {
			lanes = append(lanes, m.Lane)
		}
	})
	lan.sendFiles()
	lan.OnMedia(nil)
	order := map[syncproto.Lane]int{syncproto.LaneThumbnail: 0, syncproto.LaneDisplay: 1, syncproto.LaneOriginal: 2}
	mu.Lock()
	if len(lanes) != 19 || !slices.IsSortedFunc(lanes, func(a, b syncproto.Lane) int { return order[a] - order[b] }) {
		t.Errorf("%d files went in the order %v", len(lanes), lanes)
	}
	mu.Unlock()
	lan.received(syncproto.LaneOriginal, append(photos, film)...)
	y.kept(time.Minute, blob)
	minh.sync()
	for _, id := range photos {
		if sha256.Sum256(minh.fetched(id, syncproto.LaneOriginal)) != want[id] { // Minh edits the unit
			t.Error("another original came")
		}
		for _, lane := range []syncproto.Lane{syncproto.LaneThumbnail, syncproto.LaneDisplay} { // AS-09
			if body := minh.fetched(id, lane); sample.HasPosition(body) || !bytes.HasPrefix(body, []byte("\xff\xd8")) {
				t.Errorf("%s tells where it was taken, or is no picture", lane)
			}
		}
	}
	y.noFaults()
}

// TestASmallPhotoIsItsOwnDisplayCopy sends a photo that lies upright and is small: it goes in two lanes and over the
// line once, and whoever is no editor gets it without what it tells of itself.
func TestASmallPhotoIsItsOwnDisplayCopy(t *testing.T) {
	y := newYard(t)
	url := "http://" + y.s.Addr().String()
	lan, minh := y.phone(url, syncproto.RoleVolunteer, "Lan"), y.phone(url, syncproto.RoleEditor, "Minh")
	path := filepath.Join(lan.dir, "small.jpg")
	if err := os.WriteFile(path, sample.JPEG(sample.Options{Seed: 3, Quality: 20, Lat: 9.97, Lon: 105.1}), 0o600); err != nil {
		t.Fatal(err)
	}
	story, err := lan.Create(background, syncproto.KindStory, "", syncproto.Fields{"title": `"Một tấm ảnh"`, "body": `"x"`})
	if err != nil {
		t.Fatal(err)
	}
	id, err := lan.AttachFile(background, story, nil, mobilesdk.File{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := lan.Command(background, story, syncproto.CommandSubmit, ""); err != nil {
		t.Fatal(err)
	}
	lan.sync()
	lan.sendFiles()
	lan.received(syncproto.LaneOriginal, id)
	lan.received(syncproto.LaneDisplay, id)
	size := lan.file(id, syncproto.LaneOriginal).Size
	if lan.file(id, syncproto.LaneDisplay).Size != size {
		t.Fatal("a display copy was made of a photo that needs none")
	}
	if got := int64(y.figures()["lantoa_upload_bytes_total"]); got > size+30_000 {
		t.Errorf("%d bytes arrived for a photo of %d", got, size)
	}
	minh.sync()
	if sample.HasPosition(minh.fetched(id, syncproto.LaneDisplay)) {
		t.Error("the display copy tells where it was taken")
	}
}

// TestPoisonedFiles is the media half of AS-03: what cannot be sent or shown lies aside with a reason, and everything
// else arrives.
func TestPoisonedFiles(t *testing.T) {
	y := newYard(t)
	lan := y.phone("http://"+y.s.Addr().String(), syncproto.RoleVolunteer, "Lan")
	gone, path := lan.photo(1, "", 800, mobilesdk.KeepReference)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(lan.dir, "cut.jpg")
	if err := os.WriteFile(cut, sample.JPEG(sample.Options{Seed: 9})[:20_000], 0o600); err != nil {
		t.Fatal(err)
	}
	broken, err := lan.AttachFile(background, "", nil, mobilesdk.File{Path: cut})
	if err != nil {
		t.Fatal(err)
	}
	var good []syncproto.ID
	for seed := range uint64(4) {
		id, _ := lan.photo(seed+20, "", 800, mobilesdk.KeepCopy)
		good = append(good, id)
	}
	lan.sync()
	lan.sendFiles()
	lan.received(syncproto.LaneOriginal, good...)
	if m := lan.file(gone, syncproto.LaneOriginal); m.State != mobilesdk.FileParked || m.Code != syncproto.CodeNoFile || m.Sentence == "" {
		t.Errorf("the file that vanished: %+v", m)
	}
	until(t, time.Minute, "verdict on the broken photo", func() bool {
		lan.sync()
		return lan.file(broken, syncproto.LaneOriginal).State == mobilesdk.FileParked
	})
	if m := lan.file(broken, syncproto.LaneOriginal); m.Code != syncproto.CodeMediaBroken {
		t.Errorf("the broken photo: %+v", m)
	}
	// Taken again: the photo gets a file that is whole.
	again := filepath.Join(lan.dir, "again.jpg")
	if err := os.WriteFile(again, sample.JPEG(sample.Options{Seed: 9}), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := lan.ReplaceFile(background, broken, mobilesdk.Patch{}, mobilesdk.File{Path: again}); err != nil {
		t.Fatal(err)
	}
	lan.sync()
	lan.sendFiles()
	until(t, time.Minute, "receipt for the new file", func() bool {
		lan.sync()
		list, err := lan.Media(background, 0, 500)
		return err == nil && slices.ContainsFunc(list.Items, func(m mobilesdk.MediaItem) bool {
			return m.Record == broken && m.Lane == syncproto.LaneOriginal && m.State == mobilesdk.FileReceived
		})
	})
}

// TestSpaceIsFreedOnlyForAReceipt frees originals after the real server confirmed them, and never those of the gallery.
func TestSpaceIsFreedOnlyForAReceipt(t *testing.T) {
	y := newYard(t)
	lan := y.phone("http://"+y.s.Addr().String(), syncproto.RoleVolunteer, "Lan")
	kept, source := lan.photo(1, "", 2600, mobilesdk.KeepCopy)
	gallery, outside := lan.photo(2, "", 2600, mobilesdk.KeepReference)
	lan.sync()
	if freed, err := lan.FreeSpace(background, false); err != nil || len(freed.Items) != 0 {
		t.Fatalf("freed before anything was sent: %+v %v", freed, err)
	}
	lan.sendFiles()
	lan.received(syncproto.LaneOriginal, kept, gallery)
	freed, err := lan.FreeSpace(background, false)
	if err != nil || len(freed.Items) != 1 || freed.Items[0].Record != kept {
		t.Fatalf("freed %+v %v", freed, err)
	}
	if _, err := os.Stat(outside); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(source)
	if err != nil || !bytes.Equal(lan.fetched(kept, syncproto.LaneOriginal), want) {
		t.Fatalf("another original came back: %v", err)
	}
}

// TestARestoredServerGetsItsFilesAgain puts a server back to yesterday, with its folder of media: what phones brought
// since is offered again, records and files, and no receipt of the lost server counts.
func TestARestoredServerGetsItsFilesAgain(t *testing.T) {
	y := newYard(t)
	lan := y.phone("http://"+y.s.Addr().String(), syncproto.RoleVolunteer, "Lan")
	before, _ := lan.photo(1, "", 900, mobilesdk.KeepCopy)
	lan.sync()
	lan.sendFiles()
	lan.received(syncproto.LaneOriginal, before)
	backup, media := filepath.Join(t.TempDir(), "copy.db"), filepath.Join(t.TempDir(), "media")
	if err := y.s.Store().(storage.Backuper).Backup(background, backup); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(y.cfg.Data, "media")
	if err := os.CopyFS(media, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	after, source := lan.photo(2, "", 900, mobilesdk.KeepCopy)
	lan.sync()
	lan.sendFiles()
	lan.received(syncproto.LaneOriginal, after)

	y.stop()
	database := filepath.Join(y.cfg.Data, "lantoa.db")
	for _, gone := range []string{database, database + "-wal", database + "-shm", folder, filepath.Join(y.cfg.Data, "spool")} {
		if err := os.RemoveAll(gone); err != nil {
			t.Fatal(err)
		}
	}
	if err := sqlite.Restore(background, backup, database); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(folder, os.DirFS(media)); err != nil {
		t.Fatal(err)
	}
	y.start()

	lan.sync()
	if freed, err := lan.FreeSpace(background, true); err != nil || len(freed.Items) != 0 {
		t.Fatalf("receipts of the lost server free %+v %v", freed, err)
	}
	lan.sendFiles()
	lan.received(syncproto.LaneOriginal, before, after)
	freed, err := lan.FreeSpace(background, false)
	if err != nil || len(freed.Items) != 2 {
		t.Fatalf("freed %+v %v", freed, err)
	}
	want, err := os.ReadFile(source)
	if err != nil || !bytes.Equal(lan.fetched(after, syncproto.LaneOriginal), want) {
		t.Fatalf("another original came back: %v", err)
	}
}
