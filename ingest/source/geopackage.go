package source

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"github.com/mattn/go-sqlite3"

	"github.com/chengma/chengma/entities"
)

// openGeoPackage opens a layer of a GeoPackage (OGC 12-128r19), read-only.
func (s *Source) openGeoPackage() error {
	file, size, err := s.whole()
	if err != nil {
		return err
	}
	if err := checkPages(file, size); err != nil {
		return err
	}
	db, err := openSQLite(file.Name(), s.cfg.MaxRecord)
	if err != nil {
		return err
	}
	s.binary.closers = append(s.binary.closers, db.Close)
	name, err := s.chooseLayer(db)
	if err != nil {
		return sqliteError(err)
	}
	layer, err := describeLayer(db, name)
	if err != nil {
		return fmt.Errorf("layer %q: %w", name, sqliteError(err))
	}
	s.binary.crs = layer.crs
	layer.most, layer.size, layer.progress = s.cfg.MaxRecord, s.total, new(atomic.Int64)
	s.binary.progress = layer.progress
	s.binary.read = func(emit func(*Record) bool) error {
		err := layer.read(db, emit)
		if err != nil && !errors.Is(err, errStopped) {
			return fmt.Errorf("layer %q: %w", name, sqliteError(err))
		}
		return err
	}
	return nil
}

// checkPages compares the size of an SQLite file with what its header says
// (https://www.sqlite.org/fileformat2.html, 1.3).
func checkPages(file *os.File, size int64) error {
	var head [100]byte
	if _, err := file.ReadAt(head[:], 0); err != nil {
		return partError(err, "database ends in its header")
	}
	page := int64(binary.BigEndian.Uint16(head[16:]))
	if page == 1 {
		page = 65536
	}
	pages := int64(binary.BigEndian.Uint32(head[28:]))
	counted := binary.BigEndian.Uint32(head[24:]) == binary.BigEndian.Uint32(head[92:])
	if counted && page*pages > size {
		return fmt.Errorf("%w: the database says that it has %d bytes, the file has %d", ErrTruncated, page*pages, size)
	}
	return nil
}

// sqliteConnector opens connections that cannot write, load code or take much
// memory.
type sqliteConnector struct {
	name string
	most int
}

func (c *sqliteConnector) Driver() driver.Driver { return &sqlite3.SQLiteDriver{} }

