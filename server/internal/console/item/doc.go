// Package item is a part of the console.
package item
