package syncproto_test

import (
	"reflect"
	"testing"

	"lantoa/syncproto"
)

type registrationCase struct {
	header
	In        string `json:"in"`
	Canonical string `json:"canonical"`
	Error     string `json:"error"`
}

func TestRegistrationVectors(t *testing.T) {
	run(t, "registration.json", func(t *testing.T, c registrationCase) {
		req, err := syncproto.DecodeRegistrationRequest([]byte(c.In))
		if !refused(t, err, c.Error) {
			equal(t, "canonical form", string(syncproto.AppendRegistrationRequest(nil, req)), c.Canonical)
		}
	})
}

func TestPushInfoKeepsItsForm(t *testing.T) {
	for _, want := range []*syncproto.PushInfo{
		{},
		{Services: []string{"fcm", "webpush"}, VAPIDKey: "BPublicKey", Registered: true},
		{Services: []string{"fcm"}, Code: "unregistered"},
	} {
		wire := syncproto.AppendPushInfo(nil, want)
		got, err := syncproto.DecodePushInfo(wire)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v; want %+v", wire, got, err, want)
		}
	}
}

// FuzzRegistration: whatever is taken keeps its meaning when it is written and read again, and is one of the combinations
// that a server knows.
func FuzzRegistration(f *testing.F) {
	f.Add([]byte(`{"service":"fcm","kind":"token","platform":"android","address":"d1:APA91b-x"}`))
	f.Add([]byte(`{"service":"webpush","kind":"endpoint","platform":"web","address":"https://a.b/c","p256dh":"x","auth":"y","language":"vi"}`))
	f.Add([]byte(`{"service":"webpush","kind":"fid","platform":"ios","address":"\u0000","more":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		req, err := syncproto.DecodeRegistrationRequest(data)
		if err != nil {
			return
		}
		again, err := syncproto.DecodeRegistrationRequest(syncproto.AppendRegistrationRequest(nil, req))
		if err != nil || *again != *req {
			t.Fatalf("%+v became %+v, %v", req, again, err)
		}
		if keys := req.P256DH != "" && req.Auth != ""; keys != (req.Kind == syncproto.TargetEndpoint) || len(req.Address) > syncproto.MaxTargetBytes {
			t.Fatalf("%+v was taken", req)
		}
	})
}
