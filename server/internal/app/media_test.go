package app

import (
	"flag"
	"io"
	"testing"
)

func TestSizesOfFlags(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "1": 1, "5k": 5 << 10, "20G": 20 << 30, "20GiB": 20 << 30, "20 gb": -1, " 3M ": 3 << 20, "2T": 2 << 40,
		"-1": -1, "": -1, "G": -1, "1.5G": -1, "9999999T": -1, "9223372036854775807": 1<<63 - 1,
	} {
		var s byteSize
		err := s.Set(text)
		if want < 0 && err == nil || want >= 0 && (err != nil || int64(s) != want) {
			t.Errorf("%q: got %d, %v", text, s, err)
		}
		if want > 0 {
			var again byteSize
			if err := again.Set(s.String()); err != nil || again != s {
				t.Errorf("%q is written as %q", text, s.String())
			}
		}
	}
}

func TestAddressesOfBuckets(t *testing.T) {
	for text, want := range map[string][4]string{
		"s3://photos": {"https://s3.amazonaws.com", "photos", "", "host"},
		"s3://photos/a/b?endpoint=https://s3.example.vn&region=vn-1": {"https://s3.example.vn", "photos", "a/b", "path"},
		"https://s3.example.vn:9000/photos":                          {"https://s3.example.vn:9000", "photos", "", "path"},
		"http://127.0.0.1:9000/photos/here/?style=host":              {"http://127.0.0.1:9000", "photos", "here", "host"},
	} {
		o, err := parseS3(text)
		style := "host"
		if o.PathStyle {
			style = "path"
		}
		if got := [4]string{o.Endpoint, o.Bucket, o.Prefix, style}; err != nil || got != want {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "photos", "ftp://host/photos", "https://host", "s3://", "https://key:secret@host/photos", "s3://photos?key=secret", "s3://photos#x",
	} {
		if _, err := parseS3(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func TestAKeyIsNoFlag(t *testing.T) {
	f := flag.NewFlagSet("serve", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	var cfg Config
	serverFlags(f, &cfg)
	for _, name := range []string{"s3-access-key", "s3-secret-key"} {
		if f.Lookup(name) != nil {
			t.Errorf("-%s would be seen by everybody on the machine", name)
		}
	}
	if cfg.MediaQuota != 20<<30 || cfg.MinFree != 0 {
		t.Errorf("got %+v", cfg.MediaQuota)
	}
}
