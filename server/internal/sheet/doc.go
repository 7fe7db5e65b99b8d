// Package sheet writes tables for spreadsheets: CSV in UTF-8 with a byte order mark, and XLSX. Rows are written as they come, so a
// table of any length holds little. A text that a spreadsheet would take for a formula begins with an apostrophe (CWE-1236);
// numbers are numbers.
package sheet
