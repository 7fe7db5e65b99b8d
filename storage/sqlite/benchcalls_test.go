package sqlite_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"lantoa/storage"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

const benchPeople = 50_000

func benchPerson(n uint64) syncproto.ID { return benchID(2e9 + n) }
func benchUnit(n uint64) syncproto.ID   { return benchID(3e9 + n%400) }
func benchCall(n uint64) syncproto.ID   { return benchID(7e9 + 100*n) }

func benchRecipient(call, n uint64) storage.Recipient {
	return storage.Recipient{Call: benchCall(call), Person: benchPerson(n), Unit: benchUnit(n / 125), Gone: 1000}
}

// addList puts the first persons on the list of a call, 500 in a transaction.
func addList(b *testing.B, s *sqlite.Store, call, persons uint64) {
	b.Helper()
	for first := uint64(0); first < persons; first += 500 {
		list := make([]storage.Recipient, 0, 500)
		for n := first; n < min(first+500, persons); n++ {
			list = append(list, benchRecipient(call, n))
		}
		if err := s.Update(b.Context(), func(tx storage.Tx) error { return tx.AddRecipients(list) }); err != nil {
			b.Fatal(err)
		}
	}
}

// ask measures a question in a view, by its CPU time, which does not depend on who else is at work.
func ask(b *testing.B, s *sqlite.Store, question func(r storage.Reader) error) {
	b.Helper()
	used := cpu()
	for b.Loop() {
		if err := s.View(b.Context(), question); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpu()-used).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
}

