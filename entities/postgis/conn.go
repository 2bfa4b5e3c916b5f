package postgis

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/chengma/chengma/entities"
)

// conn is a connection that is lent for a while, for one goroutine. The driver
// prepares each statement once a connection.
type conn struct {
	raw     *pgx.Conn
	decoder *entities.AttrsDecoder
}

const decoderKey = "attrs"

// borrow wraps a connection; what is kept with it stays for the next who has it.
func borrow(raw *pgx.Conn) *conn {
	kept := raw.PgConn().CustomData()
	decoder, _ := kept[decoderKey].(*entities.AttrsDecoder)
	if decoder == nil {
		decoder = new(entities.AttrsDecoder)
		kept[decoderKey] = decoder
	}
	return &conn{raw: raw, decoder: decoder}
}

// explain is explain for errors of this connection: if it is gone, the server is.
func (c *conn) explain(ctx context.Context, err error) error {
	var server *pgconn.PgError
	if err != nil && c.raw.IsClosed() && ctx.Err() == nil && !errors.As(err, &server) {
		return fmt.Errorf("%w: the connection was lost: %w", entities.ErrUnavailable, err)
	}
	return explain(ctx, err)
}

// exec runs a statement without rows and returns how many it changed.
func (c *conn) exec(ctx context.Context, text string, args ...any) (int64, error) {
	tag, err := c.raw.Exec(ctx, text, args...)
	return tag.RowsAffected(), c.explain(ctx, err)
}

// query runs a statement and calls use for each of its rows, whose values are
// valid until it returns. Nothing else may be asked of the connection meanwhile.
func (c *conn) query(ctx context.Context, use func(*row) error, text string, args ...any) error {
	raw, err := c.raw.Query(ctx, text, args...)
	if err != nil {
		return c.explain(ctx, err)
	}
	defer raw.Close()
	r := row{types: c.raw.TypeMap(), fields: raw.FieldDescriptions()}
	for raw.Next() {
		r.values = raw.RawValues()
		if err := use(&r); err != nil {
			return err
		}
	}
	return c.explain(ctx, raw.Err())
}

// plan is query for statements whose best way depends on what is asked: the ranges
// of codes of a kind, a box, terms. They are planned each time, which costs less
// than a plan that is made once for all kinds and all boxes.
func (c *conn) plan(ctx context.Context, use func(*row) error, text string, args ...any) error {
	return c.query(ctx, use, text, append([]any{pgx.QueryExecModeCacheDescribe}, args...)...)
}

// row runs a statement that gives one row at the most; nil where there is none.
func (c *conn) row(ctx context.Context, text string, args ...any) (*row, error) {
	var found *row
	err := c.query(ctx, func(r *row) error {
		if found == nil {
			found = &row{types: r.types, fields: slices.Clone(r.fields)}
			for _, value := range r.values {
				found.values = append(found.values, slices.Clone(value))
			}
		}
		return nil
	}, text, args...)
	return found, err
}

// copyIn writes rows in the binary format.
func (c *conn) copyIn(ctx context.Context, table string, columns []string, n int, next func(i int) ([]any, error)) error {
	if n == 0 {
		return nil
	}
	_, err := c.raw.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromSlice(n, next))
	if err != nil {
		return fmt.Errorf("write %s: %w", table, c.explain(ctx, err))
	}
	return nil
}

// row is a row of an answer, in the binary format of PostgreSQL.
type row struct {
	types  *pgtype.Map
	fields []pgconn.FieldDescription
	values [][]byte
}

// The values of columns. A statement and what is read of it are written
// together; a value of another size is zero.

func (r *row) int(i int) int64 {
	switch v := r.values[i]; len(v) {
	case 8:
		return int64(binary.BigEndian.Uint64(v))
	case 4:
		return int64(int32(binary.BigEndian.Uint32(v)))
	case 1:
		return int64(v[0])
	}
	return 0
}

func (r *row) float(i int) float64 {
	if v := r.values[i]; len(v) == 8 {
		return math.Float64frombits(binary.BigEndian.Uint64(v))
	}
	return 0
}

func (r *row) truth(i int) bool { return r.int(i) == 1 }

func (r *row) text(i int) string { return string(r.values[i]) }

func (r *row) null(i int) bool { return r.values[i] == nil }

// bytes returns a copy, nil for NULL.
func (r *row) bytes(i int) []byte { return slices.Clone(r.values[i]) }

// ints reads a bigint[].
func (r *row) ints(i int) ([]int64, error) {
	var out []int64
	f := r.fields[i]
	err := r.types.Scan(f.DataTypeOID, f.Format, r.values[i], &out)
	return out, err
}
