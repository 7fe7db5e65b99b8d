package overview

import (
	"lantoa/server/internal/figure"
	"lantoa/syncproto"
)

// Report is what happened in a part of the association in a time. Times are Unix ms.
type Report struct {
	Unit  *Unit  `json:"unit,omitempty"` // nil for several
	Path  []Unit `json:"path"`           // above it, the highest first, as far as the asker sees them
	From  int64  `json:"from"`
	Until int64  `json:"until"` // the beginning of the day after the last
	Step  Step   `json:"step"`
	AsOf  int64  `json:"as_of"`
	Tree  int64  `json:"tree"`  // when units stood as they do here
	Known int64  `json:"known"` // since when anything is known; 0 if nothing is
	// Absent says that the unit had not begun, nor anything that it was made of.
	Absent bool `json:"absent,omitempty"`
	// Behind is when the newest thing happened that is counted, if the server is still counting what is older than now.
	Behind int64 `json:"behind,omitempty"`

	Total  Sums    `json:"total"`
	Before *Before `json:"before"`
	Points []Point `json:"points"`
	Rows   []Row   `json:"units"`
	Types  []Type  `json:"types"`

	Waiting *Waiting      `json:"waiting,omitempty"` // of a time that reaches to now
	Reach   Reach         `json:"reach"`
	Authors figure.Figure `json:"authors"`
	Phones  figure.Figure `json:"phones"` // that came in the last 30 days
}

// Unit is a unit as it was called then.
type Unit struct {
	ID    syncproto.ID `json:"id"`
	Name  string       `json:"name"`
	Level string       `json:"level,omitempty"`
	Ended int64        `json:"ended,omitempty"`
}

// Sums are what was counted. Each counts steps of submissions at the moment of the step.
type Sums struct {
	Came      int64            `json:"came"` // for the first time
	Kinds     map[string]int64 `json:"kinds"`
	Unclaimed int64            `json:"unclaimed"` // of them without a unit that takes them
	Resent    int64            `json:"resent"`
	Returned  int64            `json:"returned"`
	Approved  int64            `json:"approved"`
	Declined  int64            `json:"declined"`
	Published int64            `json:"published"`
	Corrected int64            `json:"corrected"`
	TakenDown int64            `json:"taken_down"`
	Withdrawn int64            `json:"withdrawn"`
	Claim     Took             `json:"claim"`  // from coming in until somebody took it up
	Decide    Took             `json:"decide"` // until it was returned, approved or declined
}

// Before is the time to compare with.
type Before struct {
	From  int64 `json:"from"`
	Until int64 `json:"until"`
	Sums
	// Partly says that less is known of it than of the time asked about: there is nothing to compare.
	Partly bool `json:"partly,omitempty"`
}

// Point is one period of the series.
type Point struct {
	From  int64 `json:"from"`
	Until int64 `json:"until"`
	// Part says that it is not whole: cut by the time asked about, or not over yet, or begun before anything was known.
	Part bool `json:"part,omitempty"`
	Sums
}

// Row is one unit of the table with all that counts for it.
type Row struct {
	Unit
	Self bool `json:"self,omitempty"` // the unit itself, without those below
	More bool `json:"more,omitempty"` // there are units below
	Sums
	Waiting  int64         `json:"waiting"`
	Authors  figure.Figure `json:"authors"`
	Phones   figure.Figure `json:"phones"`
	Calls    int64         `json:"calls"`
	Eligible figure.Figure `json:"eligible"`
	Arrived  figure.Figure `json:"arrived"`
	Answered figure.Figure `json:"answered"`
	Came     figure.Figure `json:"people_came"`
}

// Type is how much of a kind and a type came in.
type Type struct {
	Kind syncproto.Kind `json:"kind"`
	Type string         `json:"type,omitempty"`
	Came int64          `json:"came"`
}

// AgeEdges are the ages at which what waits is told apart, in hours.
func AgeEdges() []int64 { return []int64{24, 3 * 24, 7 * 24, 30 * 24} }

// Waiting is what waits for the desk now.
type Waiting struct {
	Count     int64   `json:"count"`
	Ages      []int64 `json:"ages"` // below the first of AgeEdges, up to the next, …, above the last
	Unclaimed int64   `json:"unclaimed"`
	InReview  int64   `json:"in_review"`
}

// Reach is how far calls came that were sent in the time. A person on the lists of two calls counts twice.
type Reach struct {
	Calls    int64         `json:"calls"`
	AsOf     int64         `json:"as_of,omitempty"` // when the call that was added up longest ago was
	Missing  int64         `json:"missing,omitempty"`
	Eligible figure.Figure `json:"eligible"`
	Arrived  figure.Figure `json:"arrived"`
	Answered figure.Figure `json:"answered"`
	Came     figure.Figure `json:"came"`
}
