package e2e

import (
	"net/http"
	"testing"

	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

// TestAMovedPersonWritesForTheirNewUnit: what somebody captured before they heard of the move arrives where they were, and
// waits there for somebody to let it in; what they capture after it is on the desk of the new unit.
func TestAMovedPersonWritesForTheirNewUnit(t *testing.T) {
	o := newOffice(t)
	old, next := o.unit("Xã Hoằng Lộc", "Xã", ""), o.unit("Xã Đông Sơn", "Xã", "")
	line, plug := cable()
	lan, admin := o.phone("Lan", old, syncproto.RoleVolunteer, plug), o.hire("Chị Vân", o.s.Root().ID, syncproto.RoleAdmin)
	minh, tuan := o.hire("Trần Văn Minh", old, syncproto.RoleEditor), o.hire("Lê Tuấn", next, syncproto.RoleEditor)
	lan.sync()
	line.down.Store(true)
	before := lan.text("Trước khi biết")
	admin.must(http.MethodPost, "/v1/people/"+string(lan.person())+"/move", object{"from": old, "to": next}, nil)
	line.down.Store(false)
	lan.sync()
	after := lan.text("Sau khi biết")
	lan.sync()
	if r := o.record(before); r.Unit != old || r.State != syncproto.StateUnclaimed {
		t.Errorf("before: %s in %s", r.State, r.Unit)
	}
	if r := o.record(after); r.Unit != next || r.State != syncproto.StateSubmitted {
		t.Errorf("after: %s in %s", r.State, r.Unit)
	}
	if rows := minh.queue("view=inbox").Rows; len(rows) != 1 || rows[0].Record != before {
		t.Errorf("the old inbox: %+v", rows)
	}
	if rows := tuan.queue("").Rows; len(rows) != 1 || rows[0].Record != after {
		t.Errorf("the new desk: %+v", rows)
	}
	rename := []object{{"act": people.ActRename, "unit": next, "name": "Xã Đông Sơn Mới"}}
	o.hire("Bà Năm", o.s.Root().ID, syncproto.RoleOperator).post("/v1/units/changes", object{"changes": rename}, nil)
	until(t, settling, "the phone knows the new name", func() bool {
		lan.sync()
		return lan.status().UnitName == "Xã Đông Sơn Mới"
	})
	if got := lan.status().Unit; got != next {
		t.Errorf("the phone is in %s, want %s", got, next)
	}
	o.noFaults()
}
