package walk_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lantoa/server/internal/app"
	"lantoa/server/internal/campaign"
	"lantoa/server/internal/console/rig"
	"lantoa/server/internal/push/standin"
	"lantoa/storage"
	"lantoa/syncproto"
)

// ringing is a ward whose calls ring phones over a stand-in of the push service, so many a second.
func ringing(t testing.TB, people int, rate float64) (*ward, *standin.Server) {
	t.Helper()
	rig.Need(t)
	fcm, err := standin.New(standin.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = fcm.Close() })
	key := filepath.Join(t.TempDir(), "firebase.json")
	if err := os.WriteFile(key, fcm.Credentials(), 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWard(t, func(cfg *app.Config) {
		cfg.FCMCredentials, cfg.FCMEndpoint, cfg.FCMRoots = key, fcm.Endpoint(), fcm.Roots()
		cfg.PushRate, cfg.PushRamp = rate, -1
	})
	now := w.Now().UnixMilli()
	err = w.Server.Store().Update(context.Background(), func(tx storage.Tx) error {
		for i := range people {
			person, device, token := syncproto.NewID(), syncproto.NewID(), fmt.Sprintf("token-%05d:%s", i, syncproto.NewID())
			for _, put := range []func() error{
				func() error {
					return tx.PutPerson(&storage.Person{ID: person, Name: fmt.Sprintf("Đoàn viên %d", i), Created: now})
				},
				func() error {
					return tx.PutGrant(&syncproto.Grant{ID: syncproto.NewID(), Person: person, Unit: w.Commune, Role: syncproto.RoleVolunteer, From: now - 1000})
				},
				func() error {
					return tx.PutDevice(&storage.Device{ID: device, Person: person, Unit: w.Commune, TokenHash: [32]byte([]byte(token)[:32]), Created: now})
				},
				func() error {
					return tx.PutRegistration(&storage.Registration{
						Device: device, Person: person, Service: "fcm", Kind: "token", Platform: "android", Address: token, At: now,
					})
				},
			} {
				if err := put(); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return w, fcm
}

// draft makes a draft for a commune, with changes.
func (w *ward) draft(title string, more rig.Object) syncproto.ID {
	w.t.Helper()
	d := rig.Object{
		"id": syncproto.NewID(), "units": []syncproto.ID{w.Province}, "kind": "urgent", "title": title, "body": "Nội dung",
		"choices": []rig.Object{{"name": "yes", "takes": true}, {"name": "no"}}, "audience": rig.Object{"unit": w.Commune},
	}
	for name, value := range more {
		d[name] = value
	}
	var made campaign.Call
	w.Officer.Ask("POST", "/v1/calls", d, &made)
	return made.ID
}

// TestACallIsStopped calls a call off while it goes out.
func TestACallIsStopped(t *testing.T) {
	w, _ := ringing(t, 60, 1)
	id := w.draft("Cần xuồng", nil)
	w.Officer.Ask("POST", "/v1/calls/"+string(id)+"/propose", rig.Object{"revision": 1}, nil)
	tab := w.Tab(w.Deputy)
	tab.Open("/console/calls/" + string(id) + "/send")
	tab.WaitText("main form button", "60 người")
	tab.Follow("main form button")
	tab.WaitText("#progress", "Còn")
	first := tab.Text("#progress .calls-total b")
	tab.Wait(`document.querySelector('#progress .calls-total b').textContent !== ` + "'" + first + "'") // it follows by itself
	tab.Axe()
	tab.Screenshot("calls/sending")
	tab.Follow(`a[href$="/cancel"]`)
	tab.Screenshot("calls/stop")
	tab.Follow("main form button")
	tab.WaitText(".told", "không gửi nữa")
	told := tab.Text(".told")
	c := w.call(id)
	var p campaign.Progress
	w.Officer.Ask("GET", "/v1/calls/"+string(id)+"/progress", nil, &p)
	if c.State != storage.CallCancelled || p.Persons[storage.DeliveryCancelled] == 0 || !strings.Contains(told, "không gửi nữa: ") {
		t.Errorf("it is %s with %v: %s", c.State, p.Persons, told)
	}
	tab.WaitText("#progress", "đã dừng")
	tab.Screenshot("calls/stopped")
}

// goes sends an urgent call with two officers.
func (w *ward) goes(title string) syncproto.ID {
	w.t.Helper()
	id := w.draft(title, nil)
	w.Officer.Ask("POST", "/v1/calls/"+string(id)+"/propose", rig.Object{"revision": 1}, nil)
	w.Deputy.Ask("POST", "/v1/calls/"+string(id)+"/send", rig.Object{"revision": 1}, nil)
	return id
}

// TestAPushServiceRests says why nothing goes out, and what to do.
func TestAPushServiceRests(t *testing.T) {
	w, fcm := ringing(t, 5, 100)
	fcm.BehaveAll(standin.Forbidden)
	w.ExpectLog("pushes of a service stopped")
	id := w.goes("Cần xuồng")
	tab := w.Tab(w.Officer)
	tab.Open("/console/calls/" + string(id))
	tab.WaitText("#progress", "đang tạm nghỉ từ")
	tab.WaitText("#progress", "không được phép gửi trong dự án này")
	tab.Axe()
	tab.Screenshot("calls/resting")
}

// TestASendingIsHalted stops by itself when too much is refused, until an operator lets it go on.
func TestASendingIsHalted(t *testing.T) {
	w, fcm := ringing(t, 90, 60)
	fcm.BehaveAll(standin.BadField)
	w.ExpectLog("an intent is paused")
	id := w.goes("Cần xuồng")
	tab := w.Tab(w.Officer)
	tab.Open("/console/calls/" + string(id))
	tab.WaitText("#progress", "Việc gửi đã dừng")
	tab.WaitText("#progress", "báo người quản trị máy chủ")
	tab.Axe()
	tab.Screenshot("calls/halted")
	fcm.BehaveAll(standin.OK)
	operator := w.Tab(w.Operator)
	operator.Open("/console/calls/" + string(id))
	operator.WaitText("#progress", "Cho gửi tiếp")
	operator.Follow("#progress form button")
	operator.WaitText(".told", "Đã cho gửi tiếp")
	operator.WaitText("#progress", "dịch vụ thông báo đã nhận")
	tab.Wait(`!document.querySelector('#progress .problem')`)
}
