package e2e

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/server/internal/campaign"
	"lantoa/storage"
	"lantoa/syncproto"
)

// TestEmergencyBloodCall is AS-10: 07:10, O+ in four communes, 84 days since the last gift, 40 places.
func TestEmergencyBloodCall(t *testing.T) {
	size := 2000
	if testing.Short() {
		size = 300
	}
	c := newCallTown(t, 5)
	dong := c.hire("Đông", c.s.Root().ID, syncproto.RoleOfficer)
	second := c.hire("Hạnh", c.s.Root().ID, syncproto.RoleOfficer)
	admin := c.hire("Thủy", c.s.Root().ID, syncproto.RoleAdmin)

	// Three in ten are in two groups at once; one in five lives in the commune that is not called.
	all := c.crowd(size, func(i int) []syncproto.ID {
		units := []syncproto.ID{c.communes[i%5]}
		if i%10 < 3 {
			units = append(units, c.communes[(i+1)%4])
		}
		return units
	})
	eligible := c.tellBlood(admin, all)

	// Phones of the same kind, with the real SDK.
	phones := make([]*handset, 60)
	tokens := make([]string, len(phones))
	for i := range phones {
		phones[i] = c.phone(fmt.Sprintf("Trần Văn Đạo %d", i), c.communes[i%4], syncproto.RoleVolunteer)
		tokens[i] = fmt.Sprintf("handset-%03d:%s", i, syncproto.NewID())
		c.rings(phones[i], tokens[i])
		admin.blood(phones[i], "O+")
		eligible[tokens[i]] = true
	}
	c.fcm.Forbid("Nguyễn", "Trần", "O+", "máu", "Chợ Rẫy")

	now := c.now()
	draft := campaign.Draft{
		Units: []syncproto.ID{c.s.Root().ID}, Kind: syncproto.CallUrgent, Title: "Cần gấp máu O+", Body: "Bệnh viện Chợ Rẫy cần 40 người.",
		Starts: now.Add(3 * time.Hour).UnixMilli(), Ends: now.Add(8 * time.Hour).UnixMilli(), Deadline: now.Add(2 * time.Hour).UnixMilli(), Capacity: 40,
		Choices: []storage.Choice{{Name: syncproto.ChoiceYes, Takes: true}, {Name: syncproto.ChoiceNo}}, Code: "MAU-40",
		Audience: json.RawMessage(fmt.Sprintf(
			`{"all":[{"any":[{"unit":%q},{"unit":%q},{"unit":%q},{"unit":%q}]},{"fact":"blood_group","in":["O+"]},{"fact":"last_whole_blood","at_least_days":84}]}`,
			c.communes[0], c.communes[1], c.communes[2], c.communes[3])),
	}
	call := dong.compose(draft)
	dong.refused(syncproto.CodeSecondOfficer, http.MethodPost, "/v1/calls/"+string(call.ID)+"/send", object{"revision": call.Revision})
	dong.callStep(call.ID, "propose")
	dong.refused(syncproto.CodeSecondOfficer, http.MethodPost, "/v1/calls/"+string(call.ID)+"/send", object{"revision": call.Revision})
	second.callStep(call.ID, "send")
	p := second.sent(call.ID)

	// Each of those whom it concerns has exactly one notice, and nobody else has any.
	rung := c.bells()
	for token := range eligible {
		if rung[token] != 1 {
			t.Errorf("a target that it concerns was rung %d times", rung[token])
		}
	}
	if len(rung) != len(eligible) || p.Recipients != int64(len(eligible)) {
		t.Errorf("%d targets were rung, %d are on the list, it concerns %d", len(rung), p.Recipients, len(eligible))
	}
	if leaks := c.fcm.Leaks(); len(leaks) > 0 {
		t.Errorf("the payload tells %v", leaks)
	}

	// Sixty answer yes, one after the other; the first forty have a place.
	for i, h := range phones {
		h.sync()
		v := h.inbox(call.ID)
		if v == nil || v.Status != mobilesdk.CallOpen || v.Title != draft.Title {
			t.Fatalf("phone %d has %+v", i, v)
		}
		h.says(call.ID, syncproto.ChoiceYes)
		h.sync()
		want := syncproto.StateRegistered
		if i >= 40 {
			want = syncproto.StateWaiting
		}
		if got := h.inbox(call.ID).Answer; got == nil || got.Standing != want {
			t.Fatalf("answer %d stands as %+v, want %s", i, got, want)
		}
	}
	phones[3].says(call.ID, syncproto.ChoiceNo)
	phones[40].sync()
	if got := phones[40].inbox(call.ID).Answer.Standing; got != syncproto.StateRegistered {
		t.Errorf("who waited first is %s", got)
	}
	until(t, time.Minute, "who moved up is told", func() bool { return c.bells()[tokens[40]] == 2 })

	// Some come; at the close all who answered hear what came of it.
	c.move(3 * time.Hour)
	if err := phones[0].CheckIn(background, call.ID, "mau 40"); err != nil {
		t.Fatal(err)
	}
	phones[0].sync()
	dong.post("/v1/calls/"+string(call.ID)+"/check-in", object{"person": phones[1].person(), "came": true}, nil)
	phones[1].sync()
	for _, h := range phones[:2] {
		if got := h.inbox(call.ID).Answer.Standing; got != syncproto.StateCame {
			t.Errorf("who came is %s", got)
		}
	}
	f := dong.funnel(call.ID)
	if got := f.Total.Eligible.String(); got != fmt.Sprint(len(eligible)) {
		t.Errorf("eligible: %s", got)
	}
	for name, pair := range map[string][2]string{
		"answered": {f.Total.Answered.String(), "60"}, "accepted": {f.Total.Accepted.String(), fmt.Sprint(len(eligible))}, "waiting": {f.Total.Waiting.String(), "19"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %s, want %s", name, pair[0], pair[1])
		}
	}
	dong.post("/v1/calls/"+string(call.ID)+"/close", nil, nil)
	var result campaign.Call
	dong.post("/v1/calls/"+string(call.ID)+"/copy", object{"kind": "result"}, &result)
	var edited campaign.Call
	dong.must(http.MethodPut, "/v1/calls/"+string(result.ID), campaign.Draft{
		Revision: result.Revision, Units: draft.Units, Kind: syncproto.CallResult, About: call.ID, Title: "Đã đủ máu", Body: "Cảm ơn bà con.", Audience: result.Audience,
	}, &edited)
	dong.callStep(result.ID, "send")
	dong.sent(result.ID)
	for i, h := range phones {
		h.sync()
		if v := h.inbox(result.ID); v == nil || v.Title != "Đã đủ máu" {
			t.Errorf("phone %d does not hear the result", i)
		}
		if v := h.inbox(call.ID); v == nil || v.Status != mobilesdk.CallClosed {
			t.Errorf("phone %d shows the call as %+v", i, v)
		}
	}
	if got := len(c.bells()); got != len(eligible) {
		t.Errorf("the result rang somebody who did not answer: %d targets", got)
	}
	c.noFaults()
}

