package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"

	"github.com/mattn/go-sqlite3"

	"github.com/chengma/chengma/entities"
)

// conn is one connection at the level of the driver, with every statement
// prepared once. It is for one goroutine at a time. database/sql is left out:
// its bookkeeping costs more than most of the statements here.
type conn struct {
	raw     *sqlite3.SQLiteConn
	stmts   map[string]*stmt
	decoder entities.AttrsDecoder
}

// stmt is a prepared statement with the slices that its calls reuse.
type stmt struct {
	raw  *sqlite3.SQLiteStmt
	args []driver.NamedValue
	rows rows
}

func openConn(path string) (*conn, error) {
	// _mutex=no: no lock within SQLite, for a conn is never used by two at once.
	name := "file:" + (&url.URL{Path: path}).EscapedPath() + "?_mutex=no"
	raw, err := (&sqlite3.SQLiteDriver{}).Open(name)
	if err != nil {
		return nil, explain(err)
	}
	return &conn{raw: raw.(*sqlite3.SQLiteConn), stmts: make(map[string]*stmt)}, nil
}

func (c *conn) close() error {
	var errs []error
	for _, s := range c.stmts {
		errs = append(errs, s.raw.Close())
	}
	c.stmts = nil
	errs = append(errs, c.raw.Close())
	return explain(errors.Join(errs...))
}

// pragma runs statements that are not worth preparing.
func (c *conn) pragma(text string) error {
	_, err := c.raw.ExecContext(context.Background(), text, nil)
	return explain(err)
}

func (c *conn) prepare(text string) (*stmt, error) {
	if s := c.stmts[text]; s != nil {
		return s, nil
	}
	raw, err := c.raw.Prepare(text)
	if err != nil {
		return nil, explain(err)
	}
	s := &stmt{raw: raw.(*sqlite3.SQLiteStmt)}
	c.stmts[text] = s
	return s, nil
}

func (s *stmt) bind(args []any) {
	s.args = s.args[:0]
	for i, arg := range args {
		s.args = append(s.args, driver.NamedValue{Ordinal: i + 1, Value: arg})
	}
}

// exec runs a statement without rows and returns how many it changed. Arguments
// are int64, float64, string, []byte or nil.
func (c *conn) exec(text string, args ...any) (int64, error) {
	s, err := c.prepare(text)
	if err != nil {
		return 0, err
	}
	s.bind(args)
	// Without a context that can end, the driver starts no goroutine.
	result, err := s.raw.ExecContext(context.Background(), s.args)
	if err != nil {
		return 0, explain(err)
	}
	return result.RowsAffected()
}

// query runs a statement. Only one call of it may be under way on the
// connection; it ends when next returned false, or by close.
func (c *conn) query(ctx context.Context, text string, args ...any) (*rows, error) {
	s, err := c.prepare(text)
	if err != nil {
		return nil, err
	}
	s.bind(args)
	raw, err := s.raw.QueryContext(ctx, s.args)
	if err != nil {
		return nil, explain(err)
	}
	s.rows.raw = raw
	s.rows.failure = nil
	if s.rows.values == nil {
		s.rows.values = make([]driver.Value, len(raw.Columns()))
	}
	return &s.rows, nil
}

// row runs a statement that gives one row at the most; nil where there is none.
// The row is valid until the statement runs again.
func (c *conn) row(text string, args ...any) (*rows, error) {
	r, err := c.query(context.Background(), text, args...)
	if err != nil {
		return nil, err
	}
	found := r.next()
	if err := r.close(); err != nil || !found {
		return nil, err
	}
	return r, nil
}

// rows are the rows of a statement.
type rows struct {
	raw     driver.Rows
	values  []driver.Value
	failure error
}

func (r *rows) next() bool {
	if r.raw == nil {
		return false
	}
	err := r.raw.Next(r.values)
	if err == nil {
		return true
	}
	if !errors.Is(err, io.EOF) {
		r.failure = explain(err)
	}
	return false
}

// close ends the statement and returns what went wrong in it.
func (r *rows) close() error {
	if r.raw != nil {
		if err := r.raw.Close(); err != nil && r.failure == nil {
			r.failure = explain(err)
		}
		r.raw = nil
	}
	return r.failure
}

// The values of columns. One of another type, which only damage can cause, is
// zero; Verify finds it.

func (r *rows) int(i int) int64 {
	v, _ := r.values[i].(int64)
	return v
}

func (r *rows) float(i int) float64 {
	switch v := r.values[i].(type) {
	case float64:
		return v
	case int64:
		return float64(v)
	}
	return 0
}

func (r *rows) text(i int) string {
	v, _ := r.values[i].(string)
	return v
}

func (r *rows) bytes(i int) []byte {
	switch v := r.values[i].(type) {
	case []byte:
		return v
	case string:
		return []byte(v)
	}
	return nil
}

func (r *rows) null(i int) bool { return r.values[i] == nil }

// number reads a pragma that answers with one integer.
func (c *conn) number(pragma string) (int64, error) {
	r, err := c.row(pragma)
	if err != nil {
		return 0, err
	}
	if r == nil {
		return 0, fmt.Errorf("%s: no answer", pragma)
	}
	if s := r.text(0); s != "" {
		return strconv.ParseInt(s, 10, 64)
	}
	return r.int(0), nil
}
