package mobilesdk

import (
	"testing"

	"lantoa/syncproto"
)

func TestAddressesAsPeopleTypeThem(t *testing.T) {
	for typed, want := range map[string]string{
		"localhost:8080": "http://localhost:8080", "127.0.0.1:8080": "http://127.0.0.1:8080", "[::1]:8080": "http://[::1]:8080",
		"192.168.1.5:8080": "http://192.168.1.5:8080", " 10.0.0.2/ ": "http://10.0.0.2",
		"lantoa.example.vn": "https://lantoa.example.vn", "lantoa.example.vn:8443/a": "https://lantoa.example.vn:8443/a",
		"8.8.8.8": "https://8.8.8.8", "http://lantoa.example.vn/": "http://lantoa.example.vn",
		"": "", "ftp://x": "", "http://": "", "https://a@b": "", "https://a?b=c": "",
	} {
		got, err := cleanServer(typed)
		if want == "" && syncproto.CodeOf(err) != syncproto.CodeUsage || want != "" && (err != nil || got != want) {
			t.Errorf("%q: %q, %v; want %q", typed, got, err, want)
		}
	}
}

// TestAServersDiskIsNotThePhones keeps a full server from being told as a full phone.
func TestAServersDiskIsNotThePhones(t *testing.T) {
	err := refusal(&Response{Status: 507, Body: []byte(`{"code":"store_full"}`)})
	if syncproto.CodeOf(err) != syncproto.CodeUnavailable {
		t.Errorf("got %s", syncproto.CodeOf(err))
	}
}
