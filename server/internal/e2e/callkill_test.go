package e2e

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"lantoa/server/internal/app"
	"lantoa/server/internal/campaign"
	"lantoa/server/internal/notify"
	"lantoa/storage"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

// serverRinging is the environment by which a server in another process is told how it rings phones: a ringer.
const serverRinging = "LANTOA_E2E_RINGING"

// ringer says where a stand-in of FCM is, and what the time is.
type ringer struct {
	Key, Endpoint, Roots string
	Log                  string        // a file to which the server adds what it says, at its most talkative
	Ahead                time.Duration // how far its clock is ahead
}

// ringing sets up a server from the environment, if that says anything.
func ringing(cfg *app.Config) error {
	text := os.Getenv(serverRinging)
	if text == "" {
		return nil
	}
	var r ringer
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return err
	}
	said, err := os.OpenFile(r.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	cfg.FCMCredentials, cfg.FCMEndpoint, cfg.FCMRootsFile = r.Key, r.Endpoint, r.Roots
	cfg.PushRate, cfg.PushRamp = 10_000, -1
	cfg.Log = slog.New(slog.NewTextHandler(said, &slog.HandlerOptions{Level: slog.LevelDebug}))
	cfg.Now = func() time.Time { return time.Now().Add(r.Ahead) }
	return nil
}

// slots is how many messages the engine has under way or not written down at most, which is the most that a kill doubles,
// and twice that how many it has leased.
const slots = 256

// killTown is a town whose server is another process, which is killed.
type killTown struct {
	*callTown
	v        *victim
	log      string
	all      []resident
	dead     map[string]bool // targets that ended
	of       map[syncproto.ID]int64
	alive    map[syncproto.ID]int64 // residents of a commune whose target did not end
	officers [2]*seat
	operator *seat
	root     syncproto.ID
}

