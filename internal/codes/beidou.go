package codes

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// The two-dimensional grid of GB/T 39409-2020. Everything is counted in whole
// 1/2048 of an arc-second, the finest cell: sums of fractions of a degree do
// not find the cell at an edge.
const (
	beidouUnit   = 3600 * 2048 // units per degree
	beidouDigits = "0123456789ABCDE"
	beidouBands  = "ABCDEFGHIJKLMNOPQRSTUV"
)

// beidouLevel is a level from the second on: size of its cells in units, how
// many there are in the cell above, and whether column and row share a
// character (columns·row + column).
type beidouLevel struct {
	width, height int64
	cols, rows    int64
	single        bool
}

var beidouLevels = []beidouLevel{
	{beidouUnit / 2, beidouUnit / 2, 12, 8, false},
	{beidouUnit / 4, beidouUnit / 6, 2, 3, true},
	{beidouUnit / 60, beidouUnit / 60, 15, 10, false},
	{beidouUnit / 900, beidouUnit / 900, 15, 15, false},
	{beidouUnit / 1800, beidouUnit / 1800, 2, 2, true},
	{512, 512, 8, 8, false},
	{64, 64, 8, 8, false},
	{8, 8, 8, 8, false},
	{1, 1, 8, 8, false},
}

// beidouLengths are the lengths of codes of level 1 to 10.
var beidouLengths = []int{4, 6, 7, 9, 11, 12, 14, 16, 18, 20}

// BeiDou gives the grid location code of a point, degrees on WGS 84 (CGCS2000),
// at a level of 1 to 10. Beyond 88° the standard has a scheme of its own, which
// is not supported. Outside the north-eastern quarter of the globe, cells are
// counted away from the equator and the meridian of Greenwich as other
// implementations do; the samples at hand confirm the north-east only.
func BeiDou(lon, lat float64, level int) (string, error) {
	if level < 1 || level > len(beidouLengths) {
		return "", fmt.Errorf("beidou: level %d is not 1 … %d", level, len(beidouLengths))
	}
	if !(math.Abs(lon) <= 180) {
		return "", fmt.Errorf("beidou: longitude %g is not in -180 … 180", lon)
	}
	if !(math.Abs(lat) < 88) {
		return "", fmt.Errorf("beidou: latitude %g is not between -88 and 88; the poles have a scheme of their own", lat)
	}
	x, y := beidouUnits(lon, 180), beidouUnits(lat, 88)
	band := x / (6 * beidouUnit)
	zone := 31 + band
	if math.Signbit(lon) && lon != 0 {
		zone = 30 - band
	}
	hemisphere := byte('N')
	if lat < 0 {
		hemisphere = 'S'
	}
	code := fmt.Appendf(make([]byte, 0, 20), "%c%02d%c", hemisphere, zone, beidouBands[y/(4*beidouUnit)])
	x, y = x%(6*beidouUnit), y%(4*beidouUnit)
	for _, l := range beidouLevels[:level-1] {
		col, row := x/l.width, y/l.height
		if l.single {
			code = append(code, beidouDigits[row*l.cols+col])
		} else {
			code = append(code, beidouDigits[col], beidouDigits[row])
		}
		x, y = x%l.width, y%l.height
	}
	return string(code), nil
}

// beidouUnits counts units from zero, whatever the sign, and keeps the far edge
// in the last cell. The millionth is for decimals that stand a last bit below
// an edge that they mean.
func beidouUnits(v float64, limit int64) int64 {
	return min(int64(math.Abs(v)*beidouUnit+1e-6), limit*beidouUnit-1)
}

// checkBeiDou checks the layout; there is no check character.
func checkBeiDou(s *Scheme, v string, _ Options) ([]string, error) {
	if !slices.Contains(beidouLengths, len(v)) {
		return nil, s.lengthError(v, "4 / 6 / 7 / 9 / 11 / 12 / 14 / 16 / 18 / 20")
	}
	if _, err := decodeBeiDou(v); err != nil {
		return nil, s.fail(RuleLayout, v, "不符合北斗网格位置码结构（GB/T 39409）", err.Error())
	}
	return nil, nil
}

// BeiDouCell gives the cell of a code in normal form: its edges in degrees.
func BeiDouCell(code string) (west, south, east, north float64, err error) {
	if _, _, err := Check("beidou", code); err != nil {
		return 0, 0, 0, 0, err
	}
	c, err := decodeBeiDou(code)
	if err != nil {
		return 0, 0, 0, 0, err
	}
	x0, x1 := float64(c.x)/beidouUnit, float64(c.x+c.width)/beidouUnit
	y0, y1 := float64(c.y)/beidouUnit, float64(c.y+c.height)/beidouUnit
	if c.west {
		x0, x1 = -x1, -x0
	}
	if c.south {
		y0, y1 = -y1, -y0
	}
	return x0, y0, x1, y1, nil
}

// beidouCell is a cell in units away from the equator and Greenwich.
type beidouCell struct {
	x, y, width, height int64
	west, south         bool
}

// decodeBeiDou reads a code whose length is one of beidouLengths.
func decodeBeiDou(v string) (beidouCell, error) {
	if v[0] != 'N' && v[0] != 'S' {
		return beidouCell{}, errors.New("does not begin with N or S")
	}
	zone := 0
	if digits(v[1:3]) {
		zone = int(v[1]-'0')*10 + int(v[2]-'0')
	}
	if zone < 1 || zone > 60 {
		return beidouCell{}, errors.New("characters 2–3 (band of longitude) are not 01–60")
	}
	band := strings.IndexByte(beidouBands, v[3])
	if band < 0 {
		return beidouCell{}, errors.New("character 4 (band of latitude) is not A–V")
	}
	c := beidouCell{
		x: int64(zone-31) * 6 * beidouUnit, y: int64(band) * 4 * beidouUnit,
		width: 6 * beidouUnit, height: 4 * beidouUnit, south: v[0] == 'S',
	}
	if zone <= 30 {
		c.west, c.x = true, int64(30-zone)*6*beidouUnit
	}
	return c, c.descend(v[4:])
}

// descend narrows a cell of level 1 by the characters that follow.
func (c *beidouCell) descend(rest string) error {
	for _, l := range beidouLevels {
		if rest == "" {
			return nil
		}
		n := 2
		if l.single {
			n = 1
		}
		col := int64(strings.IndexByte(beidouDigits, rest[0]))
		row := int64(strings.IndexByte(beidouDigits, rest[n-1]))
		if l.single && row >= 0 {
			col, row = row%l.cols, row/l.cols
		}
		if col < 0 || row < 0 || col >= l.cols || row >= l.rows {
			return fmt.Errorf("%q is not a cell at its level", clip(rest[:n]))
		}
		c.x, c.y, c.width, c.height = c.x+col*l.width, c.y+row*l.height, l.width, l.height
		rest = rest[n:]
	}
	return nil
}
