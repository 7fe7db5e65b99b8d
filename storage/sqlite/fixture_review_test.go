package sqlite_test

import (
	"fmt"

	"lantoa/storage"
	"lantoa/syncproto"
)

// fixtureReview is what came with the fourth schema: the rows by which a desk finds submissions, and the words in them.
func fixtureReview(tx storage.Tx) error {
	row := &storage.Submission{
		Record: story(1).ID, Kind: syncproto.KindStory, Unit: benchID(3e9), Author: benchID(2e9), State: syncproto.StateInReview,
		Flags: storage.FlagUrgent | storage.FlagAlarmed, Sent: 1, Since: 2, Changed: 3, Claimer: benchID(11), Until: 4, Photos: 5,
		Title: "Tiêu đề mới", Text: "Hội Chữ thập đỏ, xã Hoà Bình",
	}
	if err := tx.PutSubmission(row, 6); err != nil {
		return err
	}
	return tx.PutSubmission(&storage.Submission{Record: story(2).ID, State: syncproto.StatePublished, Text: "CTĐ"}, 0)
}

func fixtureReviewText(r storage.Reader) string {
	row, rowErr := r.Submission(story(1).ID)
	best, bestErr := r.Find(&storage.Query{Text: "chu thap do", Limit: 10})
	all, allErr := r.Find(&storage.Query{Limit: 10})
	tallies, talliesErr := r.Tallies(nil)
	by, byErr := r.SubmissionsBy(benchID(2e9))
	held, heldErr := r.Held(6, 10)
	return fmt.Sprintln(row, rowErr, best, bestErr, all, allErr, tallies, talliesErr, by, byErr, held, heldErr)
}
