package syncproto

// MediaAsk asks how far files have come, many at once: what a phone wants to know when the network is back (S-165).
type MediaAsk struct {
	Items []MediaItem // at most MaxMediaAsk
}

// MediaItem names one file: the lane of a photo.
type MediaItem struct {
	Record ID
	Lane   Lane
}

// MediaState is what the server wants of a file.
type MediaState string

// The states. Those of Arrival have the same names.
const (
	MediaNeed      MediaState = "need"      // create an upload
	MediaReceiving MediaState = "receiving" // go on at Offset of Upload
	MediaChecking  MediaState = "checking"  // whole; nothing more to send
	MediaStored    MediaState = "stored"    // a receipt: kept for good, hash checked
	MediaRefused   MediaState = "refused"   // do not send it: Code says why
)

// UploadClaim is the key of Upload-Metadata, without a value, by which a phone claims a file whose bytes it has no more:
// a server that cannot tell whether it has them answers unavailable then, instead of asking for them (S-168).
const UploadClaim = "claim"

// MediaAnswer answers a MediaAsk, item by item in its order.
type MediaAnswer struct {
	Items []MediaStatus
}

// MediaStatus is the state of one file.
type MediaStatus struct {
	MediaItem
	State  MediaState
	Upload ID    // for receiving; its address is the one of the collection with this id behind it
	Offset int64 // bytes that the server has of it
	Code   Code  // for refused: record_missing, forbidden, quota_exceeded, media_unsupported, …
}

// AppendMediaAsk appends the wire form.
func AppendMediaAsk(dst []byte, a *MediaAsk) []byte {
	w := objectWriter{dst: append(dst, '{')}
	w.key("items")
	w.dst = append(w.dst, '[')
	for i, item := range a.Items {
		if i > 0 {
			w.dst = append(w.dst, ',')
		}
		o := objectWriter{dst: append(w.dst, '{')}
		o.str("lane", string(item.Lane))
		o.str("record", string(item.Record))
		w.dst = o.close()
	}
	w.dst = append(w.dst, ']')
	return w.close()
}

// DecodeMediaAsk reads a question strictly.
func DecodeMediaAsk(data []byte) (*MediaAsk, error) {
	a := &MediaAsk{}
	err := decodeItems(data, func(s *scanner) error {
		item, err := s.mediaStatus()
		if err == nil && (item.Record == "" || item.Lane == "") {
			err = s.fail(CodeMissingMember)
		}
		if err == nil && !item.Lane.Valid() {
			err = s.fail(CodeInvalidValue)
		}
		a.Items = append(a.Items, item.MediaItem)
		return err
	})
	return a, err
}

// AppendMediaAnswer appends the wire form.
func AppendMediaAnswer(dst []byte, a *MediaAnswer) []byte {
	w := objectWriter{dst: append(dst, '{')}
	w.key("items")
	w.dst = append(w.dst, '[')
	for i := range a.Items {
		if i > 0 {
			w.dst = append(w.dst, ',')
		}
		item := &a.Items[i]
		o := objectWriter{dst: append(w.dst, '{')}
		o.str("code", string(item.Code))
		o.str("lane", string(item.Lane))
		o.int("offset", item.Offset)
		o.str("record", string(item.Record))
		o.str("state", string(item.State))
		o.str("upload", string(item.Upload))
		w.dst = o.close()
	}
	w.dst = append(w.dst, ']')
	return w.close()
}

// DecodeMediaAnswer reads an answer strictly. States and lanes that this build does not know are kept.
func DecodeMediaAnswer(data []byte) (*MediaAnswer, error) {
	a := &MediaAnswer{}
	err := decodeItems(data, func(s *scanner) error {
		item, err := s.mediaStatus()
		if err == nil && (item.Record == "" || item.State == "") {
			err = s.fail(CodeMissingMember)
		}
		a.Items = append(a.Items, item)
		return err
	})
	return a, err
}

// decodeItems reads {"items":[…]}, and passes over members that this build does not know.
func decodeItems(data []byte, item func(*scanner) error) error {
	s := newScanner(data)
	found := false
	err := s.object(MaxFields, func(key string) error {
		if key != "items" {
			return s.skip()
		}
		found = true
		return s.array(MaxMediaAsk, func(int) error { return item(s) })
	})
	if err == nil {
		err = s.end()
	}
	if err == nil && !found {
		err = s.fail(CodeMissingMember)
	}
	return err
}

func (s *scanner) mediaStatus() (m MediaStatus, err error) {
	err = s.object(MaxFields, func(key string) (err error) {
		var text string
		switch key {
		case "code":
			text, err = s.short(64)
			m.Code = Code(text)
		case "lane":
			text, err = s.short(64)
			m.Lane = Lane(text)
		case "offset":
			m.Offset, err = s.integer()
			if err == nil && m.Offset < 0 {
				err = s.fail(CodeInvalidValue)
			}
		case "record":
			m.Record, err = s.id()
		case "state":
			text, err = s.short(64)
			m.State = MediaState(text)
		case "upload":
			m.Upload, err = s.id()
		default:
			err = s.skip()
		}
		return err
	})
	return m, err
}
