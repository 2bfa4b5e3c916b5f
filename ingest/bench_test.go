package ingest_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chengma/chengma/entities/sqlite"
	"github.com/chengma/chengma/ingest"
)

// peakMiB is the most memory that the process has had resident; 0 where the
// system does not say.
func peakMiB() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(status), "\n") {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kib / 1024
		}
	}
	return 0
}

// BenchmarkRun_Tokyo loads 146,026 buildings from a .gz file into the embedded
// store.
func BenchmarkRun_Tokyo(b *testing.B) {
	file := realData(b, "tokyo/buildings_5wards.geojsonl.gz")
	m, err := ingest.LoadMapping("../examples/tokyo/buildings.yaml")
	if err != nil {
		b.Fatal(err)
	}
	var records float64
	for b.Loop() {
		store, err := sqlite.Open(context.Background(), sqlite.Config{Path: filepath.Join(b.TempDir(), "city.db")})
		if err != nil {
			b.Fatal(err)
		}
		report, err := ingest.Run(context.Background(), ingest.Config{Store: store, Mapping: m, Sources: []ingest.Input{{Path: file}}})
		if err != nil || report.Created != 146026 {
			b.Fatalf("%+v, %v", report, err)
		}
		records += float64(report.Read)
		if err := store.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(records/b.Elapsed().Seconds(), "features/s")
	b.ReportMetric(peakMiB(), "peak-MiB")
}

// BenchmarkRun_DryTokyo reads, maps and compares with an empty store: what ingest
// costs without a store.
func BenchmarkRun_DryTokyo(b *testing.B) {
	file := realData(b, "tokyo/buildings_chiyoda.geojsonl.gz")
	m, err := ingest.LoadMapping("../examples/tokyo/buildings.yaml")
	if err != nil {
		b.Fatal(err)
	}
	store := newBench()
	b.ReportAllocs()
	var records float64
	for b.Loop() {
		report, err := ingest.Run(context.Background(), ingest.Config{Store: store, Mapping: m, DryRun: true, Sources: []ingest.Input{{Path: file}}})
		if err != nil || report.Created != 11581 {
			b.Fatalf("%+v, %v", report, err)
		}
		records += float64(report.Read)
	}
	b.ReportMetric(records/b.Elapsed().Seconds(), "features/s")
}
