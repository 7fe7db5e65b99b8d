package audience_test

import (
	"os"
	"path/filepath"
	"testing"

	"lantoa/server/internal/audience"
	"lantoa/syncproto"
)

func TestKeysAreMadeOnceAndReadAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "fact.key")
	if k, err := audience.LoadKeys(file, false); err != nil || k.Ready() {
		t.Fatalf("keys that nobody made: %v, %v", k.Ready(), err)
	}
	made, err := audience.LoadKeys(file, true)
	if err != nil || !made.Ready() {
		t.Fatalf("ready %v, %v", made.Ready(), err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	const person = syncproto.ID("01968c5e-0000-7000-8000-000000000001")
	sealed, err := made.Seal(person, audience.BloodGroup, "O+")
	if err != nil {
		t.Fatal(err)
	}
	again, err := audience.LoadKeys(file, false)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Open(person, audience.BloodGroup, sealed); err != nil || got != "O+" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := again.Open(person, audience.LastWholeBlood, sealed); syncproto.CodeOf(err) != syncproto.CodeStoreBroken {
		t.Errorf("as another fact: %v", err)
	}
	if err := os.WriteFile(file, []byte("# mine, yours\nxyz\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := audience.LoadKeys(file, true); syncproto.CodeOf(err) != syncproto.CodeInvalidValue {
		t.Errorf("of what is no key: %v", err)
	}
}

// TestKeysOfOneID: among more than 256 different keys two have one id; the one that comes second is refused. The same key twice is
// no harm.
func TestKeysOfOneID(t *testing.T) {
	var keys [][]byte
	for i := range 257 {
		key := make([]byte, 32)
		key[0], key[1] = byte(i), byte(i>>8)
		keys = append(keys, key)
	}
	if _, err := audience.NewKeys(keys...); syncproto.CodeOf(err) != syncproto.CodeInvalidValue {
		t.Errorf("got %v", err)
	}
	if _, err := audience.NewKeys(keys[0], keys[0]); err != nil {
		t.Error(err)
	}
}
