package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// tile is the address of a tile.
type tile struct{ z, x, y int }

func (t tile) path() string { return fmt.Sprintf("/tiles/building/%d/%d/%d.mvt", t.z, t.x, t.y) }

// tokyoStation is the z15 tile at 139.767° E, 35.681° N.
var tokyoStation = tile{15, 29105, 12903}

// tilesAround are the z15 tiles over central Tokyo in which there is something.
func tilesAround(url string) ([]string, error) {
	var paths []string
	for dx := -5; dx <= 5; dx++ {
		for dy := -5; dy <= 5; dy++ {
			path := tile{15, tokyoStation.x + dx, tokyoStation.y + dy}.path()
			response, err := http.Get(url + path)
			if err != nil {
				return nil, err
			}
			size, err := io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
			if err != nil {
				return nil, err
			}
			if response.StatusCode == http.StatusOK && size > 0 {
				paths = append(paths, path)
			}
		}
	}
	return paths, nil
}

// compare asks the server and the naive rivals the same.
func (b *bench) compare(ctx context.Context, s *server) error {
	naive, err := b.openRivals(ctx)
	if err != nil {
		return fmt.Errorf("rivals: %w", err)
	}
	defer naive.close()

	tiles, err := tilesAround(s.url)
	if err != nil {
		return err
	}
	var items, scans []string
	for _, code := range naive.someCodes() {
		items = append(items, "/collections/building/items/"+code)
		scans = append(scans, "/scan/"+code)
	}
	fmt.Fprintf(b.out, "%-44s %12s %9s %9s %9s\n", "over HTTP", "requests/s", "p50 ms", "p99 ms", "ratio")
	for _, row := range []struct {
		name, rival string
		ours, naive []string
	}{
		{"item by code", "naive: linear scan", items, scans},
		{fmt.Sprintf("z15 tile of %d, in no cache", len(tiles)), "naive: SQL per tile", tiles, tiles},
	} {
		ours, err := b.hammer(ctx, s.url, row.ours)
		if err != nil {
			return fmt.Errorf("%s: %w", row.name, err)
		}
		rival, err := b.hammer(ctx, naive.url, row.naive)
		if err != nil {
			return fmt.Errorf("%s: %w", row.rival, err)
		}
		fmt.Fprintf(b.out, "%-44s %12.0f %9.2f %9.2f %9s\n", row.name, ours.rate, ours.p50, ours.p99, "")
		fmt.Fprintf(b.out, "%-44s %12.0f %9.2f %9.2f %8.0f×\n", "  "+row.rival, rival.rate, rival.p50, rival.p99, ours.rate/rival.rate)
	}
	return nil
}

// someCodes returns codes of buildings spread over the collection.
func (r *rivals) someCodes() []string {
	const some = 5000
	var codes []string
	for i := 0; i < len(r.items); i += max(1, len(r.items)/some) {
		codes = append(codes, r.items[i].Code.String())
	}
	return codes
}

// figures are what a load of requests measured; latencies in milliseconds.
type figures struct{ rate, p50, p99 float64 }

// hammer asks for random paths over a fixed number of connections for a while.
// Every answer must be 200 with a body.
func (b *bench) hammer(ctx context.Context, url string, paths []string) (figures, error) {
	ctx, cancel := context.WithTimeout(ctx, b.duration)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: b.connections, MaxConnsPerHost: b.connections, DisableCompression: true,
		DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
	}}
	defer client.CloseIdleConnections()
	var (
		wg        sync.WaitGroup
		mu        sync.Mutex
		latencies []time.Duration
		failed    error
	)
	start := time.Now()
	for worker := range b.connections {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(worker)))
			took, err := ask(ctx, client, url, paths, random)
			mu.Lock()
			defer mu.Unlock()
			latencies = append(latencies, took...)
			if err != nil {
				failed = err
			}
		})
	}
	wg.Wait()
	elapsed := time.Since(start)
	if failed != nil {
		return figures{}, failed
	}
	slices.Sort(latencies)
	at := func(share float64) float64 {
		return float64(latencies[int(share*float64(len(latencies)-1))].Microseconds()) / 1000
	}
	return figures{rate: float64(len(latencies)) / elapsed.Seconds(), p50: at(0.50), p99: at(0.99)}, nil
}

func ask(ctx context.Context, client *http.Client, url string, paths []string, random *rand.Rand) ([]time.Duration, error) {
	var latencies []time.Duration
	for {
		path := paths[random.IntN(len(paths))]
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+path, nil)
		if err != nil {
			return nil, err
		}
		request.Header.Set("Accept-Encoding", "gzip")
		start := time.Now()
		response, err := client.Do(request)
		if err == nil {
			var n int64
			n, err = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
			if err == nil && (response.StatusCode != http.StatusOK || n == 0) {
				return nil, fmt.Errorf("%s: %s, %d bytes", path, response.Status, n)
			}
		}
		switch {
		case ctx.Err() != nil:
			return latencies, nil
		case err != nil:
			return nil, err
		}
		latencies = append(latencies, time.Since(start))
	}
}
