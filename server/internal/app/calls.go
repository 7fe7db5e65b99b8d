package app

import (
	"flag"
	"strings"
	"time"

	"lantoa/server/internal/audience"
	"lantoa/server/internal/campaign"
	"lantoa/server/internal/people"
	"lantoa/server/internal/push"
	"lantoa/server/internal/syncer"
	"lantoa/syncproto"
)

// callFlags are those of serve for calls.
func callFlags(f *flag.FlagSet, c *Config) {
	f.Int64Var(&c.CallLarge, "call-large", campaign.DefaultLarge, "server.flag_call_large")
	f.StringVar(&c.CallLinks, "call-links", "", "server.flag_call_links")
	f.StringVar(&c.FactRules, "fact-rules", "", "server.flag_fact_rules")
}

// checkCalls refuses settings that mean nothing.
func (c *Config) checkCalls() error {
	if c.CallLarge < 0 {
		return usageError("call-large: 1 or more")
	}
	for _, host := range c.linkHosts() {
		if strings.ContainsAny(host, "/:@ ") {
			return usageError("call-links: %q", host)
		}
	}
	return nil
}

// linkHosts are the hosts to which calls may link.
func (c *Config) linkHosts() (hosts []string) {
	for host := range strings.SplitSeq(c.CallLinks, ",") {
		if host = strings.TrimSpace(host); host != "" {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

// newCalls makes the service of campaigns and calls.
func (s *Server) newCalls(rounds *syncer.Service, chooses *audience.Service) *campaign.Service {
	return campaign.New(campaign.Options{
		Store: s.store, Access: &people.Cache{}, Syncer: rounds, Audience: chooses, Wake: s.pushes.planner.Wake, Pace: s.pushes.pace,
		Cancelled: s.pushes.engine.Cancelled,
		Now:       s.cfg.Now, Log: s.cfg.Log, Large: s.cfg.CallLarge, LinkHosts: s.cfg.linkHosts(),
	})
}

// pace is what officers are told of how fast phones are rung, and of what stands still.
func (p *pushes) pace() campaign.Pace {
	status := p.engine.Status()
	out := campaign.Pace{Quiet: status.Quiet}
	ready := false
	for _, service := range status.Services {
		if !service.Ready {
			continue
		}
		ready = true
		paused := campaign.Paused{Service: string(service.Service)}
		switch {
		case service.Breaker != push.BreakerClosed:
			paused.Code, paused.Since = service.Code, millis(service.Since)
		case !service.Paused.IsZero():
			paused.Code = push.CodeQuota // and not the code of a person's own room on the server
			out.Rate += service.Rate
		default:
			out.Rate += service.Rate
			continue
		}
		out.Paused = append(out.Paused, paused)
	}
	if !ready {
		out.Paused = append(out.Paused, campaign.Paused{Code: string(syncproto.CodePushOff)})
	}
	return out
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
