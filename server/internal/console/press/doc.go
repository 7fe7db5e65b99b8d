// Package press is what becomes of a submission after its approval: the texts to copy, and the kit for whoever prints it.
package press