func newKillTown(t *testing.T, size int) *killTown {
	t.Helper()
	k := &killTown{
		callTown: newCallTown(t, 5), dead: map[string]bool{}, of: map[syncproto.ID]int64{}, alive: map[syncproto.ID]int64{},
	}
	k.root = k.s.Root().ID
	k.officers = [2]*seat{k.hire("Đông", k.root, syncproto.RoleOfficer), k.hire("Hạnh", k.root, syncproto.RoleOfficer)}
	k.operator = k.hire("Vận", k.root, syncproto.RoleOperator)
	k.all = k.crowd(size, func(i int) []syncproto.ID { return k.communes[i%5 : i%5+1] })
	for i, m := range k.all {
		k.of[k.communes[i%5]]++
		if i%53 == 7 {
			k.dead[m.token] = true
			k.fcm.Behave(m.token, "unregistered")
		} else {
			k.alive[k.communes[i%5]]++
		}
	}
	k.fcm.Forbid("Nguyễn", "Đoàn", "Hiến", "máu", "+84912")
	dir := t.TempDir()
	k.log = filepath.Join(dir, "server.log")
	r := ringer{Key: k.cfg.FCMCredentials, Endpoint: k.fcm.Endpoint(), Roots: filepath.Join(dir, "roots.pem"), Log: k.log, Ahead: time.Duration(k.off.Load())}
	if err := os.WriteFile(r.Roots, k.fcm.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(serverRinging, string(text))
	k.stop()
	k.v = &victim{t: t, data: k.cfg.Data, address: freeAddress(t)}
	k.at = k.v.address
	k.v.start()
	return k
}

// call is a call to everybody in the communes that two officers are about to send.
func (k *killTown) call(title string) *campaign.Call {
	k.t.Helper()
	units := []object{}
	for _, unit := range k.communes {
		units = append(units, object{"unit": unit})
	}
	audience, err := json.Marshal(object{"any": units})
	if err != nil {
		k.t.Fatal(err)
	}
	call := k.officers[0].compose(campaign.Draft{
		Units: []syncproto.ID{k.root}, Kind: syncproto.CallOrdinary, Title: title, Body: "Mời bà con đọc trong ứng dụng.", Audience: audience,
		Ends: k.now().Add(48 * time.Hour).UnixMilli(), Choices: []storage.Choice{{Name: syncproto.ChoiceYes, Takes: true}, {Name: syncproto.ChoiceNo}},
	})
	k.officers[0].callStep(call.ID, "propose")
	return call
}

// book is what the database of a dead server says of a call.
type book struct {
	planned   int64 // recipients
	leased    int64
	states    map[storage.DeliveryState]int64
	attempts  map[string]int64
	twice     int                       // deliveries that were accepted more than once
	persons   map[syncproto.ID]int      // deliveries of each
	endedAs   map[syncproto.ID]string   // of the only one
	sent      map[syncproto.ID][2]int64 // whole attempts and interrupted ones
	intents   []storage.Intent
	reaches   []storage.Reach
	recipient map[syncproto.ID]syncproto.ID // their unit
}

// read looks into the database while no server runs.
func (k *killTown) read(call syncproto.ID) *book {
	k.t.Helper()
	files, err := filepath.Glob(filepath.Join(k.v.data, "*.db"))
	if err != nil || len(files) != 1 {
		k.t.Fatalf("database: %v %v", files, err)
	}
	store, err := sqlite.Open(background, files[0], sqlite.Options{})
	if err != nil {
		k.t.Fatal(err)
	}
	defer store.Close()
	b := &book{
		states: map[storage.DeliveryState]int64{}, attempts: map[string]int64{}, persons: map[syncproto.ID]int{},
		endedAs: map[syncproto.ID]string{}, sent: map[syncproto.ID][2]int64{}, recipient: map[syncproto.ID]syncproto.ID{},
	}
	if err := store.View(background, func(r storage.Reader) error { return b.read(r, call) }); err != nil {
		k.t.Fatal(err)
	}
	return b
}

func (b *book) read(r storage.Reader, call syncproto.ID) (err error) {
	if b.intents, err = r.IntentsOf(call); err != nil {
		return err
	}
	for i := range b.intents {
		if b.intents[i].To != "" {
			continue
		}
		list, err := r.DeliveriesOf(b.intents[i].Number, 0, 1<<24)
		if err != nil {
			return err
		}
		for n := range list {
			if err := b.delivery(r, &list[n]); err != nil {
				return err
			}
		}
	}
	if b.reaches, err = r.Reaches(call); err != nil {
		return err
	}
	list, err := r.Recipients(call, "", 1<<24)
	for i := range list {
		b.recipient[list[i].Person] = list[i].Unit
	}
	b.planned = int64(len(list))
	return err
}

func (b *book) delivery(r storage.Reader, d *storage.Delivery) error {
	b.states[d.State]++
	b.persons[d.Person]++
	b.endedAs[d.Person] = string(d.State)
	if d.State == storage.DeliveryLeased {
		b.leased++
	}
	attempts, err := r.AttemptsOf(d.Number)
	accepted, sent := 0, b.sent[d.Person]
	for _, a := range attempts {
		b.attempts[a.Result]++
		if a.Result == "accepted" {
			accepted++
		}
		if a.Result == "interrupted" {
			sent[1]++
		} else {
			sent[0]++
		}
	}
	b.sent[d.Person] = sent
	if accepted > 1 {
		b.twice++
	}
	return err
}

// killedAt sends a call and kills the server when the stand-in has heard so many of its messages, or with 0 when the
// sending was answered. It checks what the dead one left, starts it again and waits for the end.
func (k *killTown) killedAt(title string, messages int) {
	k.t.Helper()
	call := k.call(title)
	heard, doubled := map[string]int{}, k.fcm.Duplicates()
	killed := make(chan struct{})
	die := sync.OnceFunc(func() {
		if err := k.v.cmd.Process.Kill(); err != nil {
			k.t.Errorf("kill: %v", err)
		}
		close(killed)
	})
	n := 0
	k.listen(func(token, record string) {
		if record != string(call.ID) {
			return
		}
		heard[token]++
		if n++; n == messages {
			die()
		}
	})
	k.officers[1].callStep(call.ID, "send")
	if messages == 0 {
		die()
	}
	select {
	case <-killed:
	case <-time.After(2 * time.Minute):
		k.t.Fatal("too few messages")
	}
	_ = k.v.cmd.Wait() // it was killed: that is its error
	http.DefaultClient.CloseIdleConnections()
	left := k.read(call.ID)
	k.v.start()

	var board notify.Picture
	waitFor(time.Minute, func() bool { // the engine looks when the server answers already
		k.operator.get("/v1/staff/push", &board)
		return board.Interrupted == left.leased
	})
	if board.Interrupted != left.leased || left.leased > 2*slots {
		k.t.Errorf("%s: %d were leased at the kill, the server says %d, at most %d", title, left.leased, board.Interrupted, 2*slots)
	}
	progress := k.officers[0].sent(call.ID)
	k.listen(nil)
	k.agrees(title, call.ID, progress)
	k.v.kill()
	http.DefaultClient.CloseIdleConnections()
	after := k.read(call.ID)
	k.v.start()
	again := k.fcm.Duplicates() - doubled
	k.t.Logf("%s: killed with %d planned, %v; %d sent twice, %d counted as interrupted; in the end %v", title,
		left.planned, left.states, again, after.attempts["interrupted"], after.states)
	if again > slots || int64(again) > after.attempts["interrupted"] || after.attempts["interrupted"] != left.leased {
		k.t.Errorf("%s: %d were sent twice, %d counted, %d leased, at most %d", title, again, after.attempts["interrupted"], left.leased, slots)
	}
	k.nothingLost(title, after, heard)
	if messages > 0 && messages < 10 && left.planned == int64(len(k.all)) {
		k.t.Errorf("%s: all were planned before the kill", title)
	}
}

// nothingLost holds the database against what the stand-in heard.
func (k *killTown) nothingLost(title string, b *book, heard map[string]int) {
	k.t.Helper()
	if len(b.persons) != len(k.all) || len(b.recipient) != len(k.all) || b.twice > 0 {
		k.t.Errorf("%s: %d persons have deliveries, %d are on the list, %d accepted twice", title, len(b.persons), len(b.recipient), b.twice)
	}
	for _, m := range k.all {
		state, sent := storage.DeliveryState(b.endedAs[m.person]), b.sent[m.person]
		want := storage.DeliveryAccepted
		if k.dead[m.token] {
			want = storage.DeliveryGone
			if sent[0] == 0 && heard[m.token] == 0 {
				want = storage.DeliveryUnreachable // since an earlier call
			}
		}
		times := int64(heard[m.token])
		if b.persons[m.person] != 1 || state != want || times < sent[0] || times > sent[0]+sent[1] {
			k.t.Fatalf("%s: somebody has %d deliveries, one is %s and not %s, with %d messages and %v attempts", title, b.persons[m.person], state, want, times, sent)
		}
	}
	for token := range heard {
		if heard[token] > 3 {
			k.t.Errorf("%s: a target was rung %d times", title, heard[token])
		}
	}
}

// agrees compares what officers are shown with what must be.
func (k *killTown) agrees(title string, call syncproto.ID, p *campaign.Progress) {
	k.t.Helper()
	all := int64(len(k.all))
	sum := func(of map[storage.DeliveryState]int64) (n int64) {
		for _, m := range of {
			n += m
		}
		return n
	}
	accepted := all - int64(len(k.dead))
	if p.Recipients != all || sum(p.Persons) != all || sum(p.Deliveries) != all || p.Persons[storage.DeliveryAccepted] != accepted {
		k.t.Errorf("%s: progress %+v", title, p)
	}
	f := k.officers[0].funnel(call)
	if len(f.Units) != len(k.communes) || f.Total.Eligible.String() != fmt.Sprint(all) || f.Total.Accepted.String() != fmt.Sprint(accepted) {
		k.t.Errorf("%s: the funnel has %d units, %s eligible, %s accepted", title, len(f.Units), f.Total.Eligible, f.Total.Accepted)
	}
	for _, row := range f.Units {
		if row.Eligible.String() != fmt.Sprint(k.of[row.Unit]) || row.Accepted.String() != fmt.Sprint(k.alive[row.Unit]) {
			k.t.Errorf("%s: of %d in a unit %s are eligible, of %d %s accepted", title, k.of[row.Unit], row.Eligible, k.alive[row.Unit], row.Accepted)
		}
	}
}

// TestKilledCall is AS-13: the server is killed at 40 % of 10,000 messages; then while the list becomes deliveries, and when
// the sending has just been answered. Everybody ends in one state, and what was sent twice was under way and is counted.
func TestKilledCall(t *testing.T) {
	size := 10_000
	if testing.Short() {
		size = 2000
	}
	k := newKillTown(t, size)
	defer func() { k.v.kill() }()
	k.killedAt("Hiến máu Chủ nhật Đỏ", size*2/5)
	k.killedAt("Kết quả hiến máu", 1)
	k.killedAt("Cảm ơn bà con", 0)

	if leaks := k.fcm.Leaks(); len(leaks) > 0 {
		t.Errorf("the payload tells %v", leaks)
	}
	k.noFaults()
	said, err := os.ReadFile(k.log)
	if err != nil || len(said) == 0 {
		t.Fatalf("the server said nothing: %v", err)
	}
	k.keptSecrets(string(said), "log of the killed server")
}