// tellBlood writes down groups and last gifts: half are O+, a third of all gave within the 84 days, one in eleven never
// agreed that anything is kept. It returns the targets that a call for O+ in the first four communes concerns.
func (c *callTown) tellBlood(admin *seat, all []resident) map[string]bool {
	c.t.Helper()
	var table bytes.Buffer
	w := csv.NewWriter(&table)
	_ = w.Write([]string{"phone", "blood_group", "last_whole_blood", "consent"})
	eligible := map[string]bool{}
	recent, long := c.now().AddDate(0, 0, -83), c.now().AddDate(0, 0, -84)
	for i, m := range all {
		if i%11 == 0 {
			continue
		}
		group, last := "O+", long
		if i%2 == 1 {
			group = "A+"
		}
		if i%3 == 1 {
			last = recent
		}
		if err := w.Write([]string{m.phone, group, last.In(vietnam).Format("2006-01-02"), "written"}); err != nil {
			c.t.Fatal(err)
		}
		called := i%5 != 4 || i%10 < 3
		if group == "O+" && last == long && called {
			eligible[m.token] = true
		}
	}
	w.Flush()
	admin.post("/v1/tags/import", table.Bytes(), nil)
	return eligible
}

// blood writes down what the person of a phone told.
func (s *seat) blood(h *handset, group string) {
	s.o.t.Helper()
	for name, value := range map[string]string{"blood_group": group, "last_whole_blood": "2026-01-01"} {
		s.must(http.MethodPut, "/v1/people/"+string(h.person())+"/facts/"+name, object{"value": value, "how": "spoken"}, nil)
	}
}

