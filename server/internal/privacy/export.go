package privacy

import (
	"archive/zip"
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"slices"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile"
)

// Export is everything that the association keeps of a person, ready to be written. It belongs to one reader.
type Export struct {
	Name string // of the file

	s    *Service
	c    *storage.Case
	w    *work
	zip  *zip.Writer
	list []part // for the index
}

// part is one file of the archive, with what it holds.
type part struct {
	File  string
	What  string
	Count int
}

// Export prepares an export: whatever can be refused is refused here, and the reading is in the audit log.
//
// Errors: not_found; forbidden for who answers for a part of the person only; confirm_identity if it is long ago that they
// proved who they are; wrong_state for a case about nobody known and without confirmed candidates.
func (s *Service) Export(ctx context.Context, by By, id syncproto.ID) (*Export, error) {
	e := &Export{s: s, Name: "lantoa-" + string(id) + ".zip"}
	err := s.act(ctx, by, id, ActExported, func(tx storage.Tx, c *storage.Case, w *work) error {
		if err := s.mustHaveProved(by); err != nil {
			return err
		}
		if err := s.mustKeepWhole(tx, by, c); err != nil {
			return err
		}
		if c.Person == "" && len(w.Confirmed) == 0 {
			return syncproto.E(syncproto.CodeWrongState, "export", nil)
		}
		e.c, e.w = c, w
		return nil
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

// WriteTo writes the archive: JSON by kind, the originals of the person's photos as they came, and an index that people can
// read. It holds a page of records and a piece of a file in memory at a time. An archive that was cut off has no end, which every
// program notices.
func (e *Export) WriteTo(ctx context.Context, out io.Writer) error {
	e.zip = zip.NewWriter(out)
	steps := []func(context.Context) error{e.confirmed, e.index}
	if e.c.Person != "" {
		steps = []func(context.Context) error{e.person, e.told, e.calls, e.records, e.uploads, e.cases, e.audits, e.media, e.confirmed, e.index}
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return e.zip.Close()
}

// array writes one JSON array; each calls item for what is in it.
func (e *Export) array(file, what string, each func(item func(v any) error) error) error {
	w, err := e.create(file, zip.Deflate)
	if err != nil {
		return err
	}
	count := 0
	err = each(func(v any) error {
		before := ",\n"
		if count == 0 {
			before = "[\n"
		}
		count++
		text, err := json.Marshal(v)
		if err != nil {
			return syncproto.E(syncproto.CodeInternal, "export", err)
		}
		_, err = w.Write(append([]byte(before), text...))
		return err
	})
	if err != nil {
		return err
	}
	end := "\n]\n"
	if count == 0 {
		end = "[]\n"
	}
	_, err = io.WriteString(w, end)
	e.list = append(e.list, part{file, what, count})
	return err
}

func (e *Export) create(file string, method uint16) (io.Writer, error) {
	return e.zip.CreateHeader(&zip.FileHeader{Name: file, Method: method, Modified: e.s.opt.Now().In(vietnam)})
}

// person writes who they are: the row, grants, phones, and how they sign in, without anything that opens a door.
func (e *Export) person(ctx context.Context) error {
	type device struct {
		ID      syncproto.ID `json:"id"`
		Unit    syncproto.ID `json:"unit"`
		Created int64        `json:"created"`
		Revoked int64        `json:"revoked,omitempty"`
		Seen    int64        `json:"seen,omitempty"`
		App     string       `json:"app,omitempty"`
		Unsent  int64        `json:"unsent,omitempty"`
	}
	var items []any
	err := e.s.store.View(ctx, func(r storage.Reader) error {
		items = nil
		who, err := r.Person(e.c.Person)
		if err != nil {
			return err
		}
		items = append(items, map[string]any{
			"id": who.ID, "name": who.Name, "phone": who.Phone, "created": who.Created, "suspended": who.Suspended, "closed": who.Closed,
		})
		grants, err := r.Grants(e.c.Person)
		if err != nil && !isNotFound(err) {
			return err
		}
		for _, g := range grants {
			items = append(items, map[string]any{"grant": g.ID, "unit": g.Unit, "role": g.Role, "from": g.From, "until": g.Until})
		}
		devices, err := r.DevicesOf(e.c.Person)
		if err != nil {
			return err
		}
		for i := range devices {
			d := device{ID: devices[i].ID, Unit: devices[i].Unit, Created: devices[i].Created, Revoked: devices[i].Revoked}
			if seen, err := r.Contact(d.ID); err == nil {
				d.Seen, d.App, d.Unsent = seen.At, seen.App, seen.Unsent
			} else if !isNotFound(err) {
				return err
			}
			items = append(items, map[string]any{"device": d})
		}
		items, err = signIn(r, e.c.Person, items)
		return err
	})
	if err != nil {
		return err
	}
	return e.array("json/person.json", "Thông tin cá nhân, vai trò, điện thoại, cách đăng nhập", func(item func(any) error) error {
		for _, v := range items {
			if err := item(v); err != nil {
				return err
			}
		}
		return nil
	})
}

// signIn adds how a person signs in.
func signIn(r storage.Reader, person syncproto.ID, items []any) ([]any, error) {
	account, err := r.Account(person)
	if isNotFound(err) {
		return items, nil
	}
	if err != nil {
		return nil, err
	}
	items = append(items, map[string]any{"login": account.Login, "created": account.Created, "password": account.Password != ""})
	keys, err := r.Passkeys(person)
	if err != nil {
		return nil, err
	}
	for i := range keys {
		items = append(items, map[string]any{"passkey": keys[i].Name, "created": keys[i].Created, "used": keys[i].Used})
	}
	sessions, err := r.Sessions(person)
	for i := range sessions {
		one := &sessions[i]
		items = append(items, map[string]any{"session": one.ID, "created": one.Created, "seen": one.Seen, "agent": one.Agent, "method": one.Method})
	}
	return items, err
}

// records writes what the person sees as theirs, by kind: their own records and what others wrote under them.
func (e *Export) records(ctx context.Context) error {
	scope, kinds := syncproto.PersonScope(e.c.Person), []syncproto.Kind{}
	err := walk(ctx, e.s.store, scope, liveRecords(func(r *syncproto.Record) error {
		if !slices.Contains(kinds, r.Kind) {
			kinds = append(kinds, r.Kind)
		}
		return nil
	}))
	if err != nil {
		return err
	}
	slices.Sort(kinds)
	for _, kind := range kinds { // kinds are few, and an archive takes one file after another
		err := e.array("json/"+string(kind)+".json", kindNames[kind], func(item func(any) error) error {
			return walk(ctx, e.s.store, scope, liveRecords(func(r *syncproto.Record) error {
				if r.Kind != kind {
					return nil
				}
				return item(json.RawMessage(syncproto.AppendRecord(nil, r)))
			}))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// kindNames is how the index calls the kinds. Others are there under their own name.
var kindNames = map[syncproto.Kind]string{
	syncproto.KindStory: "Câu chuyện", syncproto.KindPhoto: "Ảnh, phim, ghi âm", syncproto.KindEvent: "Hoạt động",
	syncproto.KindNote: "Ghi chú trao đổi với biên tập viên", syncproto.KindConsent: "Đồng ý của người trong ảnh",
	syncproto.KindAnswer: "Trả lời lời kêu gọi", syncproto.KindReceipt: "Đã nhận, đã xem", syncproto.KindProfile: "Hồ sơ",
	syncproto.KindPreference: "Muốn nhận thông báo nào", syncproto.KindConflict: "Chỗ sửa trùng nhau", syncproto.KindTimeline: "Các bước xử lý",
}

func (e *Export) uploads(ctx context.Context) error {
	return e.array("json/uploads.json", "Tệp đang gửi hoặc vừa gửi", func(item func(any) error) error {
		_, err := e.s.uploadsOf(ctx, e.c.Person, func(u *storage.Upload) error {
			return item(map[string]any{
				"id": u.ID, "device": u.Device, "record": u.Record, "lane": u.Lane, "size": u.Size, "offset": u.Offset, "state": u.State, "created": u.Created,
			})
		})
		return err
	})
}

func (e *Export) cases(ctx context.Context) error {
	return e.array("json/cases.json", "Các yêu cầu về dữ liệu cá nhân", func(item func(any) error) error {
		_, err := e.s.casesOf(ctx, e.c.Person, func(c *storage.Case) error {
			v, err := viewOf(c, e.s.now())
			if err != nil {
				return err
			}
			return item(v)
		})
		return err
	})
}

// audits writes what the person did and what was done to their account.
func (e *Export) audits(ctx context.Context) error {
	return e.array("json/audit.json", "Nhật ký: việc người này đã làm và việc đã làm với tài khoản này", func(item func(any) error) error {
		for _, by := range []bool{true, false} {
			for above, more := int64(0), true; more; {
				var page []storage.Audit
				err := e.s.store.View(ctx, func(r storage.Reader) (err error) {
					if by {
						page, err = r.AuditsBy(e.c.Person, above, maxAudits)
					} else {
						page, err = r.Audits(e.c.Person, above, maxAudits)
					}
					return err
				})
				if err != nil {
					return err
				}
				for i := range page {
					above = page[i].Number
					if err := item(entryOf(&page[i])); err != nil {
						return err
					}
				}
				more = len(page) == maxAudits
			}
		}
		return nil
	})
}

// media writes the files of the person's own photos as they came.
func (e *Export) media(ctx context.Context) error {
	return walk(ctx, e.s.store, syncproto.PersonScope(e.c.Person), liveRecords(func(r *syncproto.Record) error {
		if r.Kind != syncproto.KindPhoto || r.Author != e.c.Person {
			return nil
		}
		return e.original(ctx, r)
	}))
}

func (e *Export) original(ctx context.Context, photo *syncproto.Record) error {
	announced, ok := syncproto.MediaOf(photo)
	file, has := announced.File(syncproto.LaneOriginal)
	if !ok || !has {
		return nil
	}
	blob, err := storage.ParseBlobID(file.SHA256)
	if err != nil {
		return nil // announced by a newer app
	}
	var m *storage.Media
	err = e.s.store.View(ctx, func(r storage.Reader) error {
		links, err := r.RecordMedia(photo.ID)
		if err == nil && slices.ContainsFunc(links, func(l storage.MediaLink) bool { return l.Blob == blob }) {
			m, err = r.Media(blob)
		}
		if isNotFound(err) {
			return nil
		}
		return err
	})
	if err != nil || m == nil {
		return err
	}
	in, err := e.s.blobs.Get(ctx, blob, 0, -1)
	if isNotFound(err) {
		return nil // on its way
	}
	if err != nil {
		return err
	}
	defer in.Close()
	name := "media/" + string(photo.ID) + mediafile.Type(m.Type).Extension()
	w, err := e.create(name, zip.Store)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, in); err != nil {
		return err
	}
	e.list = append(e.list, part{name, "Tệp gốc của ảnh", 1})
	return nil
}

// confirmed writes records of others that somebody confirmed to be about the person.
func (e *Export) confirmed(ctx context.Context) error {
	return e.array("json/about.json", "Nội dung của người khác có nhắc đến người này", func(item func(any) error) error {
		for _, id := range e.w.Confirmed {
			var wire []byte
			err := e.s.store.View(ctx, func(r storage.Reader) error {
				wire = nil
				stored, err := r.Record(id)
				if err == nil && !stored.Record.Deleted {
					wire = syncproto.AppendRecord(nil, stored.Record)
				}
				if isNotFound(err) {
					return nil
				}
				return err
			})
			if err == nil && wire != nil {
				err = item(json.RawMessage(wire))
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// index writes the list of all this, for people.
func (e *Export) index(context.Context) error {
	w, err := e.create("muc-luc.html", zip.Deflate)
	if err != nil {
		return err
	}
	at := func(ms int64) string { return time.UnixMilli(ms).In(vietnam).Format("02/01/2006 15:04") }
	err = indexPage.Execute(w, map[string]any{"Case": e.c.ID, "Made": at(e.s.now()), "Opened": at(e.c.Opened), "Parts": e.list})
	if err != nil {
		return fmt.Errorf("write the index: %w", err)
	}
	return nil
}

var indexPage = template.Must(template.New("index").Parse(`<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><title>Dữ liệu cá nhân</title>
<style>body{font-family:sans-serif;max-width:50em;margin:2em auto;line-height:1.5}td,th{text-align:left;padding:.2em 1em .2em 0}</style></head>
<body><h1>Dữ liệu cá nhân của bạn</h1>
<p>Yêu cầu {{.Case}}, nhận lúc {{.Opened}}. Tệp này được tạo lúc {{.Made}} (giờ Việt Nam).</p>
<p>Thư mục <b>json</b> chứa dữ liệu theo từng loại, máy tính và người đều đọc được (UTF-8). Thời gian trong đó là số mili giây từ 1/1/1970 (UTC).
Thư mục <b>media</b> chứa tệp gốc của ảnh do bạn gửi.</p>
<table><tr><th>Tệp</th><th>Nội dung</th><th>Số mục</th></tr>
{{range .Parts}}<tr><td><a href="{{.File}}">{{.File}}</a></td><td>{{.What}}</td><td>{{.Count}}</td></tr>
{{end}}</table>
<p>Nếu thấy điều gì không đúng, hãy liên hệ với đơn vị đã gửi tệp này cho bạn.</p></body></html>
`))
