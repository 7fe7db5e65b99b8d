// Package roster is a part of the console.
package roster
