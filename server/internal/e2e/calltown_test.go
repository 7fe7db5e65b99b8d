package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/server/internal/app"
	"lantoa/server/internal/campaign"
	"lantoa/server/internal/push/standin"
	"lantoa/server/internal/reach"
	"lantoa/storage"
	"lantoa/syncproto"
)

var vietnam = time.FixedZone("UTC+7", 7*60*60)

// callTown is an office with communes full of people, and a stand-in of FCM to which the real Firebase SDK speaks.
type callTown struct {
	*office
	fcm      *standin.Server
	communes []syncproto.ID
	n        int

	mu   sync.Mutex
	rung map[string]int // how often each target was rung
	hear func(token, record string)
}

// newCallTown is a town at 07:10 of a Wednesday. Nobody's push waits for a ramp.
func newCallTown(t testing.TB, communes int, change ...func(*app.Config)) *callTown {
	t.Helper()
	c := &callTown{rung: map[string]int{}}
	fcm, err := standin.New(standin.Options{Latency: 2 * time.Millisecond, Inspect: c.heard})
	if err != nil {
		t.Fatal(err)
	}
	c.fcm = fcm
	t.Cleanup(func() { _ = fcm.Close() })
	key := filepath.Join(t.TempDir(), "firebase.json")
	if err := os.WriteFile(key, fcm.Credentials(), 0o600); err != nil {
		t.Fatal(err)
	}
	c.office = newOffice(t, append(change, func(cfg *app.Config) {
		cfg.FCMCredentials, cfg.FCMEndpoint, cfg.FCMRoots = key, fcm.Endpoint(), fcm.Roots()
		cfg.PushRate, cfg.PushRamp = 5000, -1
	})...)
	c.moveTo(time.Date(2027, 3, 3, 7, 10, 0, 0, vietnam))
	for i := range communes {
		c.communes = append(c.communes, c.unit(fmt.Sprintf("Xã Thượng %d", i+1), "Xã", ""))
	}
	return c
}

// heard counts what a target was sent.
func (c *callTown) heard(body []byte) {
	var sent struct {
		Message struct {
			Token string
			Data  struct{ R string }
		}
	}
	if json.Unmarshal(body, &sent) != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rung[sent.Message.Token]++
	if c.hear != nil {
		c.hear(sent.Message.Token, sent.Message.Data.R)
	}
}

// listen makes somebody hear of every message from now on, one at a time.
func (c *callTown) listen(hear func(token, record string)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hear = hear
}

// bells is how often each target was rung so far.
func (c *callTown) bells() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.rung)
}

// resident is somebody whose phone is a registration only.
type resident struct {
	person, device syncproto.ID
	token, phone   string
	name           string
}

// crowd adds members of units, each with a device that can be rung; one in three may be telephoned.
func (c *callTown) crowd(n int, unit func(i int) []syncproto.ID) []resident {
	c.t.Helper()
	all := make([]resident, n)
	for i := range all {
		c.n++
		all[i] = resident{
			person: syncproto.NewID(), device: syncproto.NewID(), token: fmt.Sprintf("token-%05d:%s", c.n, syncproto.NewID()),
			phone: fmt.Sprintf("+84912%06d", c.n), name: fmt.Sprintf("Nguyễn Thị Đoàn %d", c.n),
		}
		c.secrets = append(c.secrets, all[i].token, all[i].phone)
	}
	for from := 0; from < n; from += 250 {
		part := all[from:min(n, from+250)]
		err := c.s.Store().Update(background, func(tx storage.Tx) error {
			for i := range part {
				if err := c.admit(tx, &part[i], unit(from+i), (from+i)%3 == 0); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			c.t.Fatal(err)
		}
	}
	return all
}

func (c *callTown) admit(tx storage.Tx, m *resident, units []syncproto.ID, mayPhone bool) error {
	now := c.now().UnixMilli()
	err := tx.PutPerson(&storage.Person{ID: m.person, Name: m.name, Phone: m.phone, Created: now})
	for _, unit := range units {
		if err == nil {
			err = tx.PutGrant(&syncproto.Grant{ID: syncproto.NewID(), Person: m.person, Unit: unit, Role: syncproto.RoleVolunteer, From: now - 1000})
		}
	}
	if err == nil {
		err = tx.PutDevice(&storage.Device{ID: m.device, Person: m.person, Unit: units[0], TokenHash: [32]byte([]byte(m.token)[:32]), Created: now})
	}
	if err == nil {
		err = tx.PutRegistration(&storage.Registration{
			Device: m.device, Person: m.person, Service: "fcm", Kind: "token", Platform: "android", Address: m.token, At: now,
		})
	}
	if err == nil && mayPhone {
		err = tx.PutPreference(&storage.Preference{Person: m.person, MayPhone: true})
	}
	return err
}

// rings gives a phone a target and tells the server.
func (c *callTown) rings(h *handset, token string) {
	c.t.Helper()
	c.secrets = append(c.secrets, token)
	err := h.SetPush(background, &syncproto.RegistrationRequest{
		Service: syncproto.ServiceFCM, Kind: syncproto.TargetToken, Platform: syncproto.PlatformAndroid, Address: token,
	})
	if err != nil {
		c.t.Fatal(err)
	}
	h.sync()
	view, err := h.Push(background)
	if err != nil || view.Told == 0 {
		c.t.Fatalf("the server does not know: %+v, %v", view, err)
	}
}

// compose makes a draft.
func (s *seat) compose(d campaign.Draft) *campaign.Call {
	s.o.t.Helper()
	var made campaign.Call
	s.post("/v1/calls", d, &made)
	return &made
}

// step does something with a call as it is now.
func (s *seat) callStep(id syncproto.ID, act string) *campaign.Call {
	s.o.t.Helper()
	var c, after campaign.Call
	s.get("/v1/calls/"+string(id), &c)
	s.post("/v1/calls/"+string(id)+"/"+act, object{"revision": c.Revision}, &after)
	return &after
}

// sent waits until everybody was handed over or explained.
func (s *seat) sent(id syncproto.ID) *campaign.Progress {
	s.o.t.Helper()
	var p campaign.Progress
	until(s.o.t, 2*time.Minute, "everybody is handed over", func() bool {
		p = campaign.Progress{}
		s.get("/v1/calls/"+string(id)+"/progress", &p)
		return p.Rest == 0 && p.Unplanned == 0
	})
	return &p
}

func (s *seat) funnel(id syncproto.ID) *reach.Funnel {
	s.o.t.Helper()
	var f reach.Funnel
	s.get("/v1/calls/"+string(id)+"/reach", &f)
	return &f
}

// inbox is what a phone shows of a call; nil if it is not there.
func (h *handset) inbox(call syncproto.ID) *mobilesdk.CallView {
	h.t.Helper()
	page, err := h.Inbox(background, 100, "")
	if err != nil {
		h.t.Fatal(err)
	}
	for i := range page.Calls {
		if page.Calls[i].ID == call {
			return &page.Calls[i]
		}
	}
	return nil
}

// says answers a call and syncs.
func (h *handset) says(call syncproto.ID, choice string) {
	h.t.Helper()
	if err := h.Answer(background, call, mobilesdk.CallAnswer{Choice: choice}); err != nil {
		h.t.Fatal(err)
	}
	h.sync()
}
