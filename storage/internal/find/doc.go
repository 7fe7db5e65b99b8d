// Package find is what all stores agree on when they answer a storage.Query: which rows fit, in which order they come,
// what a page mark says, and what the words of a search mean. A store may answer faster, but not otherwise.
package find