func (c *sqliteConnector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.Driver().Open(c.name)
	if err != nil {
		return nil, err
	}
	raw := conn.(*sqlite3.SQLiteConn)
	raw.SetLimit(sqlite3.SQLITE_LIMIT_LENGTH, c.most+bufferSize)
	if _, err := raw.Exec("PRAGMA query_only = 1; PRAGMA trusted_schema = 0; PRAGMA cell_size_check = 1", nil); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

func openSQLite(path string, most int) (*sql.DB, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	options := "mode=ro"
	if log, err := os.Stat(full + "-wal"); err != nil || log.Size() == 0 {
		options += "&immutable=1" // nothing waits in a log beside it: no lock and no file is needed
	}
	name := url.URL{Scheme: "file", Path: filepath.ToSlash(full), RawQuery: options}
	db := sql.OpenDB(&sqliteConnector{name: name.String(), most: most})
	db.SetMaxOpenConns(1)
	return db, nil
}

// sqliteError tells a damaged database from other failures.
func sqliteError(err error) error {
	var failed sqlite3.Error
	if errors.As(err, &failed) {
		switch failed.Code {
		case sqlite3.ErrCorrupt, sqlite3.ErrNotADB, sqlite3.ErrError, sqlite3.ErrTooBig, sqlite3.ErrFormat:
			return fmt.Errorf("%w: GeoPackage: %v", ErrFormat, err)
		}
	}
	return err
}

func (s *Source) chooseLayer(db *sql.DB) (string, error) {
	rows, err := db.Query("SELECT table_name FROM gpkg_contents WHERE data_type IN ('features', 'attributes') ORDER BY table_name")
	if err != nil {
		return "", fmt.Errorf("%w: it is an SQLite database and no GeoPackage: %v", ErrFormat, err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return "", err
		}
		if name == s.cfg.Layer {
			return name, nil
		}
		names = append(names, name)
	}
	switch err := rows.Err(); {
	case err != nil:
		return "", err
	case s.cfg.Layer != "":
		return "", fmt.Errorf("%w: the GeoPackage has no layer %q; it has %s", ErrFormat, s.cfg.Layer, list(names))
	case len(names) == 0:
		return "", fmt.Errorf("%w: the GeoPackage has no layer of features or attributes", ErrFormat)
	case len(names) > 1:
		return "", fmt.Errorf("%w: the GeoPackage has several layers, %s; say which by layer", ErrFormat, list(names))
	}
	return names[0], nil
}

// packageLayer is one table or view with its columns.
type packageLayer struct {
	query    string
	columns  []string
	bools    []bool
	geometry int // index of the column, -1 where there is none
	crs      string
	rows     int64 // 0 where that is unknown
	most     int
	size     int64
	progress *atomic.Int64
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func describeLayer(db *sql.DB, name string) (*packageLayer, error) {
	l := &packageLayer{geometry: -1}
	var shape, organization, definition sql.NullString
	var number sql.NullInt64
	err := db.QueryRow(`SELECT g.column_name, r.organization, r.organization_coordsys_id, r.definition FROM gpkg_geometry_columns g
		LEFT JOIN gpkg_spatial_ref_sys r ON r.srs_id = g.srs_id WHERE lower(g.table_name) = lower(?)`, name).Scan(&shape, &organization, &number, &definition)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	switch organization := strings.ToUpper(organization.String); {
	case organization == "" || organization == "NONE":
		l.crs = crsOfWKT(definition.String)
	default:
		l.crs = organization + ":" + strconv.FormatInt(number.Int64, 10)
	}
	rows, err := db.Query("SELECT name, upper(type) FROM pragma_table_info(?)", name)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var wanted []string
	for rows.Next() {
		var column, kind string
		if err := rows.Scan(&column, &kind); err != nil {
			return nil, err
		}
		switch {
		case shape.Valid && strings.EqualFold(column, shape.String):
			l.geometry = len(l.columns)
		case strings.HasPrefix(kind, "BLOB"):
			return nil, fmt.Errorf("%w: column %q holds blobs, and a blob is no attribute; leave it out (ogr2ogr -select does)", ErrFormat, column)
		}
		l.columns, l.bools = append(l.columns, column), append(l.bools, kind == "BOOLEAN")
		wanted = append(wanted, "+"+quoted(column)) // the sign keeps dates the text that they are
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if len(wanted) == 0 || shape.Valid && l.geometry < 0 {
		return nil, fmt.Errorf("%w: its table, or its geometry column %q, is missing", ErrFormat, shape.String)
	}
	l.query = "SELECT " + strings.Join(wanted, ", ") + " FROM " + quoted(name)
	if err := db.QueryRow("SELECT max(rowid) FROM " + quoted(name)).Scan(&number); err == nil { // a view has none
		l.rows = number.Int64
	}
	return l, nil
}

func (l *packageLayer) read(db *sql.DB, emit func(*Record) bool) error {
	rows, err := db.Query(l.query)
	if err != nil {
		return err
	}
	defer rows.Close()
	cells, into := make([]any, len(l.columns)), make([]any, len(l.columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	for number := int64(1); rows.Next(); number++ {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if l.rows > 0 {
			l.progress.Store(int64(float64(l.size) * min(1, float64(number)/float64(l.rows))))
		}
		if !emit(l.record(number, cells)) {
			return errStopped
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	l.progress.Store(l.size)
	return nil
}

func (l *packageLayer) record(number int64, cells []any) *Record {
	r := &Record{Line: number, Attrs: make([]entities.Attr, 0, len(cells))}
	for i, cell := range cells {
		if i == l.geometry {
			blob, ok := cell.([]byte)
			r.Raw = append(append(r.Raw, blob...), 0)
			shape, err := packageShape(blob)
			if cell != nil && !ok {
				err = fmt.Errorf("the geometry is a %T, not a blob", cell)
			}
			if err != nil {
				r.Err = errors.Join(r.Err, fmt.Errorf("geometry: %w", err))
			}
			r.Shape = shape
			continue
		}
		value, err := packageValue(cell, l.bools[i])
		if err != nil {
			r.Err = errors.Join(r.Err, fmt.Errorf("column %q: %w", l.columns[i], err))
			continue
		}
		r.Raw = append(value.AppendJSON(r.Raw), 0)
		r.Attrs = append(r.Attrs, entities.Attr{Name: l.columns[i], Value: value})
	}
	if len(r.Raw) > l.most {
		r.Err = errors.Join(r.Err, fmt.Errorf("%w: over %d bytes", errTooLong, l.most))
	}
	return r
}

// packageValue keeps the type that a value has in the database.
func packageValue(cell any, truth bool) (entities.Value, error) {
	switch v := cell.(type) {
	case nil:
		return entities.Null, nil
	case int64:
		if truth && (v == 0 || v == 1) {
			return entities.Bool(v == 1), nil
		}
		return entities.Int(v), nil
	case float64:
		return finite(v)
	case string:
		if !utf8.ValidString(v) {
			return entities.Unset, fmt.Errorf("%w: bytes that are no UTF-8", ErrEncoding)
		}
		return entities.String(v), nil
	case []byte:
		return entities.Unset, fmt.Errorf("a blob of %d bytes is no attribute", len(v))
	}
	return entities.Unset, fmt.Errorf("a value of type %T is no attribute", cell)
}
