// Package office is a part of the console.
package office
