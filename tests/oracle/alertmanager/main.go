// Alertmanager's own packages: which routes take an alert, and whether a rule mutes it. The server itself is not built
// here, for its user interface is not part of the module.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/eventrecorder"
	"github.com/prometheus/alertmanager/inhibit"
	"github.com/prometheus/alertmanager/labelset"
	"github.com/prometheus/alertmanager/provider/mem"
)

// Case is a configuration with the alerts that it is asked about.
type Case struct {
	Name   string           `json:"name"`
	Config json.RawMessage  `json:"config"`
	Labels []model.LabelSet `json:"labels"` // routes: each is an alert on its own
	Alerts []Told           `json:"alerts"` // inhibition: in the order in which they come
	Target model.LabelSet   `json:"target"`
}

// Told is an alert that ends so many seconds from now.
type Told struct {
	Labels model.LabelSet `json:"labels"`
	EndsIn float64        `json:"ends_in"`
}

// Way is a route that takes an alert, with what it does to it; times in seconds.
type Way struct {
	Receiver string         `json:"receiver"`
	Key      string         `json:"key"`
	Group    model.LabelSet `json:"group"`
	Wait     float64        `json:"group_wait"`
	Interval float64        `json:"group_interval"`
	Repeat   float64        `json:"repeat_interval"`
}

// Answer is what Alertmanager makes of a case.
type Answer struct {
	Name  string  `json:"name"`
	Error string  `json:"error,omitempty"`
	Ways  [][]Way `json:"ways,omitempty"`
	Muted *bool   `json:"muted,omitempty"`
}

func main() {
	var cases []Case
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	answers := make([]Answer, 0, len(cases))
	for _, one := range cases {
		answers = append(answers, answer(one))
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func answer(one Case) Answer {
	told := Answer{Name: one.Name}
	loaded, err := config.Load(string(one.Config))
	if err != nil {
		told.Error = err.Error()
		return told
	}
	if one.Target != nil {
		muted := mutes(loaded, one)
		told.Muted = &muted
		return told
	}
	root := dispatch.NewRoute(loaded.Route, nil)
	for _, labels := range one.Labels {
		ways := []Way{}
		for _, route := range root.Match(labels) {
			ways = append(ways, way(route, labels))
		}
		told.Ways = append(told.Ways, ways)
	}
	return told
}

func way(route *dispatch.Route, labels model.LabelSet) Way {
	options := route.RouteOpts
	group := model.LabelSet{}
	for name, value := range labels {
		if _, ok := options.GroupBy[name]; ok || options.GroupByAll {
			group[name] = value
		}
	}
	return Way{
		options.Receiver, fmt.Sprintf("%s:%s", route.Key(), group), group,
		options.GroupWait.Seconds(), options.GroupInterval.Seconds(), options.RepeatInterval.Seconds(),
	}
}

func mutes(loaded *config.Config, one Case) bool {
	logger, recorder := promslog.NewNopLogger(), eventrecorder.NopRecorder()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	alerts, err := mem.NewAlerts(ctx, time.Hour, 0, nil, logger, recorder, prometheus.NewRegistry(), nil)
	if err != nil {
		panic(err)
	}
	inhibitor := inhibit.NewInhibitor(alerts, loaded.InhibitRules, logger, recorder)
	go inhibitor.Run()
	inhibitor.WaitForLoading()
	defer inhibitor.Stop()
	now := time.Now()
	for i, each := range one.Alerts {
		told := alert.New(model.Alert{
			Labels:   each.Labels,
			StartsAt: now.Add(-time.Hour),
			EndsAt:   now.Add(time.Duration(each.EndsIn * float64(time.Second))),
		}, now.Add(time.Duration(i)*time.Microsecond), false)
		if err := alerts.Put(ctx, told); err != nil {
			panic(err)
		}
	}
	time.Sleep(20 * time.Millisecond) // what was put is on its way to the inhibitor
	return inhibitor.Mutes(ctx, labelset.FromModel(one.Target))
}
