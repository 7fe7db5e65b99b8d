package sqlite_test

import (
	"fmt"

	"lantoa/storage"
	"lantoa/syncproto"
)

// fixtureCalls is what came with the fifth schema: campaigns, calls and their lists, facts, tags and preferences.
func fixtureCalls(tx storage.Tx) error {
	person, unit, call := benchID(2e9), benchID(3e9), benchID(20)
	for _, err := range []error{
		tx.PutCampaign(&storage.Campaign{
			ID: benchID(21), Title: "Hiến máu", TitleEN: "Blood", About: "a", Units: []syncproto.ID{unit}, From: 1, Until: 2, By: person,
			Created: 3, Changed: 4, Closed: 5,
		}),
		tx.PutCall(&storage.Call{
			ID: call, Campaign: benchID(21), Units: []syncproto.ID{unit, benchID(10)}, Kind: syncproto.CallUrgent,
			State: storage.CallScheduled, Revision: 2, Title: "Cần máu", Body: "Ngay", TitleEN: "Blood", BodyEN: "Now", SMS: "Can mau",
			Place: `{"x":1}`, Starts: 1, Ends: 2, Deadline: 3, Capacity: 40, Choices: []storage.Choice{{Name: "yes", VI: "Có", EN: "Yes", Takes: true}},
			Link: "https://example.org", About: benchID(22), Attachments: []syncproto.ID{benchID(23)}, Code: "K7", Audience: []byte(`{"all":[]}`),
			Due: 4, By: person, Created: 5, Changed: 6, Proposed: person, Second: benchID(11), SecondAt: 7, Sent: 8, Over: 9,
			OverBy: benchID(11), Recipient: 2, Gone: 100, Reason: syncproto.CodeAudienceEmpty,
		}),
		tx.AddRecipients([]storage.Recipient{
			{
				Call: call, Person: person, Unit: unit, Gone: 100, Received: 1, Shown: 2, Opened: 3, Choice: "yes", Count: 2,
				Standing: syncproto.StateRegistered, Arrived: 1, Answered: 4, Promoted: 5, Came: 6,
			},
			{Call: call, Person: benchID(11), Unit: unit, Gone: 100, Choice: "yes", Standing: syncproto.StateWaiting, Count: 1, Arrived: 2},
			{Call: call, Person: benchID(12), Gone: 50},
		}),
		tx.PutFact(&storage.Fact{Person: person, Name: "blood_group", Sealed: []byte{0, 1}, Consent: 1, How: "app", By: person, Changed: 2}),
		tx.PutTags(person, []storage.Tag{{Name: "lái xe", Skill: true}, {Name: "hiến máu"}}),
		tx.PutPreference(&storage.Preference{Person: person, Muted: []syncproto.CallKind{syncproto.CallReminder}, MayPhone: true, Language: "en"}),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func fixtureCallsText(r storage.Reader) (out string) {
	person, unit, call := benchID(2e9), benchID(3e9), benchID(20)
	say := func(got any, err error) { out += fmt.Sprintf("%+v %v\n", got, err) }
	campaigns, err := r.Campaigns("", -1)
	say(campaigns, err)
	calls, err := r.Calls(storage.CallQuery{Units: []syncproto.ID{unit}, States: []storage.CallState{storage.CallScheduled}, Limit: 5})
	say(calls, err)
	due, err := r.CallsDue(4, 5)
	say(len(due), err)
	recipients, err := r.Recipients(call, "", -1)
	say(recipients, err)
	audiences, err := r.Audiences(person, 5, 24)
	say(audiences, err)
	places, err := r.Places(call)
	say(places, err)
	last, err := r.LastArrived(call)
	say(last, err)
	waiting, err := r.WaitingList(call, 5)
	say(waiting, err)
	reaches, err := r.Reaches(call)
	say(reaches, err)
	unreached, err := r.Unreached(call, "", 5)
	say(unreached, err)
	err = r.Candidates([]string{"blood_group"}, func(c *storage.Candidate) bool {
		say(*c, nil)
		return true
	})
	say(nil, err)
	tags, err := r.Tags()
	say(tags, err)
	preference, err := r.Preference(person)
	say(*preference, err)
	return out
}
