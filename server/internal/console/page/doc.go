// Package page is what every page of the console is made of: who asks, what they sent, how an answer is drawn, and what
// happens when something goes wrong. The pages themselves are in the packages beside it, one for each area of work.
//
// A page is a Handler under a pattern of http.ServeMux. It reads what it needs from a Request, makes one call to a
// service, and returns an Answer: a View that is drawn by a template, a Redirect after something was done, or a File.
// An error is drawn too, with the catalogue's sentence; nothing internal is shown.
//
// # What each page keeps
//
//   - It works without scripts: whatever is done is a form that is posted, and answered with a redirect.
//   - Nothing that is drawn runs: no script, style or handler stands inline, and scripts put no text into the page as
//     markup but through the one policy of fragment.js (Trusted Types).
//   - A form that comes from another site is refused before it is read.
//   - All that is read is bounded: forms by MaxFormBytes and MaxFields, tables by the route.
//   - Texts are in texts/AREA.json and nowhere else; times are shown in UTC+7.
package page
