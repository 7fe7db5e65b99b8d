// Package storagetest is the law of storage in executable form. Every backend runs TestStore, and one that keeps its
// data runs TestPersistence too. What a random test did follows from the seed that it prints.
package storagetest
