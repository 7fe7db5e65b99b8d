package staff

import "context"

// What tests look at that nobody else needs.

// Hashes returns how many hashes a service made, and the most that ran at once.
func (s *Service) Hashes() (made, peak int64) {
	return s.passwords.made.Load(), s.passwords.peak.Load()
}

// Cheapen makes hashes cost next to nothing, where a test needs many.
func (s *Service) Cheapen() { s.passwords.cost = cost{memory: 64, time: 1, threads: 1} }

// Ceremonies returns how many challenges are open.
func (s *Service) Ceremonies() int { return len(s.ceremonies.byID) }

// Open reports whether a challenge is.
func (s *Service) Open(id string) bool { return s.ceremonies.byID[id] != nil }

// WriteFailures is what Run does after failures.
func (s *Service) WriteFailures() { s.writeFailures(context.Background()) }

var (
	FoldLogin = foldLogin
	ParsePHC  = func(text string) (string, error) {
		p, err := parsePHC(text)
		if err != nil {
			return "", err
		}
		return p.String(), nil
	}
)

// MostAtOnce is how many hashes may run at once.
const MostAtOnce = strangersAtOnce + knownAtOnce
