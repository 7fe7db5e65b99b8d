package mobilesdk_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lantoa/mobile-sdk"
	"lantoa/mobile-sdk/internal/hook"
	"lantoa/syncproto"
)

func TestASealedProfileSealsItsFiles(t *testing.T) {
	l := newLab(t)
	d := newDepot(t, l)
	file := filepath.Join(t.TempDir(), "phone.db")
	p := d.phoneAt(file, "Lan", syncproto.RoleVolunteer, "2468", hook.Hooks{})
	source := l.picture(2600)
	want, err := os.ReadFile(source)
	l.must(err)
	id := p.attach("", mobilesdk.File{Path: source})
	film := p.attach("", mobilesdk.File{Path: l.bulk(300 << 10)})
	p.sync()
	p.carry()
	if !d.has(id, syncproto.LaneOriginal) || !d.has(film, syncproto.LaneOriginal) {
		t.Fatal("the plain bytes did not arrive")
	}
	names, err := filepath.Glob(file + ".media/*")
	l.must(err)
	for _, name := range names {
		data, err := os.ReadFile(name)
		l.must(err)
		if bytes.Contains(data, want[1000:1064]) || bytes.HasPrefix(data, []byte("\xff\xd8\xff")) || bytes.Contains(data, []byte("ftyp")) {
			t.Fatalf("%s is plain", name)
		}
	}
	path, err := p.FetchMedia(context.Background(), id, syncproto.LaneOriginal)
	l.must(err)
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("the opened copy differs: %v", err)
	}
	if st := p.status(); !st.FilesSealed {
		t.Fatal("the status does not say that files are sealed")
	}
	l.must(p.Close())
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("the opened copy outlives the profile: %v", err)
	}
}

func TestFetch(t *testing.T) {
	for _, pin := range []string{"", "2468"} {
		t.Run("pin "+pin, func(t *testing.T) {
			l := newLab(t)
			d := newDepot(t, l)
			p := d.phone("Lan", syncproto.RoleVolunteer)
			source := l.bulk(700 << 10)
			id := p.attach("", mobilesdk.File{Path: source})
			p.sync()
			p.carry()
			d.set(func(d *depot) { d.away = pin != "" })
			q := d.phoneAt(filepath.Join(t.TempDir(), "phone.db"), "Minh", syncproto.RoleEditor, pin, hook.Hooks{})
			q.sync()
			ctx := context.Background()
			if _, err := q.FetchMedia(ctx, id, syncproto.LaneDisplay); syncproto.CodeOf(err) != syncproto.CodeMediaWaiting {
				t.Fatalf("a lane that nobody sent: %v", err)
			}
			cuts := 0
			d.set(func(d *depot) {
				d.cut = func(syncproto.MediaItem, int64) int64 {
					if cuts++; cuts == 1 {
						return 300_000
					}
					return -1
				}
			})
			path, err := q.FetchMedia(ctx, id, syncproto.LaneOriginal)
			l.must(err)
			got, err := os.ReadFile(path)
			l.must(err)
			want, err := os.ReadFile(source)
			l.must(err)
			if !bytes.Equal(got, want) {
				t.Fatal("another file came")
			}
			orders := d.orders()
			if last := orders[len(orders)-1]; !strings.HasPrefix(last, "GET media bytes=") {
				t.Fatalf("it was not gone on with: %v", orders)
			}
			if _, err := q.FetchMedia(ctx, id, syncproto.LaneOriginal); err != nil || len(d.orders()) != 0 { // from the cache
				t.Fatalf("it is not in the cache: %v", err)
			}
		})
	}
}

func TestTheCacheIsBounded(t *testing.T) {
	l := newLab(t)
	d := newDepot(t, l)
	p := d.phone("Lan", syncproto.RoleVolunteer)
	var ids []syncproto.ID
	for range 4 {
		ids = append(ids, p.attach("", mobilesdk.File{Path: l.bulk(100 << 10)}))
	}
	p.sync()
	p.carry()
	q := d.phone("Minh", syncproto.RoleEditor)
	q.sync()
	ctx := context.Background()
	policy, err := q.MediaPolicy(ctx)
	l.must(err)
	policy.Cache = 250 << 10
	l.must(q.SetMediaPolicy(ctx, policy))
	for _, id := range ids {
		l.now++
		_, err := q.FetchMedia(ctx, id, syncproto.LaneOriginal)
		l.must(err)
	}
	if n := q.vaultBytes(); n != 200<<10 {
		t.Fatalf("%d bytes in the cache", n)
	}
	d.orders()
	l.must(second(q.FetchMedia(ctx, ids[3], syncproto.LaneOriginal)))
	if got := d.orders(); len(got) != 0 {
		t.Fatalf("the newest is not there: %v", got)
	}
}

func second[T any](_ T, err error) error { return err }

// TestCopiesThatTakeLongHoldUpNothing opens a phone whose photo waits for copies that nobody makes, as after a kill.
func TestCopiesAreFinishedAfterARestart(t *testing.T) {
	l := newLab(t)
	d := newDepot(t, l)
	p := d.phone("Lan", syncproto.RoleVolunteer)
	id := p.attach("", mobilesdk.File{Path: l.picture(4000)})
	l.must(p.Close()) // while the copies are being made, or before
	p = d.open(p.path, "", hook.Hooks{})
	p.sync()
	media, _ := syncproto.MediaOf(l.server.State().Records[id].Record)
	if media.Thumbnail.SHA256 == "" {
		t.Fatal("the record went without its copies")
	}
	p.carry()
	p.wantFile(id, syncproto.LaneThumbnail, mobilesdk.FileReceived, "")
}

