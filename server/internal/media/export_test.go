package media

import (
	"context"

	"lantoa/storage"
)

// MaxAttempts is how often a file is looked at.
const MaxAttempts = maxAttempts

// Job is the work on one file, step by step.
type Job struct{ j *job }

// Begin takes the first step; nil if there is nothing to do.
func (s *Service) Begin(ctx context.Context, id storage.BlobID) (*Job, error) {
	j, err := s.begin(ctx, id)
	if j == nil {
		return nil, err
	}
	return &Job{j}, err
}

// Steps are the later ones by their names, in order.
func (j *Job) Steps() []func(context.Context) error {
	return []func(context.Context) error{j.j.inspect, j.j.refer, j.j.put, j.j.settle}
}

// Crash leaves the job as a process that ends does.
func (j *Job) Crash() { j.j.made = nil }

// Mark, Drop and Forget are the steps of removing a file.
func (s *Service) Mark(ctx context.Context, id storage.BlobID, before int64) ([]storage.BlobID, error) {
	return s.mark(ctx, id, before)
}

func (s *Service) Drop(ctx context.Context, id storage.BlobID) error { return s.drop(ctx, id) }

func (s *Service) Forget(ctx context.Context, id storage.BlobID) error { return s.forget(ctx, id) }

// Lap is a walk through all ids.
type Lap struct{ lap }

// LapPage is how many ids it asks for at once.
const LapPage = lapPage

// Round goes on with it.
func (l *Lap) Round(most int, page func(after storage.BlobID, limit int) (int, storage.BlobID, error)) error {
	return l.round(most, page)
}
