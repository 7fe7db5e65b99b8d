package people_test

import (
	"testing"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// TestADeskIsNoPhone: the device of an account never syncs, and nobody goes looking for it.
func TestADeskIsNoPhone(t *testing.T) {
	l := newLand(t)
	lan, _ := l.person("Lan", l.lake, syncproto.RoleEditor)
	desk, phone := syncproto.NewID(), syncproto.NewID()
	if err := l.store.Update(t.Context(), func(tx storage.Tx) error {
		for i, id := range []syncproto.ID{desk, phone} {
			d := &storage.Device{ID: id, Person: lan, Unit: l.lake, TokenHash: [32]byte{byte(i + 1)}, Created: *l.now}
			if err := tx.PutDevice(d); err != nil {
				return err
			}
		}
		return tx.PutAccount(&storage.Account{Person: lan, Login: "lan", Device: desk, Handle: make([]byte, 32), Created: *l.now})
	}); err != nil {
		t.Fatal(err)
	}
	board, err := l.Board(t.Context(), people.Console(), people.BoardAsk{All: true})
	if err != nil || len(board.Devices) != 1 || board.Devices[0].Device != phone {
		t.Errorf("on the board: %+v, %v", board, err)
	}
	list, err := l.Devices(t.Context(), "", 1)
	if err != nil || len(list) != 1 || list[0].ID != phone {
		t.Errorf("in the list: %+v, %v", list, err)
	}
	if rest, err := l.Devices(t.Context(), phone, 5); err != nil || len(rest) != 0 && phone > desk {
		t.Errorf("after it: %+v, %v", rest, err)
	}
	if err := l.Close(t.Context(), people.Console(), lan); err != nil {
		t.Fatal(err)
	}
	*l.now += people.EndedFor
	if board, err = l.Board(t.Context(), people.Console(), people.BoardAsk{All: true}); err != nil || len(board.Devices) != 0 {
		t.Errorf("of somebody who left long ago: %+v, %v", board, err)
	}
}
