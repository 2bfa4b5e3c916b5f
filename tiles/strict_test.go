package tiles_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"testing"

	"github.com/chengma/chengma/tiles"
)

// strict reads a vector tile by the letter of MVT 2.1 and fails on everything that
// the specification forbids or that this package promises not to do. It shares
// nothing with the encoder.
type strictLayer struct {
	name     string
	features []strictFeature
}

type strictFeature struct {
	id    uint64
	kind  uint64
	props map[string]any
	parts [][][2]int64 // points, lines, rings (unclosed)
	areas []int64      // twice the signed area of each ring
}

var errTile = errors.New("not a proper tile")

type field struct {
	number, wire uint64
	varint       uint64
	bytes        []byte
}

func fields(b []byte) ([]field, error) {
	var all []field
	for len(b) > 0 {
		tag, n := binary.Uvarint(b)
		if n <= 0 {
			return nil, fmt.Errorf("%w: tag", errTile)
		}
		b = b[n:]
		f := field{number: tag >> 3, wire: tag & 7}
		switch f.wire {
		case 0:
			if f.varint, n = binary.Uvarint(b); n <= 0 {
				return nil, fmt.Errorf("%w: varint", errTile)
			}
			b = b[n:]
		case 1:
			if len(b) < 8 {
				return nil, fmt.Errorf("%w: fixed", errTile)
			}
			f.varint, b = binary.LittleEndian.Uint64(b), b[8:]
		case 2:
			length, n := binary.Uvarint(b)
			if n <= 0 || length > uint64(len(b)-n) {
				return nil, fmt.Errorf("%w: length", errTile)
			}
			f.bytes, b = b[n:n+int(length)], b[n+int(length):]
		default:
			return nil, fmt.Errorf("%w: wire type %d", errTile, f.wire)
		}
		all = append(all, f)
	}
	return all, nil
}

func unzip(t testing.TB, data []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func decode(t testing.TB, tile tiles.Tile) []strictLayer {
	t.Helper()
	raw := unzip(t, tile.Data)
	layers, err := decodeRaw(raw)
	if err != nil {
		t.Fatalf("%v\n%x", err, raw)
	}
	n := 0
	for _, l := range layers {
		n += len(l.features)
	}
	if n != tile.Features || len(raw) != tile.Size {
		t.Fatalf("%d features and %d bytes instead of %d and %d as told", n, len(raw), tile.Features, tile.Size)
	}
	return layers
}

func decodeRaw(raw []byte) ([]strictLayer, error) {
	top, err := fields(raw)
	if err != nil {
		return nil, err
	}
	var layers []strictLayer
	names := make(map[string]bool)
	for _, f := range top {
		if f.number != 3 || f.wire != 2 {
			return nil, fmt.Errorf("%w: field %d in a tile", errTile, f.number)
		}
		l, err := decodeLayer(f.bytes)
		if err != nil {
			return nil, err
		}
		if names[l.name] || l.name == "" {
			return nil, fmt.Errorf("%w: layer name %q", errTile, l.name)
		}
		names[l.name] = true
		layers = append(layers, l)
	}
	return layers, nil
}

func decodeLayer(b []byte) (l strictLayer, err error) {
	all, err := fields(b)
	if err != nil {
		return l, err
	}
	var keys []string
	var values []any
	var raw [][]byte
	version, extent := uint64(0), uint64(0)
	for _, f := range all {
		switch f.number {
		case 15:
			version = f.varint
		case 1:
			l.name = string(f.bytes)
		case 2:
			raw = append(raw, f.bytes)
		case 3:
			keys = append(keys, string(f.bytes))
		case 4:
			v, err := decodeValue(f.bytes)
			if err != nil {
				return l, err
			}
			values = append(values, v)
		case 5:
			extent = f.varint
		default:
			return l, fmt.Errorf("%w: field %d in a layer", errTile, f.number)
		}
	}
	if version != 2 || extent != tiles.Extent || len(raw) == 0 {
		return l, fmt.Errorf("%w: version %d, extent %d, %d features", errTile, version, extent, len(raw))
	}
	if err := distinct(keys, values); err != nil {
		return l, err
	}
	usedKeys, usedValues := make([]bool, len(keys)), make([]bool, len(values))
	for _, b := range raw {
		f, err := decodeFeature(b, keys, values, usedKeys, usedValues)
		if err != nil {
			return l, err
		}
		l.features = append(l.features, f)
	}
	for i, used := range append(usedKeys, usedValues...) {
		if !used {
			return l, fmt.Errorf("%w: key or value %d is not used", errTile, i)
		}
	}
	return l, nil
}

func distinct(keys []string, values []any) error {
	seen := make(map[any]bool)
	for _, k := range keys {
		if seen["key "+k] {
			return fmt.Errorf("%w: key %q twice", errTile, k)
		}
		seen["key "+k] = true
	}
	for _, v := range values {
		type value struct{ v any }
		if seen[value{v}] && v != nil {
			if _, count := v.(uint64); !count { // counts of cells may repeat
				return fmt.Errorf("%w: value %v twice", errTile, v)
			}
		}
		seen[value{v}] = true
	}
	return nil
}

func decodeValue(b []byte) (any, error) {
	all, err := fields(b)
	if err != nil || len(all) != 1 {
		return nil, fmt.Errorf("%w: value %x", errTile, b)
	}
	switch f := all[0]; f.number {
	case 1:
		return string(f.bytes), nil
	case 3:
		return math.Float64frombits(f.varint), nil
	case 4:
		return f.varint, nil
	case 6:
		return int64(f.varint>>1) ^ -int64(f.varint&1), nil
	case 7:
		return f.varint == 1, nil
	}
	return nil, fmt.Errorf("%w: value %x", errTile, b)
}

func varints(b []byte) ([]uint64, error) {
	var all []uint64
	for len(b) > 0 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			return nil, fmt.Errorf("%w: packed varints", errTile)
		}
		all, b = append(all, v), b[n:]
	}
	return all, nil
}

