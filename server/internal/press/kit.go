package press

import (
	"archive/zip"
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/viet"
)

// Bounds of a kit. What is more is refused before anything is sent.
const (
	MaxKitPhotos = 100
	MaxKitBytes  = 2 << 30
)

// KitAsk asks for a kit.
type KitAsk struct {
	ID        syncproto.ID
	Use       string // one of Uses
	Originals bool   // the originals too, as they came: with what cameras wrote into them
	Link      string // where the piece stands on the web; "" for nowhere
}

// Kit is a ZIP file that is ready to be written. It belongs to one reader.
type Kit struct {
	Name string // of the file

	s      *Service
	ask    KitAsk
	sheet  *Sheet
	device *storage.Device
	made   time.Time
	files  []kitFile
	zip    *zip.Writer
	list   []entry // for the contents
}

// kitFile is a photo that goes into a kit.
type kitFile struct {
	photo *Photo
	lane  syncproto.Lane
	name  string // without the folder
}

type entry struct {
	name, what string
}

// Kit prepares a kit: whatever can be refused is refused here, and that it is handed out stands in the audit log.
//
// Errors: not_found; query_invalid for a use that there is not; wrong_state for what is not approved or was taken down;
// consent_missing if somebody who is told of did not agree to the use; too_large.
func (s *Service) Kit(ctx context.Context, by syncer.Actor, ask KitAsk) (*Kit, error) {
	const op = "make press kit"
	if !slices.Contains(Uses(), ask.Use) {
		return nil, &syncproto.Error{Code: syncproto.CodeQueryInvalid, Op: op, Detail: "use"}
	}
	sheet, err := s.Look(ctx, by, ask.ID)
	if err != nil {
		return nil, err
	}
	switch {
	case !sheet.Ready:
		return nil, syncproto.E(syncproto.CodeWrongState, op, nil)
	case len(sheet.Blocked[ask.Use]) > 0:
		return nil, &syncproto.Error{Code: syncproto.CodeConsentMissing, Op: op, Detail: ask.Use}
	}
	k := &Kit{
		s: s, ask: ask, sheet: sheet, device: &storage.Device{ID: by.Device, Person: by.Person}, made: s.now(),
		Name: ask.Use + "-" + Slug(sheet.Title, 60) + ".zip",
	}
	if err := k.choose(ctx); err != nil {
		return nil, err
	}
	return k, k.note(ctx, by)
}

// choose finds the files that may go and are there.
func (k *Kit) choose(ctx context.Context) error {
	var size int64
	for i := range k.sheet.Photos {
		photo := &k.sheet.Photos[i]
		if !photo.For(k.ask.Use) {
			continue
		}
		lanes := []syncproto.Lane{syncproto.LaneDisplay}
		if k.ask.Originals {
			lanes = append(lanes, syncproto.LaneOriginal)
		}
		for _, lane := range lanes {
			file, err := k.s.media.Open(ctx, k.device, photo.ID, lane)
			if missing(err) {
				continue
			}
			if err != nil {
				return err
			}
			size += file.Size
			name := nameOf(i+1, photo, file.Name)
			if lane == syncproto.LaneOriginal {
				name = "goc/" + name
			}
			k.files = append(k.files, kitFile{photo, lane, "anh/" + name})
		}
	}
	if size > MaxKitBytes || len(k.files) > 2*MaxKitPhotos {
		return syncproto.E(syncproto.CodeTooLarge, "make press kit", nil)
	}
	return nil
}

// missing reports whether a file has not come, was refused, or is not theirs to see: then the kit goes without it.
func missing(err error) bool {
	if err == nil {
		return false
	}
	kind := syncproto.KindOf(err)
	return kind != syncproto.Internal && kind != syncproto.Unavailable
}

// nameOf names a photo by its place and the words of its caption. named is how the media service calls it: its ending counts.
func nameOf(place int, photo *Photo, named string) string {
	ending := ""
	if at := strings.LastIndexByte(named, '.'); at >= 0 {
		ending = named[at:]
	}
	number := itoa(int64(place))
	if place < 10 {
		number = "0" + number
	}
	return number + "-" + Slug(photo.Caption, 40) + ending
}

