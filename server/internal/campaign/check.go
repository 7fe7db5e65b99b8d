package campaign

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Limits of a call. Title and body are those of the contract; a body of 8 KiB is some 1,300 words of Vietnamese and fits
// a page of sync on 2G. The others bound what one record carries.
const (
	maxTitle       = 300
	maxBody        = 8 << 10
	maxSMS         = 640 // of what is made into one SMS
	maxWords       = 120 // of a choice
	maxChoices     = 12
	maxUnits       = 32
	maxAttachments = 10
	maxCapacity    = 1_000_000
	maxPlace       = 2 << 10
	maxCode        = 40 // as of the field of an answer
	minCode        = 4
)

// Times of a call lie in this century, in Unix ms. A year that was mistyped is found here.
const (
	firstTime = 946_684_800_000   // 2000
	lastTime  = 4_102_444_800_000 // 2100
)

const opCheck = "check call"

// checkDraft checks what must be right at any time, of a draft that is half written too. Errors: invalid_value, too_large,
// too_many, call_time, call_link, choice_unknown, each with the member.
func (s *Service) checkDraft(c *storage.Call) error {
	for _, check := range []func(*storage.Call) error{
		checkShape, checkTexts, checkTimes, checkChoices, s.checkLink,
	} {
		if err := check(c); err != nil {
			return err
		}
	}
	return nil
}

// checkShape checks kinds, ids, lists and numbers.
func checkShape(c *storage.Call) error {
	switch {
	case !slices.Contains(syncproto.CallKinds(), c.Kind):
		return fail(syncproto.CodeInvalidValue, opCheck, "kind")
	case c.Campaign != "" && !c.Campaign.Valid():
		return fail(syncproto.CodeInvalidID, opCheck, "campaign")
	case follows(c.Kind) != (c.About != "") || c.About != "" && !c.About.Valid():
		return fail(syncproto.CodeInvalidValue, opCheck, "about")
	case c.Capacity < 0 || c.Capacity > maxCapacity:
		return fail(syncproto.CodeInvalidValue, opCheck, "capacity")
	case len(c.Place) > maxPlace:
		return fail(syncproto.CodeTooLarge, opCheck, "place")
	case c.Place != "" && syncproto.CheckField(syncproto.KindStory, "place", c.Place) != nil:
		return fail(syncproto.CodeInvalidValue, opCheck, "place")
	}
	if err := checkUnits(c.Units); err != nil {
		return err
	}
	return checkIDs(c.Attachments, maxAttachments, "attachments")
}

func checkUnits(units []syncproto.ID) error {
	if len(units) == 0 {
		return fail(syncproto.CodeMissingMember, opCheck, "units")
	}
	return checkIDs(units, maxUnits, "units")
}

// checkIDs checks a list of ids, none twice.
func checkIDs(ids []syncproto.ID, most int, member string) error {
	if len(ids) > most {
		return fail(syncproto.CodeTooMany, opCheck, member)
	}
	for i, id := range ids {
		at := member + "[" + strconv.Itoa(i) + "]"
		if !id.Valid() {
			return fail(syncproto.CodeInvalidID, opCheck, at)
		}
		if slices.Contains(ids[:i], id) {
			return fail(syncproto.CodeInvalidValue, opCheck, at)
		}
	}
	return nil
}

// checkTexts checks sizes, and that what is shown in one line is one.
func checkTexts(c *storage.Call) error {
	for _, t := range []struct {
		member, text string
		most         int
		lines        bool
	}{
		{"title", c.Title, maxTitle, false},
		{"title_en", c.TitleEN, maxTitle, false},
		{"body", c.Body, maxBody, true},
		{"body_en", c.BodyEN, maxBody, true},
		{"sms", c.SMS, maxSMS, false},
		{"code", c.Code, maxCode, false},
	} {
		if err := checkText(t.member, t.text, t.most, t.lines); err != nil {
			return err
		}
	}
	if c.Code != "" && len(bare(c.Code)) < minCode {
		return fail(syncproto.CodeInvalidValue, opCheck, "code")
	}
	return nil
}

func checkText(member, text string, most int, lines bool) error {
	if len(text) > most {
		return fail(syncproto.CodeTooLarge, opCheck, member)
	}
	for _, r := range text {
		if unicode.IsControl(r) && !(lines && (r == '\n' || r == '\t')) {
			return fail(syncproto.CodeInvalidValue, opCheck, member)
		}
	}
	return nil
}

// bare is a check-in code as it is compared: without case, spaces and dashes (S-196).
func bare(code string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) {
			return -1
		}
		return r
	}, code))
}

// checkTimes checks that the times can follow each other.
func checkTimes(c *storage.Call) error {
	for _, t := range []struct {
		member string
		at     int64
	}{{"starts", c.Starts}, {"ends", c.Ends}, {"deadline", c.Deadline}, {"due", c.Due}} {
		if t.at != 0 && (t.at < firstTime || t.at > lastTime) {
			return fail(syncproto.CodeCallTime, opCheck, t.member)
		}
	}
	switch {
	case c.Ends != 0 && c.Starts != 0 && c.Ends <= c.Starts:
		return fail(syncproto.CodeCallTime, opCheck, "ends")
	case c.Deadline != 0 && c.Ends != 0 && c.Deadline > c.Ends:
		return fail(syncproto.CodeCallTime, opCheck, "deadline")
	case c.Due != 0 && over(c, c.Due):
		return fail(syncproto.CodeCallTime, opCheck, "due")
	}
	return nil
}

// over reports whether nobody could answer a call any more, or come, at a time. What only starts is over a day later.
func over(c *storage.Call, at int64) bool {
	switch {
	case c.Deadline != 0:
		return at >= c.Deadline
	case c.Ends != 0:
		return at >= c.Ends
	}
	return c.Starts != 0 && at >= c.Starts+day
}

// checkChoices checks the answers that are offered. What asks for nothing offers none, and neither does a reminder: answers
// go to the call that it is about. Places are for a choice that takes them.
func checkChoices(c *storage.Call) error {
	if len(c.Choices) > maxChoices {
		return fail(syncproto.CodeTooMany, opCheck, "choices")
	}
	if len(c.Choices) > 0 && c.Kind != syncproto.CallUrgent && c.Kind != syncproto.CallOrdinary {
		return fail(syncproto.CodeInvalidValue, opCheck, "choices")
	}
	takes := false
	for i, choice := range c.Choices {
		at := "choices[" + strconv.Itoa(i) + "]"
		same := func(other storage.Choice) bool { return other.Name == choice.Name }
		known := choice.Name == syncproto.ChoiceYes || choice.Name == syncproto.ChoiceNo || choice.Name == syncproto.ChoiceMaybe
		switch {
		case !syncproto.ValidName(choice.Name) || slices.ContainsFunc(c.Choices[:i], same):
			return fail(syncproto.CodeInvalidValue, opCheck, at+".name")
		case !known && choice.VI == "":
			return fail(syncproto.CodeCallText, opCheck, at+".vi")
		}
		if err := checkText(at+".vi", choice.VI, maxWords, false); err != nil {
			return err
		}
		if err := checkText(at+".en", choice.EN, maxWords, false); err != nil {
			return err
		}
		takes = takes || choice.Takes
	}
	if c.Capacity > 0 && !takes {
		return fail(syncproto.CodeInvalidValue, opCheck, "capacity")
	}
	return nil
}
