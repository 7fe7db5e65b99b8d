package rig

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/server/internal/enroll"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile/sample"
)

// Phone is a volunteer's phone: the real engine, on a network that costs nothing.
type Phone struct {
	*mobilesdk.Engine
	Person syncproto.ID
	Device syncproto.ID
	Name   string

	t    testing.TB
	w    *World
	dir  string
	seed uint64
}

// Phone enrolls the phone of a new volunteer in a unit.
func (w *World) Phone(name string, unit syncproto.ID) *Phone {
	w.t.Helper()
	issued, err := w.Server.Enroll().Issue(background, enroll.Invitation{Unit: unit, Role: syncproto.RoleVolunteer, Name: name})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.PhoneWith(name, issued.Code)
}

// Handset enrolls a phone of somebody who has an account, and returns its device.
func (w *World) Handset(p *Person) syncproto.ID {
	w.t.Helper()
	_, grants, err := w.Server.People().Person(background, p.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	issued, err := w.Server.Enroll().Issue(background, enroll.Invitation{Unit: grants[0].Unit, Role: grants[0].Role, Person: p.ID})
	if err != nil {
		w.t.Fatal(err)
	}
	status, err := w.PhoneWith(p.Name, issued.Code).Status(background)
	if err != nil {
		w.t.Fatal(err)
	}
	return status.Device
}

// PhoneWith enrolls a phone with a code, such as one from a printed sheet.
func (w *World) PhoneWith(name, code string) *Phone {
	w.t.Helper()
	p := &Phone{Name: name, t: w.t, w: w, dir: w.t.TempDir()}
	e, err := mobilesdk.Open(background, mobilesdk.Config{Path: filepath.Join(p.dir, "phone.db"), Transport: mobilesdk.NewHTTPTransport()})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { e.Close() })
	p.Engine = e
	if err := e.Enroll(background, w.URL, code); err != nil {
		w.t.Fatal(err)
	}
	if err := e.SetNetwork(mobilesdk.NetworkWifi); err != nil {
		w.t.Fatal(err)
	}
	status, err := e.Status(background)
	if err != nil {
		w.t.Fatal(err)
	}
	p.Person, p.Device = status.Person, status.Device
	return p
}

// Text captures a story without submitting it.
func (p *Phone) Text(title, body string) syncproto.ID {
	p.t.Helper()
	id, err := p.Create(background, syncproto.KindStory, "", syncproto.Fields{"title": syncproto.Text(title), "body": syncproto.Text(body)})
	if err != nil {
		p.t.Fatal(err)
	}
	return id
}

// Story captures a story, submits it and sends it.
func (p *Phone) Story(title, body string) syncproto.ID {
	p.t.Helper()
	id := p.Text(title, body)
	p.Hand(id)
	p.Send()
	return id
}

// Record captures any record: "event" and what else there is.
func (p *Phone) Record(kind syncproto.Kind, parent syncproto.ID, fields map[string]any) syncproto.ID {
	p.t.Helper()
	set := syncproto.Fields{}
	for name, value := range fields {
		data, err := json.Marshal(value)
		if err != nil {
			p.t.Fatal(err)
		}
		set[name] = syncproto.Value(data)
	}
	id, err := p.Create(background, kind, parent, set)
	if err != nil {
		p.t.Fatal(err)
	}
	return id
}

// Hand submits a record, at the next Send.
func (p *Phone) Hand(id syncproto.ID) {
	p.t.Helper()
	if err := p.Submit(background, id); err != nil {
		p.t.Fatal(err)
	}
}

