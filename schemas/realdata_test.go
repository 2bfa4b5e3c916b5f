package schemas_test

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// open reads a file of the real data, unpacked, or skips the test.
func open(t *testing.T, name string) io.Reader {
	t.Helper()
	dir := os.Getenv("CHENGMA_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Skipf("no real data: %v", err)
	}
	t.Cleanup(func() { _ = f.Close() })
	if !strings.HasSuffix(name, ".gz") {
		return f
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func expectFine(t *testing.T, kindName, class string, rec record) {
	t.Helper()
	if v := kind(t, kindName).Check(class, rec.get); v != nil {
		t.Fatalf("%v\n%+v", rec, v)
	}
}

// Every building of a real city meets the schema, nested hazards included.
func TestTokyoBuildingsFit(t *testing.T) {
	s := bufio.NewScanner(open(t, "tokyo/buildings_chiyoda.geojsonl.gz"))
	s.Buffer(nil, 1<<22)
	n := 0
	for s.Scan() {
		var f struct {
			Properties struct {
				Ward   string          `json:"ward_code"`
				Chome  *string         `json:"chome_code"`
				Height float64         `json:"measured_height"`
				Roof   *float64        `json:"roof_edge_area"`
				Hazard json.RawMessage `json:"hazard"`
				Plan   *string         `json:"地区計画"`
			} `json:"properties"`
		}
		if err := json.Unmarshal(s.Bytes(), &f); err != nil {
			t.Fatal(err)
		}
		p := f.Properties
		rec := record{"division_code": p.Ward, "height": p.Height}
		if p.Chome != nil {
			rec["block_code"] = *p.Chome
		}
		if p.Roof != nil {
			rec["roof_edge_area"] = *p.Roof
		}
		if p.Plan != nil {
			rec["district_plan"] = *p.Plan
		}
		if len(p.Hazard) > 0 && string(p.Hazard) != "null" {
			rec["hazard"] = p.Hazard
		}
		expectFine(t, "building", "natural", rec)
		n++
	}
	if err := s.Err(); err != nil || n != 11581 {
		t.Errorf("%d buildings, %v; want 11581", n, err)
	}
}

func rows(t *testing.T, name string) []map[string]string {
	t.Helper()
	all, err := csv.NewReader(open(t, name)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	all[0][0] = strings.TrimPrefix(all[0][0], "\ufeff")
	var out []map[string]string
	for _, row := range all[1:] {
		m := map[string]string{}
		for i, key := range all[0] {
			m[key] = row[i]
		}
		out = append(out, m)
	}
	return out
}

func TestTokyoEnterprisesFit(t *testing.T) {
	all := rows(t, "tokyo/enterprises_jigyosyo.csv")
	for _, row := range all {
		rec := record{"name": row["office_name"], "name_phonetic": row["office_name_kana"], "postcode": row["postcode7"], "full_address": row["full_address"]}
		if code := row["chome_code_11_derived"]; code != "" {
			rec["block_code"] = code
		}
		expectFine(t, "enterprise", "establishment", rec)
	}
	if len(all) != 2198 {
		t.Errorf("%d enterprises, want 2198", len(all))
	}
}

// The values as the source has them; its areas are in square feet.
func TestCambridgeUnitsFit(t *testing.T) {
	all := rows(t, "cambridge_ma/property_units_fy2014.csv.gz")
	texts := map[string]string{"Location": "full_address", "UseCode": "use_code", "UseDescription": "use_description", "StyleDesc": "style", "Occupancy": "occupancy"}
	numbers := map[string]string{
		"LandArea": "land_area", "GrossArea": "gross_area", "BldgStories": "stories", "TotalAppraisedLandValue": "appraised_land_value",
		"TotalAppraisedImprovements": "appraised_improvements_value", "TotalAppraisedParcelValue": "appraised_total_value",
	}
	var bad []string
	for _, row := range all {
		rec := record{"currency": "USD"}
		for from, to := range texts {
			if row[from] != "" {
				rec[to] = row[from]
			}
		}
		for from, to := range numbers {
			if n, err := strconv.ParseFloat(row[from], 64); err == nil {
				rec[to] = n
			}
		}
		if year, err := strconv.ParseInt(row["AYBYrBuilt"], 10, 64); err == nil && year != 0 {
			rec["year_built"] = year
		}
		for _, v := range kind(t, "housing").Check("other", rec.get) {
			bad = append(bad, row["ML"]+" "+v.Field+" "+v.Rule)
		}
	}
	// One row of the source has a gross area of -35616 square feet.
	if want := []string{"44-100 gross_area minimum"}; !slices.Equal(bad, want) {
		t.Errorf("violations %v, want %v", bad, want)
	}
	if len(all) != 27528 {
		t.Errorf("%d units, want 27528", len(all))
	}
}

func TestSingaporeSubzonesFit(t *testing.T) {
	var all struct {
		Features []struct {
			Properties struct {
				Code   string  `json:"subzone_c"`
				Name   string  `json:"subzone_n"`
				Parent string  `json:"pln_area_c"`
				P2018  float64 `json:"pop_2018"`
				P2020  float64 `json:"pop_2020"`
			} `json:"properties"`
		} `json:"features"`
	}
	if err := json.NewDecoder(open(t, "singapore/subzone_population_2018_2020.geojson.gz")).Decode(&all); err != nil {
		t.Fatal(err)
	}
	for _, f := range all.Features {
		p := f.Properties
		for _, n := range []float64{p.P2018, p.P2020} {
			expectFine(t, "district", "statistical", record{
				"district_code": p.Code, "name": p.Name, "parent_code": p.Parent, "level": "area", "population": n,
			})
		}
	}
	if len(all.Features) != 332 {
		t.Errorf("%d subzones, want 332", len(all.Features))
	}
}
