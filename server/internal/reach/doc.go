// Package reach says how far a call came: the funnel per unit, the answers, and who must be telephoned.
//
// # The funnel
//
// Each step counts persons on the list of the call, in the unit in which they were chosen: eligible, registered, accepted, arrived,
// opened, answered (by choice), waiting, late, came; places and came_people count those for whom the answers speak. The words of
// each definition stand in the catalogue under reach.STEP. Whoever calls for one of the units of the call sees all of it. It is as of
// the moment at which it was asked for, in one snapshot. Small groups are not told (package figure).
//
// # Names
//
// Names and numbers are given of those alone whom the asker may call: who were chosen in a unit of theirs. The export of those who
// were not reached holds only who agreed to be telephoned (S-197), and each is in the audit log. It is written by package sheet
// (CSV and XLSX).
package reach
