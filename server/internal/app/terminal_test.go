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

// TestADeskRefusesPlainly: what goes wrong has a sentence and an exit code of its own.
func TestADeskRefusesPlainly(t *testing.T) {
	b := newBureau(t)
	id := b.story("Chị Hoa hiến máu lần thứ 30", "Sáng nay chị Hoa đã hiến máu.")
	b.denies(2, "-reason", "return", short(id))
	b.denies(2, "dance", "dance")
	b.denies(2, "-h", "queue", "-bogus")
	b.denies(2, "ít nhất 4", "show", "abc")
	b.denies(7, "", "show", "0000ffff")
	b.denies(2, "-note", "return", short(id), "-reason", "x", "-on", "body")
	b.denies(2, "nowhere", "return", short(id), "-reason", "x", "-note", "y", "-on", "nowhere")
	b.denies(8, "", "publish", short(id), "-revision", "2")
	b.denies(2, "Xã Không Có", "queue", "-unit", "Xã Không Có")

	// Somebody changes it between reading and approving: the difference is shown.
	b.ok("desk", "show", short(id))
	b.push(syncproto.Mutation{Record: id, Kind: syncproto.KindStory, BaseRevision: 2, Set: syncproto.Fields{"body": syncproto.Text("Sáng nay chị Hoa đã hiến máu ở xã.")}})
	b.ok("desk", "claim", short(id))
	b.denies(8, "[+ ở xã+]", "approve", short(id))
	b.says("[+ ở xã+]", "compare", short(id))

	// Of several acts each is answered for itself.
	second := b.story("Gánh chè của bà Tư", "Bà Tư nấu chè.")
	b.ok("desk", "decline", short(id), "-reason", "Đã đăng rồi.")
	b.denies(5, "✓ "+short(second), "claim", string(id), string(second))

	code, out, _ := b.run("desk", "show", "0000ffff", "-json")
	var said struct {
		Error struct{ Code, Sentence string }
	}
	if err := json.Unmarshal([]byte(out), &said); err != nil || code != 7 || said.Error.Code != "not_found" || said.Error.Sentence == "" {
		t.Errorf("exit %d, %q: %v", code, out, err)
	}
	b.served.end(t)
	b.denies(4, b.served.url, "queue")
}

func TestTheRestOfTheDesk(t *testing.T) {
	b := newBureau(t)
	id := b.story("Chị Hoa hiến máu lần thứ 30", "Sáng nay chị Hoa đã hiến máu.")
	photo := syncproto.NewID()
	b.push(syncproto.Mutation{Record: photo, Kind: syncproto.KindPhoto, Set: syncproto.Fields{
		"parent": syncproto.Text(string(id)), "caption": syncproto.Text("Trạm y tế"), syncproto.ShowsField: syncproto.Text(syncproto.ShowsCrowd),
	}})
	b.ok("desk", "claim", string(id))
	b.says("đám đông", "show", short(id))
	b.ok("desk", "show", short(id))
	b.denies(8, short(photo)+": Ảnh đám đông", "approve", short(id))
	b.ok("desk", "judge", short(id), "1", "-text", "Ngày hội công khai.")
	b.ok("desk", "edit", short(id), "-set", "title=Chị Hoa và ba mươi lần hiến máu")
	b.ok("desk", "show", short(id))
	b.ok("desk", "approve", short(id))
	b.ok("desk", "publish", short(id))
	b.ok("desk", "correct", short(id), "-reason", "Sai số lần", "-set", "title=Chị Hoa hiến máu lần thứ 31")
	b.says("lần thứ 31", "show", short(id), "-lang", "en")
	b.ok("desk", "take-down", short(id), "-reason", "Gia đình đề nghị")
	for _, args := range [][]string{
		{"me"}, {"counters"}, {"conflicts"}, {"notices"}, {"-h"}, {"return", "-h"}, {"queue", "-view", "inbox"},
	} {
		b.ok(append([]string{"desk"}, args...)...)
	}
	b.denies(8, "", "board") // which is for admins

	b.account("admin", "quantri")
	answer(t, secret)
	b.ok("desk", "sign-in", "quantri")
	b.ok("desk", "board", "-unit", "Xã Hoằng Lộc", "-all")
	b.says("Nguyễn Thị Mơ", "case", "open", "access", "-unit", "Xã Hoằng Lộc", "-who", "Nguyễn Thị Mơ")
	var list struct{ Cases []struct{ ID string } }
	if err := json.Unmarshal([]byte(b.ok("desk", "case", "list", "-json")), &list); err != nil || len(list.Cases) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	b.ok("desk", "case", "show", list.Cases[0].ID)
}

// TestHandingOver names a colleague by the id that their own desk prints.
func TestHandingOver(t *testing.T) {
	b := newBureau(t)
	id := b.story("Chị Hoa hiến máu lần thứ 30", "Sáng nay chị Hoa đã hiến máu.")
	other := b.account("editor", "bientap2")
	b.ok("desk", "claim", string(id))
	b.denies(2, "-to", "hand-over", short(id))
	b.denies(2, "Thị Nở", "hand-over", short(id), "-to", "Thị Nở") // who manages nobody finds nobody by name
	b.ok("desk", "hand-over", short(id), "-to", string(other.Person))
	b.denies(8, "", "decline", short(id), "-reason", "x")
	answer(t, secret)
	b.ok("desk", "sign-in", "bientap2")
	b.says(string(other.Person), "me")
	b.says(short(id), "queue", "-view", "mine")
}
