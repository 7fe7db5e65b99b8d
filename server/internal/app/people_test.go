package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// write puts a text into a file of its own and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestUnitsAreReorganisedFromTheTerminal(t *testing.T) {
	p := newProgram(t)
	p.serve().end(t)
	tree := write(t, "tree.csv", "\ufeffmã;tên;cấp;cấp trên\nB;Bắc;Vùng;\nN;Nam;Vùng;\nH;Hồ;Xã;B\nD;Đồi;Xã;B\nS;Sông;Xã;N\n")
	if out := p.ok("unit", "import", tree, "-dry-run"); strings.Count(out, "create: ") != 5 || !strings.Contains(out, "dry run") {
		t.Errorf("got %s", out)
	}
	if out := p.ok("unit", "list"); strings.Contains(out, "Bắc") {
		t.Error("a dry run changed something")
	}
	p.ok("unit", "import", tree)
	if out := p.ok("unit", "import", tree); strings.Count(out, "unchanged: ") != 5 {
		t.Errorf("again: %s", out)
	}
	p.ok("unit", "move", "Sông", "-parent", "Bắc")
	p.ok("unit", "merge", "Hồ", "Đồi", "-name", "Hồ Đồi", "-parent", "Bắc", "-level", "Xã")
	p.ok("unit", "split", "Sông", "-names", "Sông Đông; Sông Tây")
	if out := p.ok("unit", "close", "Nam", "-into", "Bắc", "-at", "2100-07-01", "-dry-run"); !strings.Contains(out, "2100-07-01") {
		t.Errorf("got %s", out)
	}
	p.ok("unit", "close", "Nam", "-into", "Bắc", "-at", "2100-07-01")
	now, then := p.ok("unit", "list"), p.ok("unit", "list", "-at", "2100-07-02")
	for _, name := range []string{"Hồ Đồi", "Sông Đông", "Sông Tây"} {
		if !strings.Contains(now, name) {
			t.Errorf("%s is not in\n%s", name, now)
		}
	}
	if strings.Contains(now, "2100") || !strings.Contains(then, "until 2100-07-01") {
		t.Errorf("now:\n%s\nthen:\n%s", now, then)
	}
	p.fails(10, "unit", "close", "Bắc", "-final")
	p.fails(10, "unit", "move", "Bắc", "-parent", "Hồ Đồi")
	p.fails(2, "unit", "close", "Bắc", "-at", "morgen")
	p.fails(2, "unit", "import")
	p.fails(10, "unit", "import", filepath.Join(t.TempDir(), "none.csv"))
	if errs := p.fails(10, "unit", "import", write(t, "bad.csv", "code,name,parent\n1,x,nope\n2,,\n")); !strings.Contains(errs, "line 2 [parent]: not_found") || !strings.Contains(errs, "line 3 [name]: missing_member") {
		t.Errorf("got %s", errs)
	}
}

func TestPeopleAreKeptFromTheTerminal(t *testing.T) {
	p := newProgram(t)
	p.serve().end(t)
	p.ok("unit", "add", "-name", "Hồ")
	p.ok("unit", "add", "-name", "Sông")
	list := write(t, "people.csv", "họ tên,điện thoại,đơn vị,vai trò\nTrần Văn Ân,01691234567,Hồ,biên tập viên\nLê Thị Lan,,Hồ,\n")
	if out := p.ok("people", "import", list, "-dry-run"); strings.Count(out, "add: ") != 2 || !strings.Contains(out, "+84391234567") {
		t.Errorf("got %s", out)
	}
	p.ok("people", "import", list)
	p.ok("people", "add", "-name", "Bùi Ẩn", "-phone", "0912345678", "-unit", "Sông", "-role", "admin")
	p.fails(10, "people", "add", "-name", "Khác", "-phone", "+84912345678")
	out := p.ok("people", "list")
	if last := strings.Index(out, "Thị Lan"); last < strings.Index(out, "Văn Ân") || last < strings.Index(out, "Bùi Ẩn") {
		t.Errorf("not by tên:\n%s", out)
	}
	if out := p.ok("people", "list", "-unit", "Hồ", "-q", "lan"); strings.Count(out, "\n") != 1 || !strings.Contains(out, "Lê Thị Lan") {
		t.Errorf("got %s", out)
	}
	p.ok("people", "move", "Lê Thị Lan", "-from", "Hồ", "-to", "Sông")
	p.ok("people", "suspend", "0391234567")
	p.ok("people", "resume", "Trần Văn Ân")
	p.ok("people", "close", "Trần Văn Ân")
	p.fails(9, "people", "suspend", "Không Ai Cả")
	p.fails(2, "people", "close")
	if out := p.ok("people", "invite", "-unit", "Hồ", "-count", "3"); strings.Count(out, "-") != 6 {
		t.Errorf("got %s", out)
	}
	sheet := filepath.Join(t.TempDir(), "sheet.html")
	p.ok("people", "invite", "-unit", "Hồ", "-names", "An; Bình", "-sheet", sheet, "-server", "https://lantoa.example.vn")
	page, err := os.ReadFile(sheet)
	if err != nil || strings.Count(string(page), "<svg") != 2 {
		t.Errorf("got %d bytes, %v", len(page), err)
	}
	p.fails(10, "people", "invite", "-sheet", sheet)
}