// Photo attaches a photo of 1200×900 to a record.
func (p *Phone) Photo(parent syncproto.ID, caption string) syncproto.ID {
	p.t.Helper()
	p.seed++
	path := filepath.Join(p.dir, "IMG-"+strconv.FormatUint(p.seed, 10)+".jpg")
	if err := os.WriteFile(path, sample.JPEG(sample.Options{Width: 1200, Height: 900, Seed: p.seed, Lat: 8.6, Lon: 104.7, Orientation: 1}), 0o600); err != nil {
		p.t.Fatal(err)
	}
	var set syncproto.Fields
	if caption != "" {
		set = syncproto.Fields{"caption": syncproto.Text(caption)}
	}
	id, err := p.AttachFile(background, parent, set, mobilesdk.File{Path: path, Keep: mobilesdk.KeepCopy})
	if err != nil {
		p.t.Fatal(err)
	}
	return id
}

// Agree adds that whoever a photo shows agreed to everything.
func (p *Phone) Agree(photo syncproto.ID, who string) syncproto.ID {
	p.t.Helper()
	id, err := p.AddConsent(background, photo, mobilesdk.Consent{
		Who: who, Age: syncproto.AgeAdult, GivenBy: []string{syncproto.GivenBySelf}, How: syncproto.HowSpoken,
		Uses: []string{syncproto.UsePublish, syncproto.UseSocial, syncproto.UsePress, syncproto.UsePrint},
	})
	if err == nil {
		err = p.SetShows(background, photo, syncproto.ShowsPeople, 1)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return id
}

// Send sends what was captured, without files, and fetches what is new.
func (p *Phone) Send() {
	p.t.Helper()
	if _, err := p.Sync(background); err != nil {
		p.t.Fatalf("sync: %v", err)
	}
}

// SendAll sends what was captured and the files, until the server has looked at all of them.
func (p *Phone) SendAll() {
	p.t.Helper()
	p.w.Until("all files of a phone are on the server", func() bool {
		p.Send()
		ctx, cancel := context.WithTimeout(background, hang)
		defer cancel()
		if _, err := p.SyncMedia(ctx); err != nil {
			p.t.Fatalf("send files: %v", err)
		}
		list, err := p.Media(background, 0, 500)
		if err != nil {
			p.t.Fatal(err)
		}
		if list.Making > 0 {
			return false
		}
		for i := range list.Items {
			if s := list.Items[i].State; s != mobilesdk.FileReceived && s != mobilesdk.FileFreed {
				return false
			}
		}
		return true
	})
}

// Stories captures and submits n stories, and sends them together.
func (p *Phone) Stories(n int) (ids []syncproto.ID) {
	p.t.Helper()
	for i := range n {
		id := p.Text(fmt.Sprintf("Chuyện số %d ở xóm %d", i+1, i%7+1), "Sáng nay bà con cùng nhau dọn kênh, chiều đến thăm các cụ già neo đơn.")
		p.Hand(id)
		ids = append(ids, id)
	}
	p.Send()
	return ids
}

// Reads is the newest that a phone shows of a record, once it came to it.
func (p *Phone) Reads(id syncproto.ID, ok func(*mobilesdk.Item) bool) *mobilesdk.Item {
	p.t.Helper()
	var item *mobilesdk.Item
	p.w.Until("the phone to show it", func() bool {
		p.Send()
		var err error
		item, err = p.Show(background, id)
		return err == nil && ok(item)
	})
	return item
}

// Rewrite changes a text of a record, at the next Send.
func (p *Phone) Rewrite(id syncproto.ID, field, text string) {
	p.t.Helper()
	if err := p.Edit(background, id, mobilesdk.Patch{Set: syncproto.Fields{field: syncproto.Text(text)}}); err != nil {
		p.t.Fatal(err)
	}
}

// Says answers a call once it came to the phone.
func (p *Phone) Says(call syncproto.ID, choice string) {
	p.t.Helper()
	p.w.Until("a call to come to the phone", func() bool {
		p.Send()
		_, err := p.Call(background, call)
		return err == nil
	})
	if err := p.Answer(background, call, mobilesdk.CallAnswer{Choice: choice}); err != nil {
		p.t.Fatal(err)
	}
	p.Send()
}

// Soon is a moment from now on, in Unix ms, for events and calls.
func (w *World) Soon(d time.Duration) int64 { return w.Now().Add(d).UnixMilli() }
