package sqlite

import (
	"fmt"
	"slices"

	"github.com/chengma/chengma/entities"
)

// issuable looks at every code that was given.
func (v *verifier) issuable() error {
	after := int64(-1)
	for {
		var damage []entities.Damage
		n := 0
		err := v.store.read(v.ctx, func(c *conn) error {
			rows, err := c.query(v.ctx, verifyCodesSQL, after, int64(mostChunk))
			if err != nil {
				return err
			}
			for rows.next() {
				n++
				after = rows.int(0)
				if code := entities.Code(after); !code.Issuable() {
					damage = append(damage, entities.Damage{Check: CheckIssuable, Code: code, Text: "this code must not be given"})
				}
			}
			return rows.close()
		})
		if err != nil {
			return err
		}
		if err := v.report(damage); err != nil || n < mostChunk {
			return err
		}
	}
}

// versions looks into every stored version.
func (v *verifier) versions() error {
	after := int64(-1)
	for {
		var damage []entities.Damage
		n := 0
		err := v.store.read(v.ctx, func(c *conn) error {
			rows, err := c.query(v.ctx, verifyVersionsSQL, after, int64(mostChunk))
			if err != nil {
				return err
			}
			for rows.next() {
				n++
				after = rows.int(versionID)
				found, err := v.version(c, rows)
				if err != nil {
					_ = rows.close() // the first error is the one that says why
					return err
				}
				damage = append(damage, found...)
			}
			return rows.close()
		})
		if err != nil {
			return err
		}
		if err := v.report(damage); err != nil || n < mostChunk {
			return err
		}
	}
}

// version looks into one row: its attributes, shape, box and search terms.
func (v *verifier) version(c *conn, r *rows) ([]entities.Damage, error) {
	var damage []entities.Damage
	code := entities.Code(r.int(versionCode))
	found := func(check, format string, args ...any) {
		text := fmt.Sprintf("version %d: ", r.int(versionID)) + fmt.Sprintf(format, args...)
		damage = append(damage, entities.Damage{Check: check, Code: code, Text: text})
	}
	v.origins(c, r, found)
	attrs, err := c.decoder.Decode(r.bytes(versionAttrs))
	if err != nil {
		found(CheckAttributes, "%v", err)
	}
	if err := v.box(c, r, found); err != nil {
		return nil, err
	}
	if err != nil {
		return damage, nil // without attributes there are no terms to expect
	}
	return damage, v.terms(c, r.int(versionID), &entities.Entity{Code: code, Attrs: attrs}, found)
}

func (v *verifier) origins(c *conn, r *rows, found func(check, format string, args ...any)) {
	if _, err := v.store.origin(c, r.int(versionOrigin)); err != nil {
		found(CheckOrigin, "%v", err)
	}
	if text := r.text(versionOrigins); text != "" {
		if _, err := v.store.attrOrigins(c, text); err != nil {
			found(CheckOrigin, "%v", err)
		}
	}
}

// box compares a shape with its row in the R*Tree, which has single precision
// and is rounded outwards.
func (v *verifier) box(c *conn, r *rows, found func(check, format string, args ...any)) error {
	shape := entities.NoBox
	if raw := r.bytes(versionShape); len(raw) > 0 {
		// The walk goes first: it holds counts against the bytes that are there,
		// where decoding would believe a damaged count and ask for its memory.
		var err error
		if shape, err = entities.BoundsOfWKB(raw); err == nil {
			_, err = entities.GeometryFromWKB(raw)
		}
		if err != nil {
			found(CheckGeometry, "%v", err)
			return nil
		}
	}
	row, err := c.row(verifyBoxSQL, r.int(versionID))
	if err != nil {
		return err
	}
	switch {
	case row == nil && !shape.Empty():
		found(CheckBoxMissing, "its shape is not in the R*Tree")
	case row != nil && shape.Empty():
		found(CheckBoxExtra, "it has no shape and is in the R*Tree")
	case row != nil:
		box := entities.Box{West: row.float(0), South: row.float(1), East: row.float(2), North: row.float(3)}
		kind := float64(r.int(versionCode) >> 48)
		if !shape.Within(box) || row.float(4) != kind || row.float(5) != kind+0.5 {
			found(CheckBox, "its box in the R*Tree does not hold its shape, or is that of another kind")
		}
	}
	return nil
}

func (v *verifier) terms(c *conn, id int64, e *entities.Entity, found func(check, format string, args ...any)) error {
	var missing []string
	for _, term := range v.store.terms(e) {
		row, err := c.row(verifyTermSQL, term, int64(e.Kind()), id)
		if err != nil {
			return err
		}
		if row.int(0) == 0 {
			missing = append(missing, term)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		found(CheckSearchMissing, "%d search terms are missing, the first is %q", len(missing), missing[0])
	}
	return nil
}
