// Package overview is a part of the console.
package overview
