package app

import (
	"context"
	"os"
	"strconv"

	"lantoa/server/internal/audience"
	"lantoa/syncproto"
)

// factKeyFile holds the keys of what people told of themselves. It is no part of backups: a copy of the database alone tells nothing.
const factKeyFile = "fact.key"

// factKeys are read from the environment where they are there.
func (c *call) factKeys(cfg *Config) (err error) {
	if cfg.FactKeys, err = c.secret("LANTOA_FACT_KEYS"); err != nil || cfg.FactKeys == "" {
		return err
	}
	if _, err := audience.ParseKeys([]byte(cfg.FactKeys)); err != nil {
		return usageError("LANTOA_FACT_KEYS")
	}
	return nil
}

// readFactRules reads the rules of facts; nil for the usual ones.
func (c *Config) readFactRules() (audience.Rules, error) {
	if c.FactRules == "" {
		return nil, nil
	}
	var rules audience.Rules
	data, err := os.ReadFile(c.FactRules)
	if err == nil {
		rules, err = audience.ParseRules(data)
	}
	if err != nil {
		return nil, &fault{exit: exitUsage, key: "server.fault_fact_rules", detail: c.FactRules, err: err}
	}
	return rules, nil
}

// newAudience makes the service that chooses people. Without the keys of the facts it serves all the same: then nobody is chosen by
// a fact, and the operator is told.
func (s *Server) newAudience(ctx context.Context, rules audience.Rules) *audience.Service {
	keys, err := s.readFactKeys(ctx)
	if err != nil {
		s.cfg.Log.Error("keys of facts cannot be read", "code", syncproto.CodeOf(err))
		keys = &audience.Keys{}
	}
	chooses := audience.New(audience.Options{Store: s.store, Keys: keys, Rules: rules, Now: s.cfg.Now, Log: s.cfg.Log})
	if !keys.Ready() { // told from the first moment; otherwise Run looks, in its own time
		if _, err := chooses.Check(ctx); err != nil {
			s.cfg.Log.Warn("facts not looked at", "code", syncproto.CodeOf(err))
		}
	}
	return chooses
}

func (s *Server) readFactKeys(ctx context.Context) (*audience.Keys, error) {
	if s.cfg.FactKeys != "" {
		return audience.ParseKeys([]byte(s.cfg.FactKeys))
	}
	file := s.cfg.path(factKeyFile)
	keys, err := audience.LoadKeys(file, false)
	if err != nil || keys.Ready() {
		return keys, err
	}
	has, err := audience.HasFacts(ctx, s.store)
	if err != nil || has {
		return keys, err
	}
	return audience.LoadKeys(file, true)
}

// factsNote says that facts cannot be read; "" if all can.
func factsNote(st audience.Status) string {
	if st.Unreadable == 0 {
		return ""
	}
	return "facts: " + strconv.FormatInt(st.Unreadable, 10) + " cannot be opened, " + factKeyFile + " is not theirs\n"
}
