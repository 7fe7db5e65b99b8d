package model

import (
	"slices"

	"lantoa/syncproto"
)

// Call writes a revision of a call and sends it to persons who were not sent it before (S-190). Nothing here judges what they
// answer: their answers have no standing until Stand gives them one.
func (s *Server) Call(r *syncproto.Record, to ...syncproto.ID) {
	for _, person := range to {
		if calls := s.state.Called[person]; !slices.Contains(calls, r.ID) {
			s.state.Called[person] = slices.Insert(slices.Clone(calls), 0, r.ID)
			s.state.Access++
		}
	}
	s.Write(r)
}

// Forget ends that a person follows a call, as the server does long after it is over.
func (s *Server) Forget(call, person syncproto.ID) {
	s.state.Called[person] = slices.DeleteFunc(slices.Clone(s.state.Called[person]), func(id syncproto.ID) bool { return id == call })
	s.state.Access++
}

// Stand says where an answer stands (S-194): a revision that is nobody's mutation.
func (s *Server) Stand(answer syncproto.ID, state syncproto.State) {
	e := s.state.Records[answer]
	if e == nil || e.Record.Deleted {
		return
	}
	next := e.Record.Clone()
	next.Revision++
	next.State, next.Changed = state, s.cfg.Now()
	s.Write(next)
}

// Refuse has rule asked of every mutation that is new: a code rejects it. It stands for rules that the model does not have.
func (s *Server) Refuse(rule func(*syncproto.Mutation) syncproto.Code) { s.refuse = rule }
