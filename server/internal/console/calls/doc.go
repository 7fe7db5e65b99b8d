// Package calls is where officers call people: campaigns and calls, a composer with a picker of who is called and how many
// that are, the yes of a second officer, the sending while it goes on, and what came of it.
//
// Every rule about calls is in package campaign and the packages behind it; a page reads a form, asks one of them and draws
// the answer. What a form was sent with is drawn again when it is refused, so nobody types anything twice.
package calls
