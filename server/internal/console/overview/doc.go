// Package overview shows what happened in units: key figures, charts with their tables, a table of units to go down by, the same
// as CSV and XLSX, and for print. Everything that can be chosen is in the address. What is drawn is made once, as sections; the
// page and the exports write the same.
package overview
