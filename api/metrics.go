package api

import (
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics counts requests by operation and class of status. No label ever holds
// anything that a caller sent.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	revision prometheus.Gauge
	handler  http.Handler
}

// meter is the part of the metrics that one operation writes to.
type meter struct {
	classes [6]prometheus.Counter
	seconds prometheus.Observer
}

var classNames = [...]string{"none", "1xx", "2xx", "3xx", "4xx", "5xx"}

func newMetrics(registry *prometheus.Registry) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "chengma_http_requests_total", Help: "Requests answered."}, []string{"operation", "status"}),
		seconds:  prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "chengma_http_request_seconds", Help: "Time to answer.", Buckets: prometheus.ExponentialBuckets(0.0001, 4, 9)}, []string{"operation"}),
		revision: prometheus.NewGauge(prometheus.GaugeOpts{Name: "chengma_revision", Help: "Newest revision that this node knows."}),
	}
	for _, c := range []prometheus.Collector{m.requests, m.seconds, m.revision} {
		if err := registry.Register(c); err != nil {
			return nil, fmt.Errorf("api: Config.Metrics: %w", err)
		}
	}
	m.handler = promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	return m, nil
}

func (m *metrics) of(operation string) *meter {
	one := &meter{seconds: m.seconds.WithLabelValues(operation)}
	for i, class := range classNames {
		one.classes[i] = m.requests.WithLabelValues(operation, class)
	}
	return one
}

func (m *metrics) done(one *meter, status int, begun time.Time) {
	one.classes[min(status/100, 5)].Inc()
	one.seconds.Observe(time.Since(begun).Seconds())
}

func showMetrics(q *request) error {
	q.s.metrics.revision.Set(float64(q.s.head.current()))
	q.s.metrics.handler.ServeHTTP(q.w, q.r)
	return nil
}
