package sqlite_test

import (
	"fmt"

	"lantoa/storage"
	"lantoa/syncproto"
)

// fixturePush is what came with the sixth schema: where devices are rung, and what is sent there.
func fixturePush(tx storage.Tx) error {
	persons := []syncproto.ID{benchID(2e9), benchID(2e9 + 1), benchID(2e9 + 2)}
	i := &storage.Intent{
		Kind: string(syncproto.KindStory), Class: storage.ClassUrgent, Record: story(1).ID, Revision: 2, Unit: benchID(3e9), At: 1, Due: 2,
		Until: 900, Persons: 3,
	}
	if _, err := tx.AddIntent(i, []storage.Share{{Persons: persons[:2], Units: []syncproto.ID{benchID(3e9), ""}}, {Persons: persons[2:]}}); err != nil {
		return err
	}
	for n := range 2 {
		r := storage.Registration{
			Device: benchID(uint64(1e9 + n)), Person: persons[n], Service: "webpush", Kind: "endpoint", Platform: "web", Language: "en",
			Address: fmt.Sprint("https://push.example/", n), P256DH: "p", Auth: "a", App: "1.0", At: 3, Bad: 1,
		}
		if err := tx.PutRegistration(&r); err != nil {
			return err
		}
	}
	deliveries := []storage.Delivery{
		{Person: persons[0], Device: benchID(1e9), State: storage.DeliveryDue, Due: 2, Until: 900},
		{Person: persons[0], Device: benchID(1e9 + 7), State: storage.DeliveryDue, Due: 2, Until: 800},
		{Person: persons[1], Device: benchID(1e9 + 1), State: storage.DeliveryDue, Due: 3, Until: 900},
	}
	if _, err := tx.Plan(&storage.Share{Intent: i.Number}, deliveries); err != nil {
		return err
	}
	leased, err := tx.Lease(storage.ClassUrgent, 5, 60, 2)
	if err != nil {
		return err
	}
	if len(leased) < 2 {
		return fmt.Errorf("leased %d", len(leased))
	}
	notices, err := tx.NoticesDue(1<<50, 10)
	if err != nil {
		return err
	}
	for _, n := range notices { // those of a file that was migrated are taken
		if err := tx.NoticeTaken(n.Number); err != nil {
			return err
		}
	}
	for _, err := range []error{
		tx.Finish([]storage.Finished{{
			Delivery: leased[0].Delivery.Number, Lease: 60, State: storage.DeliveryDue, Code: "quota", Due: 70, At: 6,
			Attempt: storage.Attempt{At: 5, Took: 1, Result: "later", Code: "quota"},
		}}),
		tx.RetireRegistration(benchID(1e9+1), "https://push.example/1", "unregistered", 8),
		tx.Tell(20_000, persons[:2]),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func fixturePushText(r storage.Reader) (out string) {
	intents, intentsErr := r.IntentsOf(story(1).ID)
	open, openErr := r.Intents()
	due, dueErr := r.NoticesDue(1<<50, 10)
	told, toldErr := r.Told(20_000, []syncproto.ID{benchID(2e9), benchID(2e9 + 2)})
	counts, countsErr := r.RegistrationCounts()
	out = fmt.Sprintln(intents, intentsErr, open, openErr, due, dueErr, told, toldErr, counts, countsErr)
	for n := range uint64(2) {
		registration, err := r.Registration(benchID(1e9 + n))
		out += fmt.Sprintln(registration, err)
	}
	for _, i := range intents {
		deliveries, persons, tallyErr := r.Tally(i.Number)
		list, listErr := r.DeliveriesOf(i.Number, 0, 10)
		share, shareErr := r.NextShare(i.Number)
		n, oldest, waitingErr := r.Waiting(i.Class, 100)
		next, nextErr := r.NextDue(10)
		out += fmt.Sprintln(deliveries, persons, tallyErr, list, listErr, share, shareErr, n, oldest, waitingErr, next, nextErr)
		for _, d := range list {
			attempts, err := r.AttemptsOf(d.Number)
			out += fmt.Sprintln(attempts, err)
		}
	}
	return out
}
