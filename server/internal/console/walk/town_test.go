package walk_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/console/rig"
	"lantoa/syncproto"
)

// town is a world in which something of everything has happened, so that every screen has something to show.
type town struct {
	*rig.World
	lan, tam *rig.Phone

	fresh, odd, partial, claimed, returned, approved, published, corrected, takenDown, declined, event, conflict syncproto.ID

	photo, consent, activity syncproto.ID // of fresh
	note, card               syncproto.ID // of returned, of conflict
	person, device           syncproto.ID // a volunteer with a phone

	newcomer *rig.Person // has a link and no account yet
	link     string
	handset  syncproto.ID // the editor's own phone

	draft, proposed, sent, closed syncproto.ID // calls
	campaign, open                syncproto.ID // open is a case
}

const longText = "Sáng sớm, nước còn ngập ngang đầu gối, anh chị em đã chèo xuồng vào từng nhà phát gạo, mì và nước sạch. " +
	"Bà Năm, 82 tuổi, sống một mình cuối xóm, là người cuối cùng nhận quà; bà cầm tay từng người cảm ơn mãi."

// wild are texts that break pages which are not ready for them.
var wild = struct{ html, rtl, emoji, long string }{
	html:  `<b>đậm</b> <script>alert(1)</script> "><img src=x onerror=alert(2)> {{.}} &amp; \u003c`,
	rtl:   "\u202eمرحبا بكم في القرية\u202c שלום עולם",
	emoji: "👩🏽‍🚒🚒 Cứu trợ 🇻🇳🤝🏾 ❤️‍🔥",
	long:  strings.Repeat("Rấtdàikhôngcókhoảngtrắng", 430)[:10_000],
}

func newTown(t testing.TB) *town {
	t.Helper()
	w := &town{World: rig.Start(t)}
	w.lan, w.tam = w.Phone("Nguyễn Thị Lan", w.Commune), w.Phone("Lý Văn Tám", w.Other)
	w.person, w.device = w.lan.Person, w.lan.Device
	w.newcomer = w.Hire("Huỳnh Thị Mận", w.Commune, syncproto.RoleEditor)
	w.link, w.handset = w.newcomer.Link(), w.Handset(w.Editor)
	w.submissions()
	w.decisions()
	w.quarrel()
	w.calls()
	w.Admin.Ask(http.MethodPost, "/v1/cases", rig.Object{"kind": "erasure", "person": w.tam.Person, "unit": w.Province, "note": "Anh Tám gọi điện"}, &struct{ ID *syncproto.ID }{&w.open})
	return w
}

// submissions are what came in and nobody has touched.
func (w *town) submissions() {
	lan, tam := w.lan, w.tam
	w.fresh = lan.Record(syncproto.KindStory, "", map[string]any{
		"title": "Xuồng gạo về xóm ngập", "body": strings.Repeat(longText+"\n\n", 4), "type": "good_deed", "tags": []string{"lũ lụt", "cứu trợ"},
		"happened_at": w.Soon(-26 * time.Hour), "place": map[string]any{"text": "Ấp Kinh Ráng, xã Tân Ân", "lat": 8.66, "lon": 104.99},
	})
	w.photo = lan.Photo(w.fresh, "Anh em chèo xuồng")
	w.consent = lan.Agree(w.photo, "Chú Ba lái xuồng")
	lan.Photo(w.fresh, "Bà Năm nhận quà")
	lan.Photo(w.fresh, "")
	w.activity = lan.Record(syncproto.KindEvent, w.fresh, map[string]any{"title": "Phát quà ở ấp Kinh Ráng", "type": "cuu_tro", "households": 40, "value_dong": 12_500_000})
	lan.Hand(w.fresh)
	w.event = lan.Record(syncproto.KindEvent, "", map[string]any{
		"title": "Hiến máu nhân đạo đợt 3", "type": "blood", "start": w.Soon(72 * time.Hour), "end": w.Soon(76 * time.Hour),
		"registered": 120, "households": 0, "value_dong": 15_000_000, "place": map[string]any{"text": "Nhà văn hóa xã"},
	})
	lan.Hand(w.event)
	lan.SendAll()

	w.odd = tam.Record(syncproto.KindStory, "", map[string]any{"title": wild.html, "body": wild.rtl + "\n" + wild.emoji + "\n" + wild.html + "\n" + wild.long})
	tam.Hand(w.odd)
	w.partial = tam.Text("Ảnh còn trên máy", longText)
	tam.Photo(w.partial, "Chưa tới")
	tam.Photo(w.partial, "Cũng chưa tới")
	tam.Hand(w.partial)
	tam.Send()
}

