package people_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// faultsOf returns what is wrong with a table, as "line column code".
func faultsOf(t *testing.T, err error) []string {
	t.Helper()
	table, ok := errors.AsType[*people.TableError](err)
	if !ok || syncproto.CodeOf(err) != syncproto.CodeTableInvalid {
		t.Fatalf("got %v", err)
	}
	var out []string
	for _, f := range table.Faults {
		text := fmt.Sprintf("%d %s %s", f.Line, f.Column, f.Code)
		if f.Other != 0 {
			text += fmt.Sprintf(" %d", f.Other)
		}
		out = append(out, text)
	}
	return out
}

func actsOf(effects []people.Effect) (acts []string) {
	for _, e := range effects {
		acts = append(acts, e.Act+" "+e.Name)
	}
	return acts
}

func TestATreeIsImported(t *testing.T) {
	const table = "Mã;Tên;Cấp;Cấp trên\n" +
		"HN-02;Phường Hòa Bình;Phường;HN\n" + // its parent comes later
		"HN;\"Thành phố \"\"Hà Nội\"\"; thủ đô\";Tỉnh;\n" +
		"\n" +
		"HN-03;\"=HYPERLINK(\"\"x\"\")\";Phường;HN\n"
	for name, written := range map[string]string{
		"semicolons": table, "byte order mark": "\ufeff" + table, "crlf": strings.ReplaceAll(table, "\n", "\r\n"),
		"decomposed":         strings.ReplaceAll(table, "ò", "o\u0300"),
		"commas and English": "level,NAME,code,parent,note\nPhường,Phường Hòa Bình,HN-02,HN,a\nTỉnh,\"Thành phố \"\"Hà Nội\"\"; thủ đô\",hn,,\nPhường,\"=HYPERLINK(\"\"x\"\")\",HN-03,HN,\n",
	} {
		t.Run(name, func(t *testing.T) {
			l := newLand(t)
			revision := l.access().Revision
			run := func(dry bool) []people.Effect {
				t.Helper()
				return must[[]people.Effect](t)(l.ImportUnits(t.Context(), people.Console(), l.root, []byte(written), 0, dry))
			}
			want := []string{`created Thành phố "Hà Nội"; thủ đô`, "created Phường Hòa Bình", `created =HYPERLINK("x")`}
			if got := actsOf(run(true)); !slices.Equal(got, want) {
				t.Errorf("dry: %q", got)
			}
			if l.access().Revision != revision {
				t.Error("a dry run changed something")
			}
			if got := actsOf(run(false)); !slices.Equal(got, want) {
				t.Errorf("got %q", got)
			}
			tree := l.tree(*l.now)
			hanoi := must[syncproto.Unit](t)(l.FindUnit(t.Context(), `Thành phố "Hà Nội"; thủ đô`))
			ward := must[syncproto.Unit](t)(l.FindUnit(t.Context(), "phường hoà bình"))
			if ward.Parent != hanoi.ID || hanoi.Parent != l.root || !tree.Covers(hanoi.ID, ward.ID) {
				t.Errorf("got %+v under %+v", ward, hanoi)
			}
			revision = l.access().Revision
			for _, e := range run(false) {
				if e.Act != people.EffectUnchanged {
					t.Errorf("again: %+v", e)
				}
			}
			if l.access().Revision != revision {
				t.Error("the same table again changed something")
			}
		})
	}
}

func TestAnImportRenamesAndMoves(t *testing.T) {
	l := newLand(t)
	run := func(table string) []string {
		t.Helper()
		*l.now += hour
		return actsOf(must[[]people.Effect](t)(l.ImportUnits(t.Context(), people.Console(), "", []byte(table), 0, false)))
	}
	run("code,name,level,parent\na,An,Xã,\nb,Bình,Xã,a\nc,Cát,Xã,a\n")
	if b := must[syncproto.Unit](t)(l.FindUnit(t.Context(), "An")); b.Parent != l.root {
		t.Errorf("under %s", b.Parent)
	}
	got := run(fmt.Sprintf("code,name,parent\nb,Bình,\na,An Phú,b\nc,Cát,%s\n%s,Ao,%s\n", l.lake, l.lake, l.north))
	if want := []string{"moved Bình", "moved An", "renamed An Phú", "moved Cát", "renamed Ao"}; !sameSet(got, want) {
		t.Errorf("got %q", got)
	}
}

func sameSet(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}

