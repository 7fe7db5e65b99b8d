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
