// Package office is what happens behind the desks: requests about personal data with their clocks, the audit log, and the
// page on which whoever runs the server sees how it stands.
//
// The audit log is shown in words where there are words for an act, and names for ids where whoever reads may know them;
// a text that somebody wrote is never in it.
package office
