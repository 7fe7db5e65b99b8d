// Package entry is a part of the console.
package entry
