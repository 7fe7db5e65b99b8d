package e2e

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/server/internal/desk"
	"lantoa/server/internal/privacy"
	"lantoa/storage"
	"lantoa/syncproto"
)

// TestConsentWithdrawnByPhoneCall is AS-08 without pages, collections and press kits, which are not there yet: a mother
// phones the unit, Minh writes it down, and the photo is gone from records, storage and phones. What is out, too: caches
// of browsers; the server gives files with no-store or to members only.
func TestConsentWithdrawnByPhoneCall(t *testing.T) {
	slow(t)
	o := newOffice(t)
	commune := o.unit("Xã Hoằng Lộc", "Xã", "")
	line, plug := cable()
	lan, hoa := o.phone("Lan", commune, syncproto.RoleVolunteer, plug), o.phone("Hoa", commune, syncproto.RoleVolunteer)
	minh, admin := o.hire("Trần Văn Minh", commune, syncproto.RoleEditor), o.hire("Anh Đông", o.s.Root().ID, syncproto.RoleAdmin)
	p := lan.picture(t, 1, "Lớp học bên sông", syncproto.ShowsPeople)
	other, _ := lan.photo(2, p.story, 300, mobilesdk.KeepCopy)
	if err := lan.SetShows(background, other, syncproto.ShowsNobody, 0); err != nil {
		t.Fatal(err)
	}
	consent := lan.consents(t, p, mobilesdk.Consent{
		Who: "Bé Na", Age: syncproto.AgeUnderSeven, GivenBy: []string{syncproto.GivenByRepresentative}, Representative: "Chị Mận",
		How: syncproto.HowWritten, Uses: []string{syncproto.UsePublish},
	})
	form, _ := lan.photo(3, consent, 300, mobilesdk.KeepCopy)
	lan.sync()
	lan.sendFiles()
	lan.received(syncproto.LaneOriginal, p.photo, other, form)
	minh.takes(p.story, "", syncproto.CommandClaim, syncproto.CommandApprove, syncproto.CommandPublish)
	hoa.sync()
	hoa.fetched(p.photo, syncproto.LaneDisplay)
	hoa.fetched(other, syncproto.LaneDisplay)
	sent := o.sent(lan.person())
	gone := append(o.blobsOf(p.photo), o.blobsOf(form)...)
	stay := o.blobsOf(other)
	if len(gone) < 4 || len(stay) < 2 || len(o.filesOf(gone)) < len(gone) {
		t.Fatalf("%d and %d files, %d on the disk", len(gone), len(stay), len(o.filesOf(gone)))
	}

	line.down.Store(true) // Lan works on, on a boat
	if err := lan.Edit(background, p.photo, mobilesdk.Patch{Set: syncproto.Fields{"caption": syncproto.Text("Bé Na cười")}}); err != nil {
		t.Fatal(err)
	}
	var opened privacy.Case
	before := o.now()
	minh.post("/v1/cases", object{"kind": "withdrawal", "consent": consent, "note": "Mẹ bé gọi điện"}, &opened)
	answerBy, doneBy := privacy.Clocks(before.UnixMilli(), false)
	if opened.AnswerBy != answerBy || opened.DoneBy != doneBy || opened.Consent != consent || opened.Unit != commune {
		t.Errorf("the case: %+v, want clocks %d and %d", opened, answerBy, doneBy)
	}
	path := "/v1/cases/" + string(opened.ID)
	var closed privacy.Case
	until(t, time.Minute, "the case is worked off", func() bool {
		admin.get(path, &closed)
		return closed.Closed != 0
	})
	if closed.AnswerBy != answerBy || closed.DoneBy != doneBy || len(closed.Proof) == 0 {
		t.Errorf("the case at the end: %+v", closed)
	}

	for _, id := range []syncproto.ID{p.photo, consent, form} {
		r := o.record(id)
		if !r.Deleted || !r.Erased || len(r.Fields) != 0 {
			t.Errorf("%s %s stays: %+v", r.Kind, id, r)
		}
		o.view(func(reader storage.Reader) error {
			revisions, err := reader.Revisions(id)
			for _, old := range revisions {
				if len(old.Fields) > 0 {
					t.Errorf("revision %d of the %s stays", old.Revision, old.Kind)
				}
			}
			return err
		})
	}
	if left := o.filesOf(gone); len(left) > 0 {
		t.Errorf("on the server's disk: %v", left)
	}
	if left := o.filesOf(stay); len(left) < len(stay) {
		t.Errorf("files of the other photo went, too: %d of %d are left", len(left), len(stay))
	}
	for _, lane := range []string{"thumbnail", "display", "original"} {
		minh.refused(syncproto.CodeNotFound, http.MethodGet, "/v1/desk/media/"+string(p.photo)+"/"+lane, nil)
	}
	line.down.Store(false)
	for name, h := range map[string]*handset{"Lan": lan, "Hoa": hoa} {
		h.sync()
		if _, err := h.FetchMedia(background, p.photo, syncproto.LaneThumbnail); err == nil {
			t.Errorf("%s still fetches the photo", name)
		}
		if item, err := h.Show(background, p.photo); err == nil && (!item.Deleted || len(item.Fields) > 0) {
			t.Errorf("%s still reads %+v", name, item)
		}
		if s := h.status(); s.Unsent != 0 {
			t.Errorf("%s still holds %d that wait", name, s.Unsent)
		}
		for _, local := range h.vaultOf() {
			for _, blob := range gone {
				if strings.Contains(local, blob.String()) {
					t.Errorf("%s still holds %s", name, local)
				}
			}
		}
		h.fetched(other, syncproto.LaneDisplay)
	}
	if r := o.record(p.photo); !r.Deleted || !r.Erased || len(r.Fields) != 0 {
		t.Errorf("what came late is kept: %+v", r)
	}
	if got := minh.show(p.story); got.Row == nil || got.Row.State != syncproto.StatePublished || len(got.Parts) != 1 {
		t.Errorf("the story: %+v", got)
	}
	for _, text := range []string{"bé na", "chị mận", "na cười"} {
		if rows := minh.queue("view=all&q=" + url.QueryEscape(text)).Rows; len(rows) != 0 {
			t.Errorf("%q is still found: %+v", text, rows)
		}
	}
	if after := o.sent(lan.person()); after != sent {
		t.Errorf("%d submissions are counted for Lan, %d before", after, sent)
	}
	var counts desk.Counters
	if minh.get("/v1/desk/counters", &counts); counts.States[syncproto.StatePublished] != 1 {
		t.Errorf("counters: %+v", counts)
	}
	o.audited(admin, opened.ID, minh.person)
	o.noFaults()
}

