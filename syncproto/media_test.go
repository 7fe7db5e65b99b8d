package syncproto

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

var someSum = strings.Repeat("ab", 32)

func photoWith(media, arrived Value) *Record {
	return &Record{Kind: KindPhoto, Fields: Fields{MediaField: media, ArrivedField: arrived}}
}

func TestMediaKeepsWhatItDoesNotKnow(t *testing.T) {
	text := `{"display":{"sha256":"` + someSum + `","size":9},"duration":7,"height":2,"later":[1],"sha256":"` + someSum +
		`","size":5,"thumbhash":"abc","thumbnail":{"sha256":"` + someSum + `","size":1},"type":"image/jpeg","width":3}`
	m, ok := MediaOf(photoWith(Value(text), ""))
	if !ok || m.Size != 5 || m.Display.Size != 9 || m.Width != 3 || m.Duration != 7 || m.Thumbhash != "abc" {
		t.Fatalf("read %+v, %v", m, ok)
	}
	if got := m.Value(); string(got) != text {
		t.Errorf("written %s", got)
	}
	if f, ok := m.File(LaneThumbnail); !ok || f.Size != 1 {
		t.Errorf("thumbnail %+v, %v", f, ok)
	}
	if _, ok := m.File("poster"); ok {
		t.Error("a lane that nobody knows has a file")
	}
}

func TestCheckMediaRefuses(t *testing.T) {
	good := `"sha256":"` + someSum + `","size":5,"type":"image/jpeg"`
	for name, text := range map[string]string{
		"upper case":      `{"sha256":"` + strings.ToUpper(someSum) + `","size":5,"type":"image/jpeg"}`,
		"no type":         `{"sha256":"` + someSum + `","size":5}`,
		"negative width":  `{` + good + `,"width":-1}`,
		"thumbnail size":  `{` + good + `,"thumbnail":{"sha256":"` + someSum + `","size":30721}}`,
		"thumbnail text":  `{` + good + `,"thumbnail":"x"}`,
		"display no hash": `{` + good + `,"display":{"size":3}}`,
		"long thumbhash":  `{` + good + `,"thumbhash":"` + strings.Repeat("a", 51) + `"}`,
	} {
		v, err := ParseValue([]byte(text))
		if err != nil {
			t.Fatal(name, err)
		}
		if err := CheckField(KindPhoto, MediaField, v); !errors.Is(err, E(CodeInvalidField, "", nil)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestArrivedSpeaksOfOneFile(t *testing.T) {
	media := Value(`{"sha256":"` + someSum + `","size":5,"type":"image/jpeg"}`)
	a := Arrived{
		Of: someSum, Lanes: map[Lane]Arrival{LaneThumbnail: ArrivalStored, LaneOriginal: ArrivalRefused},
		Shows: []Lane{LaneThumbnail}, Code: CodeMediaBroken, Thumbhash: "xyz",
	}
	got, ok := ArrivedOf(photoWith(media, a.Value()))
	if !ok || !reflect.DeepEqual(got, a) {
		t.Errorf("read %+v, %v", got, ok)
	}
	a.Of = strings.Repeat("cd", 32)
	if got, ok := ArrivedOf(photoWith(media, a.Value())); ok {
		t.Errorf("of another file: %+v", got)
	}
}

func TestMediaAskTravels(t *testing.T) {
	ask := &MediaAsk{Items: []MediaItem{{Record: "01968c5e-0000-7000-8000-000000000020", Lane: LaneDisplay}}}
	wire := AppendMediaAsk(nil, ask)
	if got, err := DecodeMediaAsk(wire); err != nil || !reflect.DeepEqual(got, ask) {
		t.Errorf("%s: %+v, %v", wire, got, err)
	}
	answer := &MediaAnswer{Items: []MediaStatus{
		{MediaItem: ask.Items[0], State: MediaReceiving, Upload: "01968c5e-0000-7000-8000-000000000021", Offset: 77},
		{MediaItem: ask.Items[0], State: MediaRefused, Code: CodeForbidden},
	}}
	wire = AppendMediaAnswer(nil, answer)
	if got, err := DecodeMediaAnswer(wire); err != nil || !reflect.DeepEqual(got, answer) {
		t.Errorf("%s: %+v, %v", wire, got, err)
	}
	item := `{"lane":"display","record":"01968c5e-0000-7000-8000-000000000020"}`
	for text, code := range map[string]Code{
		`{}`:                       CodeMissingMember,
		`{"items":[{"lane":"x"}]}`: CodeMissingMember,
		`{"items":[` + strings.Repeat(item+",", MaxMediaAsk) + item + `]}`:                                CodeTooMany,
		`{"items":[{"lane":"x","record":"01968c5e-0000-7000-8000-000000000020"}]}`:                        CodeInvalidValue,
		`{"items":[{"Lane":"display","record":"01968c5e-0000-7000-8000-000000000020"}]}`:                  CodeMissingMember,
		`{"items":[{"lane":"display","lane":"display","record":"01968c5e-0000-7000-8000-000000000020"}]}`: CodeDuplicateKey,
	} {
		if _, err := DecodeMediaAsk([]byte(text)); CodeOf(err) != code {
			t.Errorf("%.80s: %v, not %s", text, err, code)
		}
	}
}
