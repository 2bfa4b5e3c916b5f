package tiles_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/simplify"

	"github.com/chengma/chengma/entities/snapshot"
	"github.com/chengma/chengma/tiles"
)

// BenchmarkTokyo draws uncached tiles of central Tokyo and puts a naive rival
// beside them: a linear scan over the same buildings, encoded with orb.
func BenchmarkTokyo(b *testing.B) {
	h := tokyo(b, "buildings_5wards.geojsonl.gz")
	l := live(b, h, tokyoLayer)
	naive := newRival(b, h)
	for _, z := range []int64{10, 12, 13, 14, 15, 16} {
		s := server(b, tiles.Config{CacheBytes: -1, Layers: []tiles.LayerConfig{{Live: l}}})
		list := h.tilesAt(b, z)
		var rival time.Duration
		b.Run(fmt.Sprintf("z%d", z), func(b *testing.B) {
			var features, size, zipped int
			i := 0
			for b.Loop() {
				k := list[i%len(list)]
				i++
				t, err := s.Tile(b.Context(), tiles.Request{Layers: []string{"building"}, Z: z, X: k[0], Y: k[1], At: 1})
				if err != nil {
					b.Fatal(err)
				}
				features += t.Features
				size += t.Size
				zipped += len(t.Data)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tiles/s")
			b.ReportMetric(float64(features)/float64(b.N), "features/tile")
			b.ReportMetric(float64(size)/float64(b.N), "B/tile")
			b.ReportMetric(float64(zipped)/float64(b.N), "gzB/tile")
			if rival == 0 {
				const rounds = 3
				start := time.Now()
				for j := range rounds {
					k := list[j%len(list)]
					naive.tile(b, maptile.New(uint32(k[0]), uint32(k[1]), maptile.Zoom(z)))
				}
				rival = time.Since(start) / rounds
			}
			b.ReportMetric(float64(rival)*float64(b.N)/float64(b.Elapsed()), "times-naive")
		})
	}
}

// BenchmarkTokyoHTTP asks for uncached z15 tiles with 8 connections; load and
// server share the machine.
func BenchmarkTokyoHTTP(b *testing.B) {
	h := tokyo(b, "buildings_5wards.geojsonl.gz")
	l := live(b, h, tokyoLayer)
	list := h.tilesAt(b, 15)
	for _, mode := range []struct {
		name  string
		bytes int64
	}{{"uncached", -1}, {"cached", 0}} {
		b.Run(mode.name, func(b *testing.B) {
			s := server(b, tiles.Config{CacheBytes: mode.bytes, Layers: []tiles.LayerConfig{{Live: l}}})
			web := httptest.NewServer(handler(s))
			defer web.Close()
			client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 8, MaxIdleConnsPerHost: 8, DisableCompression: true}}
			var next atomic.Int64
			var wait sync.WaitGroup
			b.ResetTimer()
			for range 8 {
				wait.Go(func() {
					for {
						i := next.Add(1)
						if i > int64(b.N) {
							return
						}
						k := list[int(i)%len(list)]
						if err := get(client, fmt.Sprintf("%s/15/%d/%d", web.URL, k[0], k[1])); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wait.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tiles/s")
		})
	}
}

func get(client *http.Client, url string) error {
	r, err := client.Get(url)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(r.Body); err != nil {
		return err
	}
	if r.StatusCode != http.StatusOK || body.Len() == 0 {
		return fmt.Errorf("%s: %s, %d bytes", url, r.Status, body.Len())
	}
	return nil
}

func handler(s *tiles.Server) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		part := strings.Split(r.URL.Path, "/")
		var n [3]int64
		for i := range n {
			n[i], _ = strconv.ParseInt(part[i+1], 10, 64)
		}
		t, err := s.Tile(r.Context(), tiles.Request{Layers: []string{"building"}, Z: n[0], X: n[1], Y: n[2], At: 1})
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("ETag", t.ETag)
		w.Write(t.Data)
	})
}

func server(t testing.TB, cfg tiles.Config) *tiles.Server {
	t.Helper()
	s, err := tiles.NewServer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// rival draws as one would without an index or a format of one's own.
type rival struct {
	shapes []orb.Geometry
	bounds []orb.Bound
	props  []geojson.Properties
}

func newRival(t testing.TB, h *heap) *rival {
	r := &rival{}
	for i := range h.versions {
		e := &h.versions[i]
		g, err := wkb.Unmarshal(e.Geometry.WKB())
		if err != nil {
			t.Fatal(err)
		}
		props := geojson.Properties{"code": e.Code.String()}
		for _, name := range tokyoLayer.Properties {
			switch v := e.Attrs.Get(name); {
			case v.IsUnset():
			default:
				if f, ok := v.Float(); ok {
					props[name] = f
				} else {
					props[name] = v.Text()
				}
			}
		}
		r.shapes, r.bounds, r.props = append(r.shapes, g), append(r.bounds, g.Bound()), append(r.props, props)
	}
	return r
}

func (r *rival) tile(t testing.TB, id maptile.Tile) []byte {
	bound := id.Bound(64.0 / 4096)
	fc := geojson.NewFeatureCollection()
	for i, b := range r.bounds {
		if b.Intersects(bound) {
			f := geojson.NewFeature(orb.Clone(r.shapes[i]))
			f.Properties = r.props[i]
			fc.Append(f)
		}
	}
	layers := mvt.NewLayers(map[string]*geojson.FeatureCollection{"building": fc})
	layers.ProjectToTile(id)
	layers.Clip(mvt.MapboxGLDefaultExtentBound)
	layers.Simplify(simplify.DouglasPeucker(0.5))
	layers.RemoveEmpty(0, 0)
	raw, err := mvt.Marshal(layers)
	if err != nil {
		t.Fatal(err)
	}
	var zipped bytes.Buffer
	w, _ := gzip.NewWriterLevel(&zipped, gzip.BestSpeed)
	w.Write(raw)
	w.Close()
	return zipped.Bytes()
}

// BenchmarkTokyoBuild writes the snapshot of 146,026 buildings from memory.
func BenchmarkTokyoBuild(b *testing.B) {
	h := tokyo(b, "buildings_5wards.geojsonl.gz")
	path := filepath.Join(b.TempDir(), "x.snapshot")
	for b.Loop() {
		if err := snapshot.Build(b.Context(), h.At(1), h.published(), tokyoLayer, path); err != nil {
			b.Fatal(err)
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/float64(len(h.versions)), "B/feature")
	b.ReportMetric(float64(len(h.versions)*b.N)/b.Elapsed().Seconds(), "features/s")
}
