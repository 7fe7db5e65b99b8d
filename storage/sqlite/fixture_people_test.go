package sqlite_test

import (
	"fmt"

	"lantoa/storage"
	"lantoa/syncproto"
)

// fixturePeople is what came with the third schema: units over time, what persons gained, accounts, notices and cases.
func fixturePeople(tx storage.Tx) error {
	person, unit, device := benchID(2e9), benchID(3e9), benchID(1e9)
	for _, err := range []error{
		tx.PutUnitVersion(&storage.UnitVersion{Unit: unit, Since: 50, Name: "Phường Ea Kao", Level: "Phường", Parent: benchID(10)}),
		tx.PutUnitSetting(&storage.UnitSetting{Unit: unit, OwnAllowed: true, AlarmAfter: 3_600_000}),
		tx.PutPerson(&storage.Person{ID: benchID(11), Name: "Hải", Phone: "+84905123456", Created: 1, Suspended: 2}),
		tx.PutPerson(&storage.Person{ID: benchID(12), Phone: "+84905123456", Closed: 3}),
		tx.PutContacts([]storage.Contact{{
			Device: device, At: 5, App: "lantoa 1.0", Unsent: 1, Oldest: 7,
			Troubles: []syncproto.Trouble{{Record: story(1).ID, Lane: syncproto.LaneOriginal, Code: syncproto.CodeQuota, Age: 8}},
		}}),
		tx.PutAccount(&storage.Account{
			Person: person, Login: "dao", Password: "$argon2id$", Created: 1, Changed: 2, Failed: 3, Until: 4, Handle: []byte{5}, Device: device,
		}),
		tx.PutPasskey(&storage.Passkey{ID: []byte{6}, Person: person, Name: "khoá", Created: 7, Used: 8, Data: []byte("{}")}),
		tx.PutSession(&storage.Session{
			Hash: [32]byte{9}, ID: benchID(13), Person: person, Created: 1, Proved: 2, Seen: 3, Expires: 4, Agent: "a", Method: "passkey",
		}),
		tx.PutSignInLink(&storage.SignInLink{Hash: [32]byte{10}, Person: person, Created: 1, Expires: 2, Used: 3}),
		tx.PutRecoveryCodes(person, []storage.RecoveryCode{{Hash: [32]byte{11}, Used: 5}, {Hash: [32]byte{12}}}),
		tx.PutCase(&storage.Case{
			ID: benchID(14), Kind: storage.CaseErasure, Person: person, Who: "Bà Đào", Record: story(1).ID, Consent: benchID(15), Unit: unit,
			Opened: 1, By: benchID(11), AnswerBy: 2, DoneBy: 3, Extended: 4, Answered: 5, Result: "partly", Note: "đã báo", Steps: []byte("{}"), Due: 6,
		}),
	} {
		if err != nil {
			return err
		}
	}
	for i, n := range []storage.Notice{{Kind: "returned", Due: 9, At: 1}, {Kind: "returned", Due: 10, At: 2}, {Kind: "waiting"}} {
		n.To, n.Record, n.Revision, n.Unit = syncproto.PersonScope(person), story(1).ID, 2, unit
		if _, err := tx.AddNotice(&n); err != nil {
			return err
		}
		if i == 0 {
			if err := tx.DropNotices(n.Record, 5); err != nil {
				return err
			}
		}
	}
	return nil
}

func fixturePeopleText(r storage.Reader) (out string) {
	person := benchID(2e9)
	say := func(got any, err error) { out += fmt.Sprintf("%+v %v\n", got, err) }
	versions, err := r.UnitVersions()
	say(versions, err)
	settings, err := r.UnitSettings()
	say(settings, err)
	persons, err := r.Persons("", -1)
	say(persons, err)
	phone, err := r.PersonByPhone("+84905123456")
	say(phone, err)
	members, err := r.Members(benchID(3e9))
	say(members, err)
	devices, err := r.DevicesOf(person)
	say(devices, err)
	audits, err := r.AuditsBy(person, 0, -1)
	say(audits, err)
	contact, err := r.Contact(benchID(1e9))
	say(contact, err)
	account, err := r.AccountByLogin("dao")
	say(account, err)
	passkeys, err := r.Passkeys(person)
	say(passkeys, err)
	sessions, err := r.Sessions(person)
	say(sessions, err)
	link, err := r.SignInLink([32]byte{10})
	say(link, err)
	codes, err := r.RecoveryCodes(person)
	say(codes, err)
	notices, err := r.Notices("", 0, -1)
	say(notices, err)
	cases, err := r.CasesDue(6, -1)
	say(cases, err)
	return out
}