// decisions are submissions in every state.
func (w *town) decisions() {
	made := func(title string) syncproto.ID { return w.lan.Story(title, longText) }
	w.claimed, w.returned, w.approved = made("Đang có người xem"), made("Cần bổ sung"), made("Đã duyệt")
	w.published, w.corrected, w.takenDown, w.declined = made("Đã đăng"), made("Đã đính chính"), made("Đã gỡ"), made("Không đăng")
	w.lan.Stories(12)
	e, claim, approve := w.Editor, syncproto.CommandClaim, syncproto.CommandApprove
	w.Second.Takes(w.claimed, "", claim)
	e.Takes(w.returned, "", claim)
	w.note = e.Makes(syncproto.KindNote, w.returned, rig.Object{"field": "title", "text": "Xóm nào? Cho xin tên đầy đủ."})
	e.Makes(syncproto.KindNote, w.fresh, rig.Object{"text": "Bài hay, chờ thêm ảnh."})
	e.Takes(w.returned, "Thiếu tên và địa điểm", syncproto.CommandReturn)
	e.Takes(w.approved, "", claim, approve)
	for _, id := range []syncproto.ID{w.published, w.corrected, w.takenDown} {
		e.Takes(id, "", claim, approve, syncproto.CommandPublish)
	}
	e.Edits(w.corrected, rig.Object{"body": longText + " (Sửa: 83 tuổi.)"})
	e.Takes(w.corrected, "Sửa tuổi của bà Năm", syncproto.CommandCorrect)
	e.Takes(w.takenDown, "Gia đình yêu cầu", syncproto.CommandTakeDown)
	e.Takes(w.declined, "", claim)
	e.Takes(w.declined, "Trùng bài hôm trước", syncproto.CommandDecline)
	w.lan.Send()
}

// quarrel leaves a conflict: the phone changed offline what the desk changed meanwhile.
func (w *town) quarrel() {
	w.conflict = w.lan.Story("Bếp ăn tình thương", longText)
	w.Editor.Takes(w.conflict, "", syncproto.CommandClaim)
	w.lan.Rewrite(w.conflict, "title", "Bếp ăn tình thương của chị Hai")
	w.Editor.Edits(w.conflict, rig.Object{"title": "Bếp cơm tình thương"})
	w.lan.Send()
	var cards struct {
		Cards []struct{ Record struct{ ID syncproto.ID } }
	}
	w.Editor.Ask(http.MethodGet, "/v1/desk/conflicts", nil, &cards)
	if len(cards.Cards) != 1 {
		w.Fatalf("%d conflicts", len(cards.Cards))
	}
	w.card = cards.Cards[0].Record.ID
}

// calls are calls in several states.
func (w *town) calls() {
	o, now := w.Officer, w.Now()
	var of struct{ ID syncproto.ID }
	o.Ask(http.MethodPost, "/v1/campaigns", rig.Object{"title": "Giọt hồng mùa lũ", "units": []syncproto.ID{w.Server.Root().ID}, "from": now.UnixMilli()}, &of)
	w.campaign = of.ID
	made := func(title, kind string, step ...string) syncproto.ID {
		var call struct{ ID syncproto.ID }
		o.Ask(http.MethodPost, "/v1/calls", rig.Object{
			"id": syncproto.NewID(), "campaign": w.campaign, "units": []syncproto.ID{w.Server.Root().ID}, "kind": kind, "title": title,
			"body": "Mời bà con đến Nhà văn hóa xã.", "place": rig.Object{"text": "Nhà văn hóa xã"},
			"starts": w.Soon(30 * time.Hour), "ends": w.Soon(34 * time.Hour), "deadline": w.Soon(24 * time.Hour), "capacity": 40,
			"choices":  []rig.Object{{"name": "yes", "takes": true}, {"name": "no"}},
			"audience": rig.Object{"all": []rig.Object{{"unit": w.Province}, {"role": "volunteer"}}},
		}, &call)
		for _, s := range step {
			o.Ask(http.MethodPost, "/v1/calls/"+string(call.ID)+"/"+s, rig.Object{"revision": 1}, nil)
		}
		return call.ID
	}
	w.draft = made("Dọn vệ sinh trường học", "call")
	w.proposed = made("Cần gấp máu nhóm O", "urgent", "propose")
	w.sent = made("Tập huấn sơ cấp cứu", "call", "send")
	w.closed = made("Phát quà Trung thu", "call", "send")
	o.Ask(http.MethodPost, "/v1/calls/"+string(w.closed)+"/close", nil, nil)
	w.lan.Says(w.sent, syncproto.ChoiceYes)
}
