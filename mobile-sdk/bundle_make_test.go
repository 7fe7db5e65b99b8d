package mobilesdk_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"

	"lantoa/syncproto"
)

// writeLargeBundle writes a bundle as a phone with so many unsent stories would.
func writeLargeBundle(path string, person, device syncproto.ID, items int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	w := bufio.NewWriter(f)
	both := json.NewEncoder(io.MultiWriter(w, sum))
	header := map[string]any{"format": "lantoa-outbox", "version": 1, "person": person, "device": device, "created": 1, "count": items}
	if err := both.Encode(header); err != nil {
		return err
	}
	for n := 1; n <= items; n++ {
		m := &syncproto.Mutation{
			ID: syncproto.NewID(), Record: syncproto.NewID(), Kind: syncproto.KindStory, Unit: device,
			Set: syncproto.Fields{"title": syncproto.Text("Một câu chuyện chưa gửi")}, Captured: syncproto.CaptureClock{Device: int64(n)},
		}
		item := map[string]any{"device": device, "n": n, "captured": n, "mutation": json.RawMessage(syncproto.AppendMutation(nil, m))}
		if err := both.Encode(item); err != nil {
			return err
		}
	}
	end := json.NewEncoder(w)
	if err := end.Encode(map[string]string{"sha256": hex.EncodeToString(sum.Sum(nil))}); err != nil {
		return err
	}
	return w.Flush()
}
