// Package calls is a part of the console.
package calls