func decodeFeature(b []byte, keys []string, values []any, usedKeys, usedValues []bool) (f strictFeature, err error) {
	all, err := fields(b)
	if err != nil {
		return f, err
	}
	f.props = make(map[string]any)
	var tags, commands []uint64
	for _, x := range all {
		switch x.number {
		case 1:
			f.id = x.varint
		case 2:
			tags, err = varints(x.bytes)
		case 3:
			f.kind = x.varint
		case 4:
			commands, err = varints(x.bytes)
		default:
			err = fmt.Errorf("%w: field %d in a feature", errTile, x.number)
		}
		if err != nil {
			return f, err
		}
	}
	if len(tags)%2 != 0 || f.id >= 1<<53 {
		return f, fmt.Errorf("%w: tags %v, id %d", errTile, tags, f.id)
	}
	for i := 0; i < len(tags); i += 2 {
		k, v := tags[i], tags[i+1]
		if k >= uint64(len(keys)) || v >= uint64(len(values)) {
			return f, fmt.Errorf("%w: tag %d %d", errTile, k, v)
		}
		if _, twice := f.props[keys[k]]; twice {
			return f, fmt.Errorf("%w: %q twice", errTile, keys[k])
		}
		f.props[keys[k]] = values[v]
		usedKeys[k], usedValues[v] = true, true
	}
	return f, f.geometry(commands)
}

func (f *strictFeature) geometry(c []uint64) error {
	var x, y int64
	var part [][2]int64
	next := func() {
		x += int64(c[0]>>1) ^ -int64(c[0]&1)
		y += int64(c[1]>>1) ^ -int64(c[1]&1)
		c = c[2:]
		part = append(part, [2]int64{x, y})
	}
	for len(c) > 0 {
		command, count := c[0]&7, int(c[0]>>3)
		c = c[1:]
		if command != 7 && (count == 0 || len(c) < 2*count) {
			return fmt.Errorf("%w: command %d × %d with %d numbers", errTile, command, count, len(c))
		}
		switch {
		case command == 1 && (f.kind == 1 && len(f.parts) == 0 || f.kind != 1 && count == 1):
			f.end(&part)
			for range count {
				next()
			}
		case command == 2 && f.kind != 1 && len(part) == 1:
			for range count {
				next()
			}
		case command == 7 && f.kind == 3 && count == 1 && len(part) > 2:
			f.end(&part)
		default:
			return fmt.Errorf("%w: command %d × %d in type %d", errTile, command, count, f.kind)
		}
	}
	if f.kind == 3 && len(part) > 0 {
		return fmt.Errorf("%w: a ring is not closed", errTile)
	}
	f.end(&part)
	return f.check()
}

func (f *strictFeature) end(part *[][2]int64) {
	if len(*part) > 0 {
		f.parts = append(f.parts, *part)
		*part = nil
	}
}

func (f *strictFeature) check() error {
	if len(f.parts) == 0 || f.kind < 1 || f.kind > 3 {
		return fmt.Errorf("%w: type %d with %d parts", errTile, f.kind, len(f.parts))
	}
	for i, p := range f.parts {
		for j, v := range p {
			if min(v[0], v[1]) < -tiles.Buffer || max(v[0], v[1]) > tiles.Extent+tiles.Buffer {
				return fmt.Errorf("%w: vertex %v is outside the buffer", errTile, v)
			}
			if f.kind != 1 && j > 0 && p[j-1] == v {
				return fmt.Errorf("%w: vertex %v twice in a row", errTile, v)
			}
		}
		if f.kind == 2 && len(p) < 2 {
			return fmt.Errorf("%w: a line of one vertex", errTile)
		}
		if f.kind != 3 {
			continue
		}
		area, err := ringArea(p)
		if err != nil {
			return err
		}
		if i == 0 && area < 0 {
			return fmt.Errorf("%w: the first ring is a hole", errTile)
		}
		f.areas = append(f.areas, area)
	}
	return nil
}

func ringArea(p [][2]int64) (int64, error) {
	var area int64
	n := len(p)
	for i, v := range p {
		a, b := p[(i+n-1)%n], p[(i+1)%n]
		area += a[0]*v[1] - v[0]*a[1]
		if (v[0]-a[0])*(b[1]-v[1]) == (v[1]-a[1])*(b[0]-v[0]) {
			return 0, fmt.Errorf("%w: no corner at %v in %v", errTile, v, p)
		}
	}
	if n < 3 || area == 0 {
		return 0, fmt.Errorf("%w: ring %v has no area", errTile, p)
	}
	return area, nil
}
