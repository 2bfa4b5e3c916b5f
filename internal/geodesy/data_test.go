package geodesy_test

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/chengma/chengma/internal/geodesy"
)

// readData gives a file of the sample data, unpacked.
func readData(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("CHENGMA_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Skipf("sample data is not there: %v", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The Czech register's original coordinates (EPSG:5514) against the same
// parcels in WGS 84 as another program converted them, with the
// same datum shift and eight decimals: within a centimetre.
func TestRealKrovak(t *testing.T) {
	original := readData(t, "ruian_decany/20140331_OB_564729_UKSH.xml.gz")
	converted := readData(t, "ruian_decany/parcels.geojsonl.gz")
	c := crs(t, "urn:ogc:def:crs:EPSG::5514")
	// Parcels by Id, first coordinate of the outline of each.
	first := map[string][2]float64{}
	parcel := regexp.MustCompile(`(?s)<vf:Parcela [^>]*gml:id="PA\.(\d+)".*?</vf:Parcela>`)
	pos := regexp.MustCompile(`<gml:posList>(-?[\d.]+) (-?[\d.]+) `)
	for _, m := range parcel.FindAllStringSubmatch(original, -1) {
		if p := pos.FindStringSubmatch(m[0]); p != nil {
			x, _ := strconv.ParseFloat(p[1], 64)
			y, _ := strconv.ParseFloat(p[2], 64)
			lon, lat := c.ToWGS84(x, y)
			first[m[1]] = [2]float64{lon, lat}
		}
	}
	feature := regexp.MustCompile(`"Id":"(\d+)".*"coordinates":\[+(-?[\d.]+),\s*(-?[\d.]+)`)
	compared, worst := 0, 0.0
	for line := range strings.Lines(converted) {
		m := feature.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		want, ok := first[m[1]]
		if !ok {
			continue
		}
		lon, _ := strconv.ParseFloat(m[2], 64)
		lat, _ := strconv.ParseFloat(m[3], 64)
		compared++
		worst = max(worst, geodesy.Distance(lon, lat, want[0], want[1]))
	}
	t.Logf("%d parcels compared, %d originals, worst %.3f m", compared, len(first), worst)
	if compared < 3000 || worst > 0.01 {
		t.Errorf("%d parcels compared, worst %.3f m", compared, worst)
	}
}