func TestTablesThatDoNotFit(t *testing.T) {
	long := strings.Repeat("x", 401)
	l := newLand(t)
	l.do(people.UnitChange{Act: people.ActMerge, Unit: l.lake, Units: []syncproto.ID{l.hill}})
	for _, c := range []struct {
		name, table string
		want        []string
	}{
		{"nothing", "", []string{"1  invalid_value"}},
		{"no header that is known", "a,b\n1,2\n", []string{"1 code missing_member", "1 name missing_member"}},
		{"a header twice", "code,name,Mã\n1,2,3\n", []string{"1 code duplicate_key"}},
		{"fields that are missing", "code,name\n1\n,x\n2,\n", []string{"2 name missing_member", "3 code missing_member", "4 name missing_member"}},
		{"too long", "code,name\n1," + long + "\n2," + strings.Repeat("y", 201) + "\n", []string{"2 name too_large", "3 name too_large"}},
		{"no utf-8", "code,name\n1,\xff\xfe\n", []string{"2 name not_utf8"}},
		{"controls", "code,name\n1,a\x00b\n2,c\x1bd\n", []string{"2 name invalid_value", "3 name invalid_value"}},
		{"a code twice", "code,name\nA,x\na,y\n", []string{"3 code duplicate_key 2"}},
		{"an unknown unit above", "code,name,parent\n1,x,nope\n", []string{"2 parent not_found"}},
		{"a circle", "code,name,parent\n1,x,2\n2,y,1\n", []string{"3 parent unit_cycle"}},
		{"under itself", "code,name,parent\n1,x,1\n", []string{"2 parent unit_cycle"}},
		{
			"one that ended", "code,name,parent\n" + string(l.hill) + ",x," + string(l.north) + "\n1,y," + string(l.hill) + "\n",
			[]string{"2 code unit_closed", "3 parent unit_closed"},
		},
		{"quotes", "code,name\n1,a\"b\n2,ok\n3,\"c\"d\n", []string{"2  invalid_value", "4  invalid_value"}},
		{"a quote without end", "code,name\n1,\"ab\n2,c\n", []string{"2  invalid_value"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			revision := l.access().Revision
			_, err := l.ImportUnits(t.Context(), people.Console(), l.root, []byte(c.table), 0, false)
			if got := faultsOf(t, err); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if l.access().Revision != revision {
				t.Error("something was applied")
			}
		})
	}
}

func TestTenThousandBadLinesAreAllTold(t *testing.T) {
	l := newLand(t)
	var units, persons strings.Builder
	units.WriteString("code,name,parent\n0,Tốt,\n")
	persons.WriteString("họ tên,điện thoại,đơn vị,vai trò\nTốt,0912345678,Hồ,\n")
	for i := range 10_000 {
		fmt.Fprintf(&units, "%d,Xã %d,không có\n", i+1, i)
		fmt.Fprintf(&persons, "Người %d,12,Không Có,vua\n", i)
	}
	revision := l.access().Revision
	_, err := l.ImportUnits(t.Context(), people.Console(), l.root, []byte(units.String()), 0, false)
	if got := faultsOf(t, err); len(got) != 10_000 || got[0] != "3 parent not_found" || got[9_999] != "10002 parent not_found" {
		t.Errorf("got %d, %q", len(got), got[:2])
	}
	_, err = l.ImportPeople(t.Context(), people.Console(), []byte(persons.String()), false)
	if got := faultsOf(t, err); len(got) != 30_000 || got[0] != "3 phone invalid_value" || got[29_999] != "10002 unit not_found" {
		t.Errorf("got %d, %q", len(got), got[:3])
	}
	if l.access().Revision != revision {
		t.Error("something was applied")
	}
}

func TestTablesHaveLimits(t *testing.T) {
	l := newLand(t)
	_, err := l.ImportUnits(t.Context(), people.Console(), l.root, make([]byte, people.MaxTableBytes+1), 0, false)
	if got := faultsOf(t, err); !slices.Equal(got, []string{"1  too_large"}) {
		t.Errorf("got %q", got)
	}
	_, err = l.ImportUnits(t.Context(), people.Console(), l.root, []byte("code,name\n"+strings.Repeat("1,a\n", 20_001)), 0, false)
	if got := faultsOf(t, err); got[len(got)-1] != "20002  too_many" {
		t.Errorf("got %q", got[len(got)-1])
	}
}