// TestAPhoneThatKillsPushes is AS-11: nothing rings, the inbox has the call all the same, and it can be telephoned before.
func TestAPhoneThatKillsPushes(t *testing.T) {
	c := newCallTown(t, 2)
	officer := c.hire("Đông", c.s.Root().ID, syncproto.RoleOfficer)
	all := c.crowd(30, func(i int) []syncproto.ID { return c.communes[i%2 : i%2+1] })
	hoa := c.phone("Hoa", c.communes[0], syncproto.RoleVolunteer) // no registration: its maker kills what would ring
	now := c.now()
	call := officer.compose(campaign.Draft{
		Units: []syncproto.ID{c.s.Root().ID}, Kind: syncproto.CallOrdinary, Title: "Hiến máu Chủ nhật Đỏ tại Nhà văn hóa", Body: "Mời bà con.",
		Starts: now.Add(6 * time.Hour).UnixMilli(), Ends: now.Add(9 * time.Hour).UnixMilli(), Choices: []storage.Choice{{Name: "yes", Takes: true}, {Name: "no"}},
		Audience: json.RawMessage(fmt.Sprintf(`{"unit":%q}`, c.s.Root().ID)),
	})
	officer.callStep(call.ID, "send")
	officer.sent(call.ID)

	c.move(30 * time.Minute) // 07:40
	status, sheet := officer.send(http.MethodGet, "/v1/calls/"+string(call.ID)+"/unreached?format=csv", nil)
	if status != http.StatusOK || !bytes.HasPrefix(sheet, []byte("\xef\xbb\xbf")) {
		t.Fatalf("%d %.200s", status, sheet)
	}
	rows, err := csv.NewReader(bytes.NewReader(sheet[3:])).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for i, m := range all {
		found := slices.ContainsFunc(rows[1:], func(row []string) bool {
			return strings.Contains(strings.ReplaceAll(strings.Join(row, "|"), " ", ""), m.phone[3:])
		})
		if found {
			named++
		}
		if found != (i%3 == 0) {
			t.Errorf("member %d of whom agreed=%v is listed=%v", i, i%3 == 0, found)
		}
	}
	if named != 10 || len(rows) != 11 {
		t.Errorf("%d are listed in %d lines", named, len(rows))
	}
	for _, row := range rows[1:] {
		sms := row[len(row)-1]
		if len(sms) == 0 || len(sms) > 160 || strings.IndexFunc(sms, func(r rune) bool { return r > 126 }) >= 0 {
			t.Errorf("an SMS of %d bytes", len(sms))
		}
	}

	c.move(12 * time.Hour) // the evening
	hoa.sync()
	v := hoa.inbox(call.ID)
	if v == nil || v.Status == mobilesdk.CallOpen {
		t.Fatalf("Hoa has %+v", v)
	}
	hoa.says(call.ID, "yes")
	hoa.sync()
	if got := hoa.inbox(call.ID).Answer; got == nil || got.Standing != syncproto.StateLate {
		t.Errorf("a late answer stands as %+v", got)
	}
	c.noFaults()
}
