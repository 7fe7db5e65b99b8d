// Package queue is the page on which editors work all day: what waits at their desks in a list, and one submission beside it.
//
// A list is its address: view, filters, search and order stand in the query, so that a link, the back button and a bookmark
// show the same. One address with an id shows the list with that submission beside it; scripts ask for either part alone
// (X-Fragment "list" and "item") and put it in place, and nothing that is fetched has an effect.
//
// What is done to many at once is first shown as a preview that says of each what would become of it, judged by the same
// table as the act itself (desk.Try), then done with identities that the preview drew: sent twice, it happens once.
package queue
