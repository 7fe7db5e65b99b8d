package privacy_test

import (
	"testing"

	"lantoa/server/internal/privacy"
	"lantoa/storage"
	"lantoa/syncproto"
)

// TestAPartOfAPersonIsNotThePerson: an admin gives somebody of another commune, or of the province, a role in their own. That
// opens a case, and nothing of what the person has or did elsewhere.
func TestAPartOfAPersonIsNotThePerson(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		other, err := w.people.CreateUnit(ctx, syncproto.Unit{Name: "Hoằng Phụ", Parent: w.province})
		w.must(err)
		stranger, _, err := w.people.CreatePerson(ctx, "BIMAT Trần Văn Bưởi", other.ID, syncproto.RoleVolunteer)
		w.must(err)
		for _, person := range []syncproto.ID{stranger.ID, w.operator.person} {
			_, err = w.people.AddGrant(ctx, syncproto.Grant{Person: person, Unit: w.unit, Role: syncproto.RoleVolunteer})
			w.must(err)
			for _, kind := range []storage.CaseKind{storage.CaseAccess, storage.CaseCorrection, storage.CaseErasure} {
				c, err := w.cases.Open(ctx, w.admin.by(), privacy.Request{Kind: kind, Person: person, Unit: w.unit})
				w.must(err)
				_, found, err := w.cases.Show(ctx, w.admin.by(), c.ID)
				if err != nil || !found.Elsewhere || found.Name != "" || found.Devices != 0 || len(found.Candidates) != 0 {
					t.Errorf("%s shows %+v %v", kind, found, err)
				}
				_, err = w.cases.Export(ctx, w.admin.by(), c.ID)
				wantCode(t, err, syncproto.CodeForbidden)
				if kind == storage.CaseCorrection {
					_, err = w.cases.Correct(ctx, w.admin.by(), c.ID, privacy.Correction{Name: "Khác"})
					wantCode(t, err, syncproto.CodeForbidden)
				}
				if kind == storage.CaseErasure {
					_, err = w.cases.Erase(ctx, w.admin.by(), c.ID, "")
					wantCode(t, err, syncproto.CodeForbidden)
				}
				if _, found, err := w.cases.Show(ctx, w.operator.by(), c.ID); err != nil || found.Elsewhere || found.Name == "" {
					t.Errorf("the operator sees of %s %+v %v", kind, found, err)
				}
			}
		}
		// Whoever has left is the business of those whom they left last.
		grants, err := w.grantsOf(stranger.ID)
		w.must(err)
		for _, g := range grants {
			w.now++
			w.must(w.people.EndGrant(ctx, stranger.ID, g.ID))
		}
		c, err := w.cases.Open(ctx, w.admin.by(), privacy.Request{Kind: storage.CaseAccess, Person: stranger.ID, Unit: w.unit})
		w.must(err)
		_, found, err := w.cases.Show(ctx, w.admin.by(), c.ID)
		if err != nil || found.Elsewhere == (grants[len(grants)-1].Unit == w.unit) {
			t.Errorf("of somebody who left: %+v %v", found, err)
		}
	})
}

func (w *world) grantsOf(person syncproto.ID) (grants []syncproto.Grant, err error) {
	err = w.store.View(w.t.Context(), func(r storage.Reader) (err error) {
		grants, err = r.Grants(person)
		return err
	})
	return grants, err
}

// TestWithdrawalElsewhereTellsNothing: whether a record of others is a draft or submitted cannot be found out by asking.
func TestWithdrawalElsewhereTellsNothing(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		other, err := w.people.CreateUnit(t.Context(), syncproto.Unit{Name: "Hoằng Phụ", Parent: w.province})
		w.must(err)
		editor, _, err := w.people.CreatePerson(t.Context(), "Sen", other.ID, syncproto.RoleEditor)
		w.must(err)
		draft, submitted := w.lan.story("Nháp", "x"), w.lan.story("Gửi", "x")
		w.lan.commands(syncproto.KindStory, submitted, syncproto.CommandSubmit, "")
		for _, record := range []syncproto.ID{draft, submitted, syncproto.NewID()} {
			_, err := w.cases.Open(t.Context(), privacy.By{Person: editor.ID, Proved: w.now}, privacy.Request{Kind: storage.CaseWithdrawal, Record: record})
			wantCode(t, err, syncproto.CodeNotFound)
		}
	})
}
