package api_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twpayne/go-geom/encoding/geojson"

	"github.com/chengma/chengma/api"
	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/sqlite"
)

const benchBuildings = 50_000

// benchCity fills an embedded store with buildings of about the size of real
// footprints (12 corners, 8 attributes).
func benchCity(b *testing.B) (*sqlite.Store, []entities.Code) {
	b.Helper()
	ctx := context.Background()
	store, err := sqlite.Open(ctx, sqlite.Config{Path: filepath.Join(b.TempDir(), "bench.db")})
	if err != nil {
		b.Fatal(err)
	}
	var codes []entities.Code
	random := rand.New(rand.NewPCG(1, 2))
	for from := 0; from < benchBuildings; from += 10_000 {
		var acts []entities.Act
		for i := range 10_000 {
			a := say(entities.Building, "natural", fmt.Sprintf("k:%d", from+i), "2005-01-01", footprint(random),
				"name", fmt.Sprintf("Building %d", from+i), "use", "office", "height", random.Float64()*100, "year_built", 1950+random.IntN(70),
				"floors_above", random.IntN(40), "structure", "steel", "footprint_area", random.Float64()*1000, "full_address", "Street 1")
			acts = append(acts, a)
		}
		receipt, err := store.Apply(ctx, entities.Batch{Key: fmt.Sprint("batch", from), Source: "bench", Acts: acts})
		if err != nil {
			b.Fatal(err)
		}
		for _, r := range receipt.Results {
			codes = append(codes, r.Code)
		}
	}
	return store, codes
}

func footprint(random *rand.Rand) *entities.Geometry {
	x, y := 114+random.Float64()/10, 22.5+random.Float64()/10
	var b strings.Builder
	b.WriteString("POLYGON ((")
	for i := range 13 {
		if i > 0 {
			b.WriteString(", ")
		}
		dx, dy := []float64{0, 1, 2, 3, 3, 3, 3, 2, 1, 0, 0, 0, 0}[i], []float64{0, 0, 0, 0, 1, 2, 3, 3, 3, 3, 2, 1, 0}[i]
		fmt.Fprintf(&b, "%.7f %.7f", x+dx/10000, y+dy/10000)
	}
	b.WriteString("))")
	return shape(b.String())
}

// BenchmarkItemByCode measures items by code over HTTP with 8 connections, and a
// naive server beside it in the same run: a linear scan and encoding/json.
func BenchmarkItemByCode(b *testing.B) {
	store, codes := benchCity(b)
	defer store.Close()
	server, err := api.New(api.Config{Store: store})
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	rate := map[string]float64{}
	b.Run("chengma", func(b *testing.B) { rate["chengma"] = hammer(b, server, codes) })
	b.Run("naive", func(b *testing.B) { rate["naive"] = hammer(b, naive(b, store, codes), codes) })
	if rate["naive"] > 0 {
		b.Logf("item by code, 8 connections: %.0f requests/s; naive rival %.0f requests/s; ratio %.1f", rate["chengma"], rate["naive"], rate["chengma"]/rate["naive"])
	}
}

// hammer asks with 8 kept connections and returns requests a second.
func hammer(b *testing.B, handler http.Handler, codes []entities.Code) float64 {
	listener := httptest.NewServer(handler)
	defer listener.Close()
	const connections = 8
	b.ResetTimer()
	begun := time.Now()
	var wg sync.WaitGroup
	for c := range connections {
		wg.Add(1)
		go func() {
			defer wg.Done()
			random := rand.New(rand.NewPCG(uint64(c), 7))
			conn, err := net.Dial("tcp", listener.Listener.Addr().String())
			if err != nil {
				b.Error(err)
				return
			}
			defer conn.Close()
			in := bufio.NewReaderSize(conn, 64<<10)
			for range b.N/connections + 1 {
				if err := askItem(conn, in, codes[random.IntN(len(codes))]); err != nil {
					b.Error(err)
					return
				}
			}
		}()
	}
	wg.Wait()
	rate := float64((b.N/connections+1)*connections) / time.Since(begun).Seconds()
	b.ReportMetric(rate, "req/s")
	return rate
}

// askItem is a client that costs next to nothing, for it shares the cores.
func askItem(conn net.Conn, in *bufio.Reader, code entities.Code) error {
	if _, err := conn.Write([]byte("GET /collections/building/items/" + code.String() + " HTTP/1.1\r\nHost: city.example\r\n\r\n")); err != nil {
		return err
	}
	length := -1
	for line := 0; ; line++ {
		text, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if line == 0 && !bytes.Contains(text, []byte(" 200 ")) {
			return fmt.Errorf("%s", text)
		}
		if value, ok := bytes.CutPrefix(text, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(strings.TrimSpace(string(value))); err != nil {
				return err
			}
		}
		if len(text) == 2 {
			break
		}
	}
	_, err := in.Discard(length)
	return err
}

// naive keeps all versions in a list, scans it, and encodes maps by reflection.
func naive(b *testing.B, store entities.Store, codes []entities.Code) http.Handler {
	ctx := context.Background()
	head, err := store.Head(ctx)
	if err != nil {
		b.Fatal(err)
	}
	var all []entities.Entity
	for e, err := range store.At(head).Find(ctx, entities.Query{Kinds: []entities.Kind{entities.Building}, Valid: entities.During(entities.InstantOf(time.Now()))}) {
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, e)
	}
	if len(all) != len(codes) {
		b.Fatalf("%d of %d", len(all), len(codes))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		want := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		for _, e := range all {
			if e.Code.String() != want {
				continue
			}
			g, err := e.Geometry.Shape()
			if err != nil {
				panic(err)
			}
			encoded, err := geojson.Encode(g)
			if err != nil {
				panic(err)
			}
			properties := map[string]any{}
			for _, a := range e.Attrs {
				properties[a.Name] = a.Value.Text()
			}
			body, err := json.Marshal(map[string]any{"type": "Feature", "id": want, "geometry": encoded, "properties": properties})
			if err != nil {
				panic(err)
			}
			w.Header().Set("Content-Type", "application/geo+json")
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			_, _ = w.Write(body)
			return
		}
		http.NotFound(w, r)
	})
}

// BenchmarkItems measures a page of 1,000 features.
func BenchmarkItems(b *testing.B) {
	store, _ := benchCity(b)
	defer store.Close()
	server, err := api.New(api.Config{Store: store})
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	for b.Loop() {
		w := httptest.NewRecorder()
		server.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/collections/building/items?limit=1000", nil))
		if n, err := io.Copy(io.Discard, w.Body); err != nil || w.Code != http.StatusOK || n < 100_000 {
			b.Fatalf("%d, %d bytes, %v", w.Code, n, err)
		}
	}
	b.ReportMetric(1000*float64(b.N)/b.Elapsed().Seconds(), "features/s")
}
