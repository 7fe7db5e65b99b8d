package media

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"

	"lantoa/storage"
)

// lapPage is how many ids a lap asks for at once.
const lapPage = 500

// lap goes round and round through all ids in slices, each beginning where the last ended. The first begins anywhere: a
// server that is started anew each day would otherwise never come to the end of a long list.
type lap struct {
	at    storage.BlobID
	begun bool
}

// round calls page for a slice of at least most ids, or for all of them once. page is given the id to go on behind and
// says how many it found there, and the last. After an error the next round begins with that page.
func (l *lap) round(most int, page func(after storage.BlobID, limit int) (n int, last storage.BlobID, err error)) error {
	if !l.begun {
		l.begun = true
		for i := 0; i < len(l.at); i += 8 {
			binary.BigEndian.PutUint64(l.at[i:], rand.Uint64())
		}
	}
	start, turned := l.at, false
	for seen := 0; seen < most; {
		n, last, err := page(l.at, lapPage)
		if err != nil {
			return err
		}
		seen += n
		l.at = last
		if n < lapPage {
			l.at = storage.BlobID{}
			if turned || start == l.at {
				return nil
			}
			turned = true
		} else if turned && bytes.Compare(last[:], start[:]) >= 0 {
			return nil
		}
	}
	return nil
}
