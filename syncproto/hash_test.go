package syncproto

import "testing"

// TestHashOfPushed: a mutation that is invalid today keeps its hash when a later build finds it valid; one that cannot be
// read is hashed as it came.
func TestHashOfPushed(t *testing.T) {
	unknown := `{"id":"` + string(idA) + `","kind":"thing","n":1,"record":"` + string(idB) + `","set":{"a":1},"zeal":1}`
	unread := `{"n":2,"set":{"A":1}}`
	r, err := DecodeSyncRequest(request(unknown, unread))
	if err != nil || r.Mutations[0].Err == nil || r.Mutations[1].Err == nil {
		t.Fatalf("%+v, %v", r, err)
	}
	m, err := DecodeMutation([]byte(unknown))
	if err != nil || r.Mutations[0].Hash() != HashMutation(m) {
		t.Errorf("the invalid one: %v", err)
	}
	if r.Mutations[1].Hash() != HashRecord([]byte(unread)) {
		t.Error("the unread one is not hashed as it came")
	}
}
