package syncproto_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"lantoa/syncproto"
)

type mediaCase struct {
	header
	Media      string                      `json:"media"`
	Record     string                      `json:"record"`
	Ask        string                      `json:"ask"`
	Answer     string                      `json:"answer"`
	Canonical  string                      `json:"canonical"`
	Files      map[syncproto.Lane]fileWant `json:"files"`
	Arrived    json.RawMessage             `json:"arrived"`
	PassedOver bool                        `json:"passed_over"`
	Error      string                      `json:"error"`
}

type fileWant struct {
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
}

func TestMediaVectors(t *testing.T) {
	run(t, "media.json", func(t *testing.T, c mediaCase) {
		switch {
		case c.Media != "":
			checkAnnouncement(t, c)
		case c.Record != "":
			checkArrived(t, c)
		case c.Ask != "":
			a, err := syncproto.DecodeMediaAsk([]byte(c.Ask))
			if !refused(t, err, c.Error) {
				equal(t, "canonical form", string(syncproto.AppendMediaAsk(nil, a)), c.Canonical)
			}
		default:
			a, err := syncproto.DecodeMediaAnswer([]byte(c.Answer))
			if !refused(t, err, c.Error) {
				equal(t, "canonical form", string(syncproto.AppendMediaAnswer(nil, a)), c.Canonical)
			}
		}
	})
}

// checkAnnouncement holds that a good announcement names its files and survives being read and written, and that a bad
// one is none.
func checkAnnouncement(t *testing.T, c mediaCase) {
	v, err := syncproto.ParseValue([]byte(c.Media))
	if err != nil {
		t.Fatal(err)
	}
	r := &syncproto.Record{Kind: syncproto.KindPhoto, Fields: syncproto.Fields{syncproto.MediaField: v}}
	m, ok := syncproto.MediaOf(r)
	if ok == (c.Error != "") {
		t.Errorf("it is an announcement: %v", ok)
	}
	if refused(t, syncproto.CheckField(syncproto.KindPhoto, syncproto.MediaField, v), c.Error) {
		return
	}
	equal(t, "canonical form", string(v), c.Canonical)
	files := map[syncproto.Lane]fileWant{}
	for _, lane := range syncproto.Lanes() {
		if f, has := m.File(lane); has {
			files[lane] = fileWant(f)
		}
	}
	if !reflect.DeepEqual(files, c.Files) {
		t.Errorf("got files %v, want %v", files, c.Files)
	}
	r.Fields[syncproto.MediaField] = m.Value()
	if again, ok := syncproto.MediaOf(r); !ok || !reflect.DeepEqual(again, m) {
		t.Errorf("written and read again: %+v, %v", again, ok)
	}
}

func checkArrived(t *testing.T, c mediaCase) {
	r, err := syncproto.DecodeRecord([]byte(c.Record))
	if err != nil {
		t.Fatal(err)
	}
	got, ok := syncproto.ArrivedOf(r)
	if ok == c.PassedOver {
		t.Fatalf("read %+v, %v", got, ok)
	}
	if c.PassedOver {
		return
	}
	var want struct {
		Lanes     map[syncproto.Lane]syncproto.Arrival `json:"lanes"`
		Shows     []syncproto.Lane                     `json:"shows"`
		Code      syncproto.Code                       `json:"code"`
		Thumbhash string                               `json:"thumbhash"`
	}
	if err := json.Unmarshal(c.Arrived, &want); err != nil {
		t.Fatal(err)
	}
	media, _ := syncproto.MediaOf(r)
	if want.Lanes == nil {
		want.Lanes = map[syncproto.Lane]syncproto.Arrival{}
	}
	all := syncproto.Arrived{Of: media.SHA256, Lanes: want.Lanes, Shows: want.Shows, Code: want.Code, Thumbhash: want.Thumbhash}
	if !reflect.DeepEqual(got, all) {
		t.Errorf("got %+v, want %+v", got, all)
	}
}
