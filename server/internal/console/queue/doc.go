// Package queue is a part of the console.
package queue
