package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/storage"
	"lantoa/syncproto"
)

// vaultOf returns the files that a phone keeps beside its store.
func (h *handset) vaultOf() (names []string) {
	h.t.Helper()
	entries, err := os.ReadDir(filepath.Join(h.dir, "phone.db.media"))
	if err != nil && !os.IsNotExist(err) {
		h.t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// TestWithdrawnConsentReachesEveryCopy: a photo is on the phone that took it, on the server with its copies, and on the
// editor's phone that opened it. The consent is withdrawn, and it is nowhere.
func TestWithdrawnConsentReachesEveryCopy(t *testing.T) {
	slow(t)
	y := newYard(t)
	url := "http://" + y.s.Addr().String()
	lan, minh := y.phone(url, syncproto.RoleVolunteer, "Lan"), y.phone(url, syncproto.RoleEditor, "Minh")
	story := lan.text("Chuyện ở bến đò")
	photo, _ := lan.photo(3, story, 1200, mobilesdk.KeepCopy)
	consent, err := lan.AddConsent(background, photo, mobilesdk.Consent{
		Who: "Bà Năm bến đò", Age: syncproto.AgeAdult, GivenBy: []string{syncproto.GivenBySelf}, How: syncproto.HowSpoken, Uses: []string{syncproto.UsePublish},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := lan.Command(background, story, syncproto.CommandSubmit, ""); err != nil {
		t.Fatal(err)
	}
	lan.sync()
	lan.sendFiles()
	lan.received(syncproto.LaneOriginal, photo)
	minh.sync()
	minh.fetched(photo, syncproto.LaneDisplay)
	minh.fetched(photo, syncproto.LaneOriginal)
	if len(minh.vaultOf()) == 0 || len(lan.vaultOf()) == 0 {
		t.Fatal("nothing is on the phones")
	}
	if err := lan.WithdrawConsent(background, consent, "Bà không muốn nữa"); err != nil {
		t.Fatal(err)
	}
	lan.sync()
	until(t, time.Minute, "the photo is erased", func() (erased bool) {
		y.view(func(r storage.Reader) error {
			all, err := r.Cases(nil, false, "", 10)
			erased = len(all) == 1 && all[0].Closed != 0
			return err
		})
		return erased
	})
	for _, h := range []*handset{lan, minh} {
		h.sync()
		if names := h.vaultOf(); len(names) > 0 {
			t.Errorf("files stay on a phone: %v", names)
		}
		if _, err := h.FetchMedia(background, photo, syncproto.LaneThumbnail); err == nil {
			t.Error("the photo can still be fetched")
		}
		if item, err := h.Show(background, photo); err == nil && (!item.Deleted || len(item.Fields) > 0) {
			t.Errorf("a phone shows %+v", item)
		}
		if item, err := h.Show(background, story); err != nil || item.Deleted {
			t.Errorf("the story: %+v %v", item, err)
		}
	}
	var stay []string
	err = filepath.Walk(filepath.Join(y.cfg.Data, "media"), func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() && info.Size() > 1000 && !strings.Contains(path, "CACHEDIR") {
			stay = append(stay, path)
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) || len(stay) > 0 {
		t.Errorf("bytes stay on the server: %v %v", stay, err)
	}
	y.noFaults()
}
