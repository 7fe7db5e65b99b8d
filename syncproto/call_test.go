package syncproto_test

import (
	"testing"

	"lantoa/syncproto"
)

type idCase struct {
	header
	Of  string         `json:"of"`
	IDs []syncproto.ID `json:"ids"`
	ID  syncproto.ID   `json:"id"`
}

func TestDerivedIDVectors(t *testing.T) {
	run(t, "ids.json", func(t *testing.T, c idCase) {
		var got syncproto.ID
		switch c.Of {
		case "answer":
			got = syncproto.AnswerID(c.IDs[0], c.IDs[1])
		case "receipt":
			got = syncproto.ReceiptID(c.IDs[0], c.IDs[1])
		case "preference":
			got = syncproto.PreferenceID(c.IDs[0])
		}
		equal(t, "id", string(got), string(c.ID))
		if !got.Valid() {
			t.Error("not an id")
		}
	})
}