// BenchmarkAudiences is asked at every sync, here of persons with 4 calls that stand and 20 that are over.
func BenchmarkAudiences(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "lantoa.db"))
	for call := range uint64(24) {
		list := make([]storage.Recipient, 1000)
		for n := range list {
			list[n] = benchRecipient(call, uint64(n))
			list[n].Gone = 1 + int64(call/20*1000)
		}
		if err := s.Update(b.Context(), func(tx storage.Tx) error { return tx.AddRecipients(list) }); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	err := s.View(b.Context(), func(r storage.Reader) error {
		used := cpu()
		n := uint64(0)
		for b.Loop() {
			got, err := r.Audiences(benchPerson(n*7919%1000), 500, 24)
			if n++; err != nil || len(got) != 4 {
				b.Fatal(got, err)
			}
		}
		b.ReportMetric(float64((cpu()-used).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkCandidates is what a preview looks at: 50,000 persons with a grant each, every third with tags, of whom 20,000
// told two facts.
func BenchmarkCandidates(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "lantoa.db"))
	fill(b, s, benchPeople, func(tx storage.Tx, n uint64) error {
		if err := benchCandidate(tx, n); err != nil || n%5 > 1 {
			return err
		}
		for _, name := range []string{"blood_group", "last_whole_blood", "other"} {
			f := storage.Fact{Person: benchPerson(n), Name: name, Sealed: make([]byte, 40), Consent: 5, How: "written", By: benchPerson(1), Changed: 6}
			if err := tx.PutFact(&f); err != nil {
				return err
			}
		}
		return nil
	})
	for name, facts := range map[string][]string{"facts=0": nil, "facts=2": {"blood_group", "last_whole_blood"}} {
		b.Run(name, func(b *testing.B) {
			ask(b, s, func(r storage.Reader) error {
				persons, told := 0, 0
				err := r.Candidates(facts, func(c *storage.Candidate) bool {
					persons, told = persons+1, told+len(c.Facts)
					return true
				})
				if persons != benchPeople || told != len(facts)*benchPeople*2/5 {
					b.Fatal(persons, told)
				}
				return err
			})
		})
	}
}

func benchCandidate(tx storage.Tx, n uint64) error {
	person := benchPerson(n)
	if err := tx.PutPerson(&storage.Person{ID: person, Name: "Nguyễn Thị Đào", Phone: fmt.Sprint("+84", 900_000_000+n)}); err != nil {
		return err
	}
	if n%3 == 0 {
		if err := tx.PutTags(person, []storage.Tag{{Name: "hiến máu"}, {Name: "lái xe", Skill: true}}); err != nil {
			return err
		}
	}
	return tx.PutGrant(&syncproto.Grant{ID: benchID(4e9 + n), Person: person, Unit: benchUnit(n / 125), Role: syncproto.RoleVolunteer})
}

// BenchmarkAddRecipients is one share: 500 persons, of whom each is on 10 lists already.
func BenchmarkAddRecipients(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "lantoa.db"))
	for call := range uint64(10) {
		addList(b, s, call, benchPeople)
	}
	const share = 500
	list := make([]storage.Recipient, share)
	b.ResetTimer()
	used := cpu()
	for i := range uint64(b.N) {
		first := i * share % benchPeople
		for n := range list {
			list[n] = benchRecipient(100+i*share/benchPeople, first+uint64(n))
		}
		if err := s.Update(b.Context(), func(tx storage.Tx) error { return tx.AddRecipients(list) }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/1000/share/float64(b.N), "µs/row")
	b.ReportMetric(float64((cpu()-used).Nanoseconds())/1000/share/float64(b.N), "cpu-µs/row")
}

// BenchmarkAnswers is a storm: each answer of many reads its recipient and where the call stands, and writes, 20 in a
// transaction. Forty have a place; all others wait.
func BenchmarkAnswers(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "lantoa.db"))
	addList(b, s, 1, benchPeople)
	call, next := benchCall(1), int64(0)
	answer := func(tx storage.Tx) error {
		m, err := tx.Recipient(call, benchPerson(uint64(next)%benchPeople))
		if err != nil {
			return err
		}
		places, err := tx.Places(call)
		if err != nil {
			return err
		}
		last, err := tx.LastArrived(call)
		if err != nil {
			return err
		}
		if places > 40 {
			return fmt.Errorf("%d places", places)
		}
		next++
		m.Choice, m.Count, m.Standing, m.Arrived, m.Answered = syncproto.ChoiceYes, 1, syncproto.StateWaiting, last+1, 5
		if places < 40 {
			m.Standing = syncproto.StateRegistered
		}
		return tx.PutRecipient(m)
	}
	b.ResetTimer()
	used := cpu()
	for i := 0; i < b.N; i += 20 {
		err := s.Update(b.Context(), func(tx storage.Tx) error {
			for range min(20, b.N-i) {
				if err := answer(tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpu()-used).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
}

// BenchmarkPutRecipient is a receipt, 500 in a transaction.
func BenchmarkPutRecipient(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "lantoa.db"))
	addList(b, s, 1, benchPeople)
	b.ResetTimer()
	used := cpu()
	for i := 0; i < b.N; i += 500 {
		err := s.Update(b.Context(), func(tx storage.Tx) error {
			for n := i; n < min(i+500, b.N); n++ {
				m := benchRecipient(1, uint64(n)*7919%benchPeople)
				m.Received = int64(n + 1)
				if err := tx.PutRecipient(&m); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpu()-used).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
}

// BenchmarkReaches adds up a call to 50,000, of whom half got it and every tenth answered, and lists whom nothing was heard of.
func BenchmarkReaches(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "lantoa.db"))
	addList(b, s, 1, benchPeople)
	fill(b, s, benchPeople, func(tx storage.Tx, n uint64) error {
		m := benchRecipient(1, n)
		if n%2 == 0 {
			m.Received = 5
		}
		if n%10 == 0 {
			m.Opened, m.Answered, m.Choice, m.Count, m.Standing, m.Arrived = 6, 7, syncproto.ChoiceYes, 1, syncproto.StateRegistered, int64(n+1)
		}
		return tx.PutRecipient(&m)
	})
	pushAll(b, s, 1)
	b.Run("funnel", func(b *testing.B) {
		ask(b, s, func(r storage.Reader) error {
			list, err := r.Reaches(benchCall(1))
			if len(list) != 400 || list[0].Registered != 125 {
				b.Fatal(len(list), list[0])
			}
			return err
		})
	})
	b.Run("unreached", func(b *testing.B) {
		ask(b, s, func(r storage.Reader) error {
			list, err := r.Unreached(benchCall(1), "", 500)
			if len(list) != 500 {
				b.Fatal(len(list))
			}
			return err
		})
	})
}

// pushAll plans a delivery for each recipient of a call.
func pushAll(b *testing.B, s *sqlite.Store, call uint64) {
	b.Helper()
	var shares []storage.Share
	for n := range uint64(benchPeople) {
		if n%500 == 0 {
			shares = append(shares, storage.Share{Number: int(n / 500)})
		}
		last := &shares[len(shares)-1]
		last.Persons = append(last.Persons, benchPerson(n))
	}
	intent := &storage.Intent{Kind: string(syncproto.CallOrdinary), Class: storage.ClassRoutine, Record: benchCall(call), Until: 1000, Persons: benchPeople}
	err := s.Update(b.Context(), func(tx storage.Tx) error {
		_, err := tx.AddIntent(intent, shares)
		return err
	})
	for i := range shares {
		if err != nil {
			b.Fatal(err)
		}
		shares[i].Intent = intent.Number
		var list []storage.Delivery
		for _, person := range shares[i].Persons {
			list = append(list, storage.Delivery{Intent: intent.Number, Person: person, Device: person, Class: intent.Class, State: storage.DeliveryDue, Until: 1000})
		}
		err = s.Update(b.Context(), func(tx storage.Tx) error {
			_, err := tx.Plan(&shares[i], list)
			return err
		})
	}
}