func TestPeopleAreImported(t *testing.T) {
	l := newLand(t)
	mai, _, err := l.AddPerson(t.Context(), people.Console(), people.NewPerson{Name: "Nguyễn Thị Mai", Phone: "0988000111", Unit: l.lake, Role: syncproto.RoleVolunteer})
	if err != nil {
		t.Fatal(err)
	}
	l.person("Trần Văn Ba", l.lake, syncproto.RoleVolunteer) // without a number
	const table = "Họ tên;Điện thoại;Đơn vị;Vai trò\n" +
		"Nguyễn Thị Mai;+84 988 000 111;Hồ;Tình nguyện viên\n" + // known
		"Nguyễn Thi\u0323 Mai;0988.000.111;Đồi;BTV\n" // would stand twice
	_, err = l.ImportPeople(t.Context(), people.Console(), []byte(table), true)
	if got := faultsOf(t, err); !slices.Equal(got, []string{"3 phone person_exists 2"}) {
		t.Errorf("got %q", got)
	}
	good := "Họ và tên,SĐT,Đơn vị,Vai trò\n" +
		"Nguyễn Thị Mai,+84 988 000 111,Hồ,Tình nguyện viên\n" +
		"Lê Thị Lan,01691234567,hồ,editor\n" +
		"Trần Văn Ba,,Hồ,\n" +
		"Trần Văn Ba,912345678,Hồ,\n" +
		"=cmd|' /C calc'!A0,,Sông,tnv\n"
	run := func(dry bool) string {
		t.Helper()
		var lines []string
		for _, e := range must[[]people.PersonEffect](t)(l.ImportPeople(t.Context(), people.Console(), []byte(good), dry)) {
			lines = append(lines, fmt.Sprintf("%d %s %s %s %t", e.Line, e.Act, e.Phone, e.Role, e.Namesake != ""))
		}
		return strings.Join(lines, "\n")
	}
	const want = "2 known +84988000111 volunteer false\n3 added +84391234567 editor false\n4 known  volunteer false\n" +
		"5 added +84912345678 volunteer true\n6 added  volunteer false"
	if got := run(true); got != want {
		t.Errorf("dry:\n%s", got)
	}
	if got := run(false); got != want {
		t.Errorf("got:\n%s", got)
	}
	lan := must[storage.Person](t)(l.Find(t.Context(), "+84391234567"))
	if s := l.rights(lan.ID).On(l.lake, *l.now); lan.Name != "Lê Thị Lan" || !s.Editor {
		t.Errorf("got %+v, %+v", lan, s)
	}
	if got := must[storage.Person](t)(l.Find(t.Context(), "=cmd|' /C calc'!A0")); got.Name != "=cmd|' /C calc'!A0" {
		t.Errorf("a text became %q", got.Name)
	}
	_, err = l.ImportPeople(t.Context(), people.Console(), []byte("name,phone,unit\nNgười Khác,"+mai.Phone+",Hồ\nTrần Văn Ba,,Hồ\n"), false)
	if got := faultsOf(t, err); !slices.Equal(got, []string{"2 phone person_exists", "3 name person_exists"}) {
		t.Errorf("got %q", got)
	}
	admin, _ := l.person("Nga", l.north, syncproto.RoleAdmin)
	_, err = l.ImportPeople(t.Context(), people.Actor{Person: admin}, []byte("name,unit,role\nA,Hồ,volunteer\nB,Sông,volunteer\nC,Hồ,operator\n"), false)
	if got := faultsOf(t, err); !slices.Equal(got, []string{"3 unit forbidden", "4 role forbidden"}) {
		t.Errorf("got %q", got)
	}
}

func TestNumbersAreReadAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "0912345678": "+84912345678", " 091.234.5678 ": "+84912345678", "+84 91 234 5678": "+84912345678",
		"84912345678": "+84912345678", "912345678": "+84912345678", "+84 (0) 912-345-678": "+84912345678", "0912\u00a0345\u00a0678": "+84912345678",
		"01201234567": "+84701234567", "01211234567": "+84791234567", "01221234567": "+84771234567", "01261234567": "+84761234567",
		"01281234567": "+84781234567", "01231234567": "+84831234567", "01241234567": "+84841234567", "01251234567": "+84851234567",
		"01271234567": "+84811234567", "01291234567": "+84821234567", "01621234567": "+84321234567", "01631234567": "+84331234567",
		"01641234567": "+84341234567", "01651234567": "+84351234567", "01661234567": "+84361234567", "01671234567": "+84371234567",
		"01681234567": "+84381234567", "+84 1691234567": "+84391234567", "01861234567": "+84561234567", "1881234567": "+84581234567",
		"841991234567": "+84591234567", "02437654321": "+842437654321", "+49 30 901820": "+4930901820",
	} {
		if got, err := people.CleanPhone(text); err != nil || got != want {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"12", "abc", "0912abc678", "09123456789012", "+", "0912+345678", "113", "01301234567", strings.Repeat("0", 41), "'0912345678", "=0912345678"} {
		if got, err := people.CleanPhone(text); err == nil {
			t.Errorf("%q was read as %q", text, got)
		}
	}
}

func FuzzImport(f *testing.F) {
	f.Add([]byte("mã;tên;cấp;cấp trên\n1;a;b;\n2;c;d;1\n"))
	f.Add([]byte("họ tên,điện thoại,đơn vị,vai trò\nLan,0912345678,Hồ,tnv\n"))
	f.Add([]byte("\ufeffcode,name\n\"1,a\n"))
	f.Fuzz(func(t *testing.T, table []byte) {
		l := newLand(t)
		for _, err := range []error{
			second(l.ImportUnits(t.Context(), people.Console(), l.root, table, 0, false)),
			second(l.ImportPeople(t.Context(), people.Console(), table, false)),
		} {
			if err != nil && syncproto.CodeOf(err) != syncproto.CodeTableInvalid {
				t.Errorf("%q: %v", table, err)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }
