package staff_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"lantoa/server/internal/staff"
	"lantoa/storage"
	"lantoa/syncproto"
)

const sample = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2U"

func TestPHCStrings(t *testing.T) {
	if again, err := staff.ParsePHC(sample); err != nil || again != sample {
		t.Errorf("got %q %v", again, err)
	}
	for name, text := range map[string]string{
		"nothing":           "",
		"another algorithm": strings.Replace(sample, "argon2id", "argon2i", 1),
		"another version":   strings.Replace(sample, "v=19", "v=16", 1),
		"no version":        strings.Replace(sample, "$v=19", "", 1),
		"a gigabyte":        strings.Replace(sample, "19456", "1048576", 1),
		"no memory":         strings.Replace(sample, "19456", "0", 1),
		"below 8 KiB each":  strings.Replace(sample, "19456", "7", 1),
		"a sign":            strings.Replace(sample, "19456", "+19456", 1),
		"a leading zero":    strings.Replace(sample, "t=2", "t=02", 1),
		"much time":         strings.Replace(sample, "t=2", "t=17", 1),
		"many threads":      strings.Replace(sample, "p=1", "p=9", 1),
		"another order":     strings.Replace(sample, "m=19456,t=2", "t=2,m=19456", 1),
		"a setting more":    strings.Replace(sample, "p=1", "p=1,keyid=a", 1),
		"padding":           sample + "=",
		"a line break":      sample + "\n",
		"a part more":       sample + "$",
		"a short salt":      strings.Replace(sample, "c2FsdHNhbHRzYWx0c2FsdA", "c2FsdA", 1),
		"a short key":       strings.Replace(sample, "a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2U", "a2V5", 1),
	} {
		if _, err := staff.ParsePHC(text); err == nil {
			t.Errorf("%s: %q was read", name, text)
		}
	}
}

func FuzzPHC(f *testing.F) {
	f.Add(sample)
	f.Add("$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=,t=,p=$$")
	f.Fuzz(func(t *testing.T, text string) {
		if again, err := staff.ParsePHC(text); err == nil && again != text {
			t.Errorf("%q is written as %q", text, again)
		}
	})
}

func TestWeakPasswords(t *testing.T) {
	own := []string{"nguyenvanbuoi@example.vn", "Trần Thị Hoa Mai"}
	for password, want := range map[string]string{
		"bưởi Năm Roi 77":       "",
		"correct horse battery": "",
		"đêm nay mưa rơi":       "",
		"k9#mQ2!xLp":            "",
		"🌧🌧🌨🌩🌪🌫🌬🌈🌂☂":            "common", // no letter at all: one could be counted
		"ngắn":      "short",
		"123456789": "short",
		"e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301": "short", // nine after NFC
		"1234567890":               "common",
		"0987654321":               "common",
		"aaaaaaaaaaaa":             "common",
		"abababababab":             "common",
		"abcdefghijklm":            "common",
		"password123":              "common",
		"P@ssw0rd2026":             "common",
		"Mật khẩu 123":             "common",
		"matkhau2026!":             "common",
		"anhyeuem1990":             "common",
		"Anh Yêu Em 14/2":          "common",
		"qwertyuiop":               "common",
		"qwertyuiop[]":             "common",
		"iloveyou1234":             "common",
		"lantoalantoa":             "common",
		"Hội Chữ thập đỏ":          "common",
		"nguyenvanbuoi":            "own",
		"hoamai tran1":             "own",
		"TranThiHoaMai99":          "own",
		"nguyenvanbuoi@example.vn": "own",
	} {
		err := staff.CheckPassword(password, own...)
		detail := ""
		if e, ok := err.(*syncproto.Error); ok {
			detail = e.Detail
			if e.Code != syncproto.CodeWeakPassword {
				t.Errorf("%q: got code %s", password, e.Code)
			}
		}
		if detail != want {
			t.Errorf("%q: got %q, want %q", password, detail, want)
		}
	}
	if err := staff.CheckPassword(strings.Repeat("mưa ", 200)); syncproto.CodeOf(err) != syncproto.CodeInvalidValue {
		t.Errorf("a thousand bytes: %v", err)
	}
}

func TestLoginsAreFolded(t *testing.T) {
	for login, want := range map[string]string{
		"0912 345 678": "+84912345678", "+84 912.345.678": "+84912345678", "84912345678": "+84912345678", "Nở@Example.VN": "nở@example.vn",
		"no\u031b\u0309": "nở", " bưởi ": "bưởi", "12345": "12345",
	} {
		if got := staff.FoldLogin(login); got != want {
			t.Errorf("%q: got %q, want %q", login, got, want)
		}
	}
}

// TestEverySignInCostsOneHash counts work instead of measuring time: whatever is wrong, one hash of today's cost.
func TestEverySignInCostsOneHash(t *testing.T) {
	w := newWorld(t)
	w.join("Lê Thị Nở", "thino", w.commune.ID, syncproto.RoleEditor)
	resting := w.join("Trần Văn Bưởi", "buoi", w.commune.ID, syncproto.RoleEditor)
	bare := w.join("Phạm Thị Sen", "sen", w.commune.ID, syncproto.RoleEditor)
	w.must(w.store.Update(t.Context(), func(tx storage.Tx) error {
		p, err := tx.Person(resting)
		if err != nil {
			return err
		}
		p.Suspended = 1
		if err := tx.PutPerson(p); err != nil {
			return err
		}
		a, err := tx.Account(bare)
		if err != nil {
			return err
		}
		a.Password = "" // passkeys only
		return tx.PutAccount(a)
	}))
	for i, c := range []struct{ name, login, password string }{
		{"good", "thino", good},
		{"wrong", "thino", "sai hết cả rồi"},
		{"unknown", "ai", good},
		{"suspended", "buoi", good},
		{"without a password", "sen", ""},
		{"empty", "", ""},
	} {
		before, _ := w.staff.Hashes()
		err := w.try(at(fmt.Sprintf("10.1.0.%d", i)), c.login, c.password)
		after, _ := w.staff.Hashes()
		if after-before != 1 {
			t.Errorf("%s: %d hashes", c.name, after-before)
		}
		if c.name != "good" {
			w.refused(err, syncproto.CodeSignInFailed)
		}
	}
	// The same of recovery codes: one for all ten, one for nobody.
	for i, login := range []string{"thino", "ai", "buoi"} {
		before, _ := w.staff.Hashes()
		_, err := w.staff.Recover(t.Context(), at(fmt.Sprintf("10.2.0.%d", i)), login, syncproto.NewEnrollCode())
		after, _ := w.staff.Hashes()
		if after-before != 1 {
			t.Errorf("a code for %s: %d hashes", login, after-before)
		}
		w.refused(err, syncproto.CodeSignInFailed)
	}
}

// TestSixtyFourAtOnceStayWithinTheMemory signs 64 people in at the same time, at the cost of a server. They share a hash:
// making one each would take the longest.
func TestSixtyFourAtOnceStayWithinTheMemory(t *testing.T) {
	w := newWorld(t)
	const many = 64
	full, err := staff.New(w.store, staff.Options{Now: w.clock})
	w.must(err)
	var stored string
	for i := range many {
		person := w.join("Người", fmt.Sprintf("nguoi%02d", i), w.commune.ID, syncproto.RoleEditor)
		if i == 0 {
			_, err := full.SignIn(t.Context(), at("10.0.0.9"), "nguoi00", good) // which renews it
			w.must(err)
			stored = w.account(person).Password
		}
		w.must(w.store.Update(t.Context(), func(tx storage.Tx) error {
			a, err := tx.Account(person)
			if err != nil {
				return err
			}
			a.Password = stored
			return tx.PutAccount(a)
		}))
	}
	var group sync.WaitGroup
	results := make(chan error, many)
	for i := range many {
		group.Go(func() {
			_, err := full.SignIn(context.Background(), at(fmt.Sprintf("10.3.0.%d", i)), fmt.Sprintf("nguoi%02d", i), good)
			results <- err
		})
	}
	group.Wait()
	close(results)
	for err := range results {
		if err != nil {
			t.Errorf("one of %d: %v", many, err)
		}
	}
	if _, peak := full.Hashes(); peak > staff.MostAtOnce || peak < 1 {
		t.Errorf("%d hashes ran at once, %d may", peak, staff.MostAtOnce)
	}
}

func TestAnOldHashIsRenewedAtTheNextGoodSignIn(t *testing.T) {
	w := newWorld(t)
	person := w.join("Lê Thị Nở", "thino", w.commune.ID, syncproto.RoleEditor)
	before := w.account(person).Password
	if !strings.Contains(before, "m=64,") {
		t.Fatalf("got %q", before)
	}
	full, err := staff.New(w.store, staff.Options{Now: w.clock})
	w.must(err)
	if _, err := full.SignIn(t.Context(), at("10.0.0.9"), "thino", "sai hết cả rồi"); err == nil {
		t.Error("a wrong password came in")
	}
	if now := w.account(person).Password; now != before {
		t.Errorf("a wrong password renewed it: %q", now)
	}
	for range 2 {
		if _, err := full.SignIn(t.Context(), at("10.0.0.9"), "thino", good); err != nil {
			t.Fatal(err)
		}
		if now := w.account(person).Password; !strings.Contains(now, "m=19456,t=2,p=1$") {
			t.Errorf("got %q", now)
		}
	}
	made, _ := full.Hashes()
	if made != 4 { // wrong, good, anew, good
		t.Errorf("%d hashes", made)
	}
}

func TestASignInThatIsGivenUpDoesNotCount(t *testing.T) {
	w := newWorld(t)
	w.join("Lê Thị Nở", "thino", w.commune.ID, syncproto.RoleEditor)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 50 {
		if _, err := w.staff.SignIn(gone, at("10.0.0.2"), "thino", good); err == nil {
			t.Fatal("a sign-in that nobody waits for came in")
		}
	}
	w.wait(time.Millisecond)
	w.signIn(at("10.0.0.2"), "thino")
}
