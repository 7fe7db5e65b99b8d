package privacy_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"lantoa/server/internal/people"
	"lantoa/server/internal/privacy"
	"lantoa/storage"
	"lantoa/syncproto"
)

// tellsMuch gives a volunteer all that calls and pushes keep of somebody, and returns the call.
func (w *world) tellsMuch() syncproto.ID {
	w.t.Helper()
	call := storage.Call{ID: syncproto.NewID(), Units: []syncproto.ID{w.unit}, Kind: syncproto.CallOrdinary, State: storage.CallSent, Revision: 1}
	w.must(w.store.Update(w.t.Context(), func(tx storage.Tx) error {
		id := w.lan.person
		for _, write := range []func() error{
			func() error {
				return tx.PutFact(&storage.Fact{Person: id, Name: "blood_group", Sealed: []byte("sealed"), Consent: 5, How: "written", By: w.minh.person, Changed: 6})
			},
			func() error { return tx.PutTags(id, []storage.Tag{{Name: "BIMAT-nhan"}}) },
			func() error {
				return tx.PutPreference(&storage.Preference{Person: id, MayPhone: true, Muted: []syncproto.CallKind{syncproto.CallReminder}})
			},
			func() error {
				return tx.PutRegistration(&storage.Registration{
					Device: w.lan.device.ID, Person: id, Service: "webpush", Kind: "endpoint", Platform: "web", Address: "https://BIMAT-diachi", P256DH: "BIMAT-khoa",
					Auth: "BIMAT-khoa2", At: 5,
				})
			},
			func() error { return tx.PutCall(&call) },
			func() error {
				return tx.AddRecipients([]storage.Recipient{{
					Call: call.ID, Person: id, Unit: w.unit, Gone: w.now + 1, Choice: "yes", Standing: syncproto.StateRegistered, Count: 3, Answered: 7,
				}})
			},
		} {
			if err := write(); err != nil {
				return err
			}
		}
		return nil
	}))
	return call.ID
}

func TestExportHasWhatPeopleTold(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		call := w.tellsMuch()
		c := w.opens(storage.CaseAccess)
		export, err := w.cases.Export(t.Context(), w.admin.by(), c.ID)
		w.must(err)
		var out bytes.Buffer
		w.must(export.WriteTo(t.Context(), &out))
		z, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
		w.must(err)
		var all strings.Builder
		for _, f := range z.File {
			r, err := f.Open()
			w.must(err)
			text, err := io.ReadAll(r)
			w.must(err)
			all.Write(text)
		}
		for _, text := range []string{`"value":"O+"`, "BIMAT-nhan", `"may_phone":true`, `"service":"webpush"`, `"call":"` + string(call), `"choice":"yes"`} {
			if !strings.Contains(all.String(), text) {
				t.Errorf("%s is not in it", text)
			}
		}
		for _, secret := range []string{"BIMAT-diachi", "BIMAT-khoa"} {
			if strings.Contains(all.String(), secret) {
				t.Errorf("%s is in it", secret)
			}
		}
		w.wantQuiet("BIMAT", "O+")
	})
}

func TestErasureTakesWhatPeopleTold(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		call := w.tellsMuch()
		c := w.opens(storage.CaseErasure)
		plan, err := w.cases.Erase(t.Context(), w.admin.by(), c.ID, "")
		w.must(err)
		told := 0
		for _, item := range plan.Goes {
			if item.Code == privacy.GoesTold {
				told = item.Count
			}
		}
		if told != 4 { // a fact, a tag, a registration, a call
			t.Errorf("the plan is %+v", plan)
		}
		_, err = w.cases.Erase(t.Context(), w.admin.by(), c.ID, plan.Token)
		w.must(err)
		w.work()
		w.wantNothingTold(call)
		if len(w.freed) != 1 || w.freed[0] != call {
			t.Errorf("a place that came free is told of for %v", w.freed)
		}
		w.wantNowhere("BIMAT-nhan", "BIMAT-diachi", "BIMAT-khoa")
	})
}

// TestClosingForgetsFacts: whoever leaves is called no more; what they did stays counted until they ask.
func TestClosingForgetsFacts(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		call := w.tellsMuch()
		w.now++
		w.must(w.people.Close(t.Context(), people.Actor{Person: w.admin.person}, w.lan.person))
		w.view(func(r storage.Reader) error {
			facts, err := r.FactsOf(w.lan.person)
			w.must(err)
			tags, err := r.TagsOf(w.lan.person)
			w.must(err)
			one, err := r.Recipient(call, w.lan.person)
			if len(facts) != 0 || len(tags) != 0 || one.Choice != "yes" {
				t.Errorf("left are %v %v %+v", facts, tags, one)
			}
			return err
		})
	})
}

// wantNothingTold looks that nothing is left but that the person stood on a list.
func (w *world) wantNothingTold(call syncproto.ID) {
	w.t.Helper()
	w.view(func(r storage.Reader) error {
		facts, err := r.FactsOf(w.lan.person)
		w.must(err)
		tags, err := r.TagsOf(w.lan.person)
		w.must(err)
		want, err := r.Preference(w.lan.person)
		w.must(err)
		list, err := r.RegistrationsOf([]syncproto.ID{w.lan.person})
		w.must(err)
		if len(facts)+len(tags)+len(list) != 0 || want.MayPhone || len(want.Muted) != 0 {
			w.t.Errorf("left are %v %v %v %+v", facts, tags, list, want)
		}
		if _, err := r.Registration(w.lan.device.ID); syncproto.KindOf(err) != syncproto.NotFound {
			w.t.Errorf("the registration is there: %v", err)
		}
		one, err := r.Recipient(call, w.lan.person)
		if one != nil && (one.Choice != "" || one.Answered != 0 || one.Standing != "") {
			w.t.Errorf("on the list stands %+v", one)
		}
		return err
	})
}
