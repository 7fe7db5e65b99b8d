package httpapi

import (
	"lantoa/server/internal/answers"
	"lantoa/server/internal/audience"
	"lantoa/server/internal/campaign"
	"lantoa/server/internal/desk"
	"lantoa/server/internal/media"
	"lantoa/server/internal/notify"
	"lantoa/server/internal/people"
	"lantoa/server/internal/privacy"
	"lantoa/server/internal/reach"
	"lantoa/server/internal/staff"
	"lantoa/server/internal/upload"
)

// RoutesOfAll returns the routes of a server that has everything, as "METHOD /path/:parameter". Nothing is asked of it.
func RoutesOfAll() (routes []string) {
	a := New(Config{
		Media: &media.Service{}, Uploads: &upload.Service{}, Staff: &staff.Service{}, Desk: &desk.Service{},
		People: &people.Service{}, Privacy: &privacy.Service{}, Answers: &answers.Service{}, Calls: &campaign.Service{},
		Audience: &audience.Service{}, Reach: &reach.Service{},
		Registrations: &notify.Registrations{}, Planner: &notify.Planner{}, PushBoard: &notify.Board{},
	})
	for _, route := range a.app.GetRoutes() {
		routes = append(routes, route.Method+" "+route.Path)
	}
	return routes
}