func TestAnExportSaysWhatItDoesNotHold(t *testing.T) {
	l := newLab(t)
	d := newDepot(t, l)
	p := d.phone("Lan", syncproto.RoleVolunteer)
	ctx := context.Background()
	id := p.attach("", mobilesdk.File{Path: l.picture(900)})
	p.attach("", mobilesdk.File{Path: l.picture(900), Keep: mobilesdk.KeepReference})
	file := filepath.Join(t.TempDir(), "out.lantoa")
	out, err := p.Export(ctx, file)
	l.must(err)
	if out.Files != 1 || out.FileBytes != p.file(id, syncproto.LaneOriginal).Size {
		t.Fatalf("exported %+v", out)
	}
	q := d.phone("Lan", syncproto.RoleVolunteer)
	in, err := q.Import(ctx, file, nil)
	l.must(err)
	if in.Files != 1 {
		t.Fatalf("imported %+v", in)
	}
	q.sync()
	p.sync() // both bring the same photo: it is there once, and the phone that has the file sends it
	p.carry()
	if !d.has(id, syncproto.LaneThumbnail) || !d.has(id, syncproto.LaneOriginal) {
		t.Fatal("the file did not follow its record")
	}
}

// TestAProfileWithTheOnlyCopyStays holds also when everything else is in an exported file.
func TestAProfileWithTheOnlyCopyStays(t *testing.T) {
	l := newLab(t)
	dir, err := mobilesdk.OpenDirectory(t.TempDir())
	l.must(err)
	ctx := context.Background()
	l.must(dir.Create(ctx, "Lan", ""))
	e, err := dir.Open(ctx, "Lan", "")
	l.must(err)
	l.must(second(e.AttachFile(ctx, "", nil, mobilesdk.File{Path: l.picture(100)})))
	_, err = e.Export(ctx, filepath.Join(t.TempDir(), "out"))
	l.must(err)
	l.must(e.Close())
	wantCode(t, dir.Remove(ctx, "Lan", false), syncproto.CodeUnsentKept)
	list, err := dir.List(ctx)
	l.must(err)
	if list[0].Files != 1 {
		t.Fatalf("listed %+v", list)
	}
	l.must(dir.Remove(ctx, "Lan", true))
}

func TestAttachRefusesWhatIsNoPhoto(t *testing.T) {
	l := newLab(t)
	p := l.phone("Lan", syncproto.RoleVolunteer)
	ctx := context.Background()
	text := filepath.Join(t.TempDir(), "thư.txt")
	l.must(os.WriteFile(text, []byte("<svg onload=alert(1)>"), 0o600))
	_, err := p.AttachFile(ctx, "", nil, mobilesdk.File{Path: text})
	wantCode(t, err, syncproto.CodeMediaUnsupported)
	_, err = p.AttachFile(ctx, "", nil, mobilesdk.File{Path: text + "x"})
	wantCode(t, err, syncproto.CodeNoFile)
	_, err = p.AttachFile(ctx, "", nil, mobilesdk.File{Path: t.TempDir()})
	wantCode(t, err, syncproto.CodeNoFile)
	if st := p.status(); st.Unsent != 0 {
		t.Fatalf("%d captured", st.Unsent)
	}
	if n := p.vaultBytes(); n != 0 {
		t.Fatalf("%d bytes left", n)
	}
}

// meter is an app that shows how far a capture is, and whose person has had enough at some point.
type meter struct {
	heard  []int64
	enough int
}

func (m *meter) OnProgress(done, _ int64) bool {
	m.heard = append(m.heard, done)
	return len(m.heard) < m.enough
}

func TestALongCaptureIsFollowedAndEnded(t *testing.T) {
	l := newLab(t)
	phone, err := mobilesdk.OpenPhone(t.TempDir())
	l.must(err)
	l.must(phone.CreateProfile("Lan", ""))
	p, err := phone.OpenProfile("Lan", "")
	l.must(err)
	defer p.Close()
	film := l.bulk(3 << 20)
	for _, reference := range []bool{false, true} {
		m := &meter{enough: 99}
		_, err = p.AttachFileShowing("", "", nil, film, reference, "", m)
		l.must(err)
		if len(m.heard) == 0 || m.heard[0] <= 0 {
			t.Errorf("heard %v", m.heard)
		}
		_, err = p.AttachFileShowing("", "", nil, film, reference, "", &meter{enough: 1})
		wantCode(t, err, syncproto.CodeTimeout)
	}
	list, err := p.Media(0, 0)
	l.must(err)
	if n := bytes.Count(list, []byte(`"lane"`)); n != 2 {
		t.Errorf("%d files: %s", n, list)
	}
}

// TestACopyIsNotGivenUpForTheGallery attaches a file again by reference, which the gallery then loses.
func TestACopyIsNotGivenUpForTheGallery(t *testing.T) {
	l := newLab(t)
	d := newDepot(t, l)
	p := d.phone("Lan", syncproto.RoleVolunteer)
	source := l.bulk(50 << 10)
	id := p.attach("", mobilesdk.File{Path: source})
	l.must(p.ReplaceFile(context.Background(), id, mobilesdk.Patch{}, mobilesdk.File{Path: source, Keep: mobilesdk.KeepReference}))
	l.must(os.Remove(source))
	if m := p.file(id, syncproto.LaneOriginal); m.Outside || p.status().FilesOnly != 1 {
		t.Fatalf("%+v", m)
	}
	p.sync()
	p.carry()
	p.wantFile(id, syncproto.LaneOriginal, mobilesdk.FileReceived, "")
}