// note writes down who takes what along.
func (k *Kit) note(ctx context.Context, by syncer.Actor) error {
	photos, originals := 0, 0
	for _, f := range k.files {
		if f.lane == syncproto.LaneOriginal {
			originals++
		} else {
			photos++
		}
	}
	entry := storage.Audit{
		At: k.made.UnixMilli(), Act: ActKit, Person: by.Person, Device: by.Device, Grant: k.sheet.grant, Unit: k.sheet.UnitID,
		Record: k.sheet.ID, Detail: detail(k.ask.Use, photos, originals),
	}
	return k.s.store.Update(ctx, func(tx storage.Tx) error {
		whole := entry
		if err := tx.AddAudit(&whole); err != nil {
			return err
		}
		for _, f := range k.files {
			if f.photo.ID == k.sheet.ID {
				continue // a photo that stands alone is in the log already
			}
			one := entry
			one.Act, one.Record, one.Detail = ActPhoto, f.photo.ID, k.ask.Use+" "+string(f.lane)
			if err := tx.AddAudit(&one); err != nil {
				return err
			}
		}
		return nil
	})
}

// WriteTo writes the ZIP while it is read: a piece of one file is in memory at a time. What was taken down since is left out; a
// file that is cut off has no end, which every program notices.
func (k *Kit) WriteTo(ctx context.Context, out io.Writer) error {
	k.zip = zip.NewWriter(out)
	for _, doc := range k.documents() {
		if err := k.document(doc.name, doc.what, doc.text); err != nil {
			return err
		}
	}
	var gone []string
	for _, file := range k.files {
		there, err := k.file(ctx, file)
		if err != nil {
			return err
		}
		if !there {
			gone = append(gone, file.name)
		}
	}
	if err := k.document("muc-luc.txt", "", k.contents(gone)); err != nil {
		return err
	}
	return k.zip.Close()
}

// document writes a text as old computers read it too: with a mark of UTF-8 and both ends of line.
func (k *Kit) document(name, what, text string) error {
	w, err := k.create(name, zip.Deflate)
	if err != nil {
		return err
	}
	if strings.HasSuffix(name, ".txt") {
		text = "\ufeff" + strings.ReplaceAll(text, "\n", "\r\n")
	}
	k.list = append(k.list, entry{name, what})
	_, err = io.WriteString(w, text)
	return err
}

func (k *Kit) create(name string, method uint16) (io.Writer, error) {
	folder := strings.TrimSuffix(k.Name, ".zip") + "/"
	return k.zip.CreateHeader(&zip.FileHeader{Name: folder + name, Method: method, Modified: k.made.In(vietnam)})
}

// file copies one photo. It is asked for again, so that what was withdrawn a moment ago does not go.
func (k *Kit) file(ctx context.Context, f kitFile) (there bool, err error) {
	reading, err := k.s.media.Open(ctx, k.device, f.photo.ID, f.lane)
	if missing(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	in, err := reading.Read(ctx, 0, reading.Size)
	if missing(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer in.Close()
	w, err := k.create(f.name, zip.Store)
	if err != nil {
		return false, err
	}
	if _, err := io.Copy(w, in); err != nil {
		return false, err
	}
	what := "Ảnh"
	if f.lane == syncproto.LaneOriginal {
		what = "Tệp gốc, còn thông tin mà máy ảnh ghi"
	}
	k.list = append(k.list, entry{f.name, what})
	return true, nil
}

// Slug writes a text as a file name that every system takes: letters without accents, digits and hyphens.
func Slug(text string, most int) string {
	var b strings.Builder
	for _, r := range strings.ToLower(viet.Plain(text)) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else if s := b.String(); s != "" && s[len(s)-1] != '-' {
			b.WriteByte('-')
		}
	}
	slug := strings.Trim(b.String(), "-")
	if len(slug) > most {
		slug = slug[:most]
		if at := strings.LastIndexByte(slug, '-'); at > most/2 {
			slug = slug[:at]
		}
	}
	if slug == "" {
		return "khong-ten"
	}
	return strings.Trim(slug, "-")
}
