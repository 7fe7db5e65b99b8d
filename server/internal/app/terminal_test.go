package app_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/desk"
	"lantoa/syncproto"
)

const secret = "bưởi Năm Roi 77"

// bureau is a server with an editor at a terminal and a volunteer's phone.
type bureau struct {
	*program
	served *served
	phone  *syncproto.EnrollResponse
	n      int64
}

// newBureau starts one and signs the editor in.
func newBureau(t *testing.T) *bureau {
	b := &bureau{program: newProgram(t)}
	b.env["LANTOA_DESK_SESSION"] = filepath.Join(t.TempDir(), "desk.json")
	b.served = b.serve("-hold", "1h")
	b.ok("unit", "add", "-name", "Xã Hoằng Lộc", "-level", "Xã")
	b.account("editor", "bientap")
	answer(t, secret)
	b.ok("desk", "sign-in", "bientap")
	b.phone = b.enrolled(b.served.url, "-unit", "Xã Hoằng Lộc")
	return b
}

// account makes somebody who may sign in.
func (b *bureau) account(role, login string) *syncproto.EnrollResponse {
	b.t.Helper()
	joined := b.enrolled(b.served.url, "-unit", "Xã Hoằng Lộc", "-role", role)
	link := linkOf(b.ok("staff", "link", "-person", string(joined.Person)))
	answer(b.t, secret)
	b.ok("staff", "use", link, login)
	return joined
}

// push sends mutations of the volunteer's phone, all of which must go through.
func (b *bureau) push(all ...syncproto.Mutation) {
	b.t.Helper()
	req := &syncproto.SyncRequest{Protocol: 1}
	for _, m := range all {
		b.n++
		m.Number, m.ID = b.n, syncproto.NewID()
		m.Captured.Device = time.Now().UnixMilli()
		req.Mutations = append(req.Mutations, syncproto.PushedMutation{Mutation: m, Wire: syncproto.AppendMutation(nil, &m)})
	}
	body := syncproto.AppendSyncRequest(nil, req)
	status, answered := post(b.t, b.served.url+"/v1/sync", b.phone.Token, body)
	if status != http.StatusOK {
		b.t.Fatalf("sync: %d %s", status, answered)
	}
	resp, err := syncproto.DecodeSyncResponse(answered)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, o := range resp.Outcomes {
		if o.Result == syncproto.Rejected {
			b.t.Fatalf("%+v", o)
		}
	}
}

// story sends a story in.
func (b *bureau) story(title, body string) syncproto.ID {
	b.t.Helper()
	id := syncproto.NewID()
	b.push(
		syncproto.Mutation{Record: id, Kind: syncproto.KindStory, Set: syncproto.Fields{"title": syncproto.Text(title), "body": syncproto.Text(body)}},
		syncproto.Mutation{Record: id, Kind: syncproto.KindStory, Command: syncproto.CommandSubmit},
	)
	return id
}

func short(id syncproto.ID) string { return string(id[len(id)-8:]) }

// denies runs a desk command that must be refused with an exit code and a sentence.
func (b *bureau) denies(want int, sentence string, args ...string) {
	b.t.Helper()
	code, out, errs := b.run(append([]string{"desk"}, args...)...)
	if code != want || !strings.Contains(out+errs, sentence) {
		b.t.Errorf("%v: exit %d, want %d and %q\n%s%s", args, code, want, sentence, out, errs)
	}
}

func (b *bureau) says(want string, args ...string) {
	b.t.Helper()
	if out := b.ok(append([]string{"desk"}, args...)...); !strings.Contains(out, want) {
		b.t.Errorf("%v does not say %q:\n%s", args, want, out)
	}
}

func TestADeskInTheTerminal(t *testing.T) {
	b := newBureau(t)
	id := b.story("Chị Hoa hiến máu lần thứ 30", "Sáng nay chị Hoa đã hiến máu.")
	other := b.story("Gánh chè của bà Tư", "Bà Tư nấu chè cho cả xóm.")
	b.says("Chị Hoa hiến máu", "queue")
	b.says("Gánh chè", "queue", "-q", "ganh che", "-view", "all", "-unit", "xã hoằng lộc")
	b.denies(2, "show", "approve", short(id))
	b.says("claim", "show", short(id))
	b.says(short(other), "claim", short(id), short(other))
	b.says("→", "return", short(other), "-reason", "Xin thêm tên xóm", "-note", "Xóm nào ạ?", "-on", "body", "-note", "Đầu đề hay quá")
	b.says("Xóm nào ạ?", "show", short(other))
	b.says(`"result":"applied"`, "approve", short(id), "-json")
	b.ok("desk", "undo", short(id))
	b.ok("desk", "approve", short(id))
	b.ok("desk", "publish", short(id))
	b.says("Đã đăng", "show", short(id))
	var c desk.Counters
	if err := json.Unmarshal([]byte(b.ok("desk", "counters", "-json")), &c); err != nil || c.States[syncproto.StatePublished] != 1 {
		t.Errorf("counters %+v, %v", c, err)
	}
	info, err := os.Stat(b.env["LANTOA_DESK_SESSION"])
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the session file: %v, %v", info.Mode(), err)
	}
	b.ok("desk", "sign-out")
	b.denies(3, "sign-in", "queue")
}