// audited checks that the audit log proves a withdrawal: who wrote it down by which grant, and that it was carried out.
func (o *office) audited(admin *seat, id, editor syncproto.ID) {
	o.t.Helper()
	var log struct{ Audits []privacy.Entry }
	var body json.RawMessage
	admin.get("/v1/audit?record="+string(id), &body)
	if err := json.Unmarshal(body, &log); err != nil {
		o.t.Fatal(err)
	}
	var acts []string
	for _, e := range log.Audits {
		acts = append(acts, e.Act)
		if e.Act == privacy.ActOpened && (e.Person != editor || e.Grant == "") {
			o.t.Errorf("opened by %+v", e)
		}
	}
	if !slices.Contains(acts, privacy.ActOpened) || !slices.Contains(acts, privacy.ActWorked) {
		o.t.Errorf("the log says %v in %s", acts, body)
	}
	if strings.Contains(string(body), "Mẹ bé") || strings.Contains(string(body), "Na") {
		o.t.Errorf("the log tells texts: %s", body)
	}
}

// sent counts the submissions that a person ever made.
func (o *office) sent(person syncproto.ID) (n int) {
	o.t.Helper()
	o.view(func(r storage.Reader) (err error) {
		n, err = r.SubmissionsBy(person)
		return err
	})
	return n
}

// blobsOf returns all files of a photo that the server has.
func (o *office) blobsOf(photo syncproto.ID) (all []storage.BlobID) {
	o.t.Helper()
	for _, value := range o.record(photo).Fields {
		for _, word := range strings.Split(string(value), `"`) {
			if raw, err := hex.DecodeString(word); err == nil && len(raw) == len(storage.BlobID{}) {
				all = append(all, storage.BlobID(raw))
			}
		}
	}
	return all
}

// filesOf lists the files of blobs in the server's directories.
func (o *office) filesOf(blobs []storage.BlobID) (found []string) {
	o.t.Helper()
	err := filepath.WalkDir(o.cfg.Data, func(path string, entry os.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		for _, blob := range blobs {
			if err == nil && !entry.IsDir() && strings.Contains(path, blob.String()) {
				found = append(found, path)
			}
		}
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return found
}
