package source

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"
	"sync/atomic"

	"github.com/xuri/excelize/v2"

	"github.com/chengma/chengma/entities"
)

const (
	workbookMost = 8 << 30   // bytes that a workbook may unpack to
	sheetBuffer  = 16 << 20  // bytes of a sheet or of shared strings in memory; more goes to a temporary file
	partsMost    = 256 << 20 // bytes of all other parts, which are held in memory
)

// openWorkbook opens a sheet of an XLSX workbook (ISO/IEC 29500). Every cell is
// the text that it shows, so that codes stay as they are and those that became
// numbers look so. Dates whose form depends on the reader's country,
// or hides the century, are YYYY-MM-DD.
func (s *Source) openWorkbook() error {
	file, size, err := s.whole()
	if err != nil {
		return err
	}
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return fmt.Errorf("%w: zip: %v", ErrFormat, err)
	}
	if err := checkParts(archive); err != nil {
		return err
	}
	book, err := openExcel(io.NewSectionReader(file, 0, size))
	if book != nil {
		s.binary.closers = append(s.binary.closers, book.Close)
	}
	if err != nil {
		return err
	}
	sheet, err := s.chooseSheet(book)
	if err != nil {
		return err
	}
	last, err := lastRow(archive, book, sheet)
	if err != nil {
		return fmt.Errorf("sheet %q: %w", sheet, err)
	}
	rows, err := book.Rows(sheet)
	if err != nil {
		return fmt.Errorf("%w: sheet %q: %v", ErrFormat, sheet, err)
	}
	s.binary.closers = append(s.binary.closers, rows.Close)
	s.binary.progress = new(atomic.Int64)
	r := &sheetReader{rows: rows, last: last, size: s.total, progress: s.binary.progress}
	s.binary.read = func(emit func(*Record) bool) error {
		if err := s.readSheet(r, emit); err != nil {
			return fmt.Errorf("sheet %q: %w", sheet, err)
		}
		return nil
	}
	return nil
}

// checkParts bounds what is held in memory whole.
func checkParts(archive *zip.Reader) error {
	parts := uint64(0)
	for _, part := range archive.File {
		name := strings.ToLower(part.Name)
		if strings.HasPrefix(name, "xl/worksheets/sheet") || name == "xl/sharedstrings.xml" {
			continue
		}
		if parts += min(part.UncompressedSize64, partsMost+1); parts > partsMost {
			return fmt.Errorf("%w: pictures and other parts of the workbook have over %d MiB; save the table alone", ErrFormat, partsMost>>20)
		}
	}
	return nil
}

func openExcel(in io.Reader) (book *excelize.File, err error) {
	defer func() {
		if p := recover(); p != nil { // a damaged workbook is no reason to stop the program
			err = fmt.Errorf("%w: damaged workbook: %v", ErrFormat, p)
		}
	}()
	book, err = excelize.OpenReader(in, excelize.Options{
		UnzipSizeLimit: workbookMost, UnzipXMLSizeLimit: sheetBuffer,
		ShortDatePattern: "yyyy-mm-dd", LongDatePattern: "yyyy-mm-dd", LongTimePattern: "hh:mm:ss", CultureInfo: excelize.CultureNameZhCN,
	})
	if err != nil {
		return book, fmt.Errorf("%w: workbook: %v", ErrFormat, err)
	}
	showCentury(book)
	return book, nil
}

// notShown is what a number format quotes, escapes, or puts in brackets.
var notShown = regexp.MustCompile(`"[^"]*"|\\.|\[[^\]]*\]`)

// showCentury replaces the formats of dates that hide the century: such a date is
// YYYY-MM-DD, with hh:mm:ss where the format has hours.
func showCentury(book *excelize.File) {
	if book.Styles == nil || book.Styles.NumFmts == nil {
		return
	}
	for _, format := range book.Styles.NumFmts.NumFmt {
		shown := strings.ToLower(notShown.ReplaceAllString(format.FormatCode, ""))
		if !strings.Contains(shown, "yy") || strings.Contains(shown, "yyy") {
			continue
		}
		format.FormatCode, format.FormatCode16 = "yyyy-mm-dd", ""
		if strings.Contains(shown, "h") {
			format.FormatCode = "yyyy-mm-dd hh:mm:ss"
		}
	}
}

func (s *Source) chooseSheet(book *excelize.File) (string, error) {
	names := book.GetSheetList()
	shown := ""
	for _, name := range names {
		if name == s.cfg.Layer {
			return name, nil
		}
		if visible, err := book.GetSheetVisible(name); shown == "" && err == nil && visible {
			shown = name
		}
	}
	switch {
	case len(names) == 0:
		return "", fmt.Errorf("%w: the workbook has no sheet", ErrFormat)
	case s.cfg.Layer != "":
		return "", fmt.Errorf("%w: the workbook has no sheet %q; it has %s", ErrFormat, s.cfg.Layer, list(names))
	case shown == "":
		return "", fmt.Errorf("%w: every sheet of the workbook is hidden; say by layer which is meant: %s", ErrFormat, list(names))
	}
	return shown, nil
}

// lastRow reads through a sheet before it is decoded: the decoder ends silently
// where the XML is broken, and passes over rows that are out of order. 0 where
// the sheet is not found by the usual names, and then nothing is checked.
func lastRow(archive *zip.Reader, book *excelize.File, sheet string) (int, error) {
	relations := findMember(archive, "xl/_rels/workbook.xml.rels")
	if relations == nil || book.WorkBook == nil {
		return 0, nil
	}
	in, err := memberText(relations)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	var parts struct {
		Relationship []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:",attr"`
		}
	}
	if err := xml.NewDecoder(in).Decode(&parts); err != nil {
		return 0, fmt.Errorf("%w: workbook relations: %v", ErrFormat, err)
	}
	for _, known := range book.WorkBook.Sheets.Sheet {
		for _, part := range parts.Relationship {
			if known.Name != sheet || known.ID != part.ID {
				continue
			}
			name := strings.TrimPrefix(part.Target, "/")
			if !strings.HasPrefix(part.Target, "/") {
				name = path.Join("xl", part.Target)
			}
			if member := findMember(archive, name); member != nil {
				return scanRows(member)
			}
		}
	}
	return 0, nil
}

// sheetReader gives the rows of a sheet, without those that are empty.
type sheetReader struct {
	rows     *excelize.Rows
	row      int // number of the row that was read last
	last     int
	size     int64
	progress *atomic.Int64
}

func (r *sheetReader) Read() (cells []string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: row %d: damaged workbook: %v", ErrFormat, r.row, p)
		}
	}()
	for r.rows.Next() {
		r.row++
		cells, err := r.rows.Columns()
		if err != nil {
			return nil, fmt.Errorf("%w: row %d: %v", ErrFormat, r.row, err)
		}
		if r.last > 0 {
			r.progress.Store(r.size / int64(r.last) * int64(min(r.row, r.last)))
		}
		for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1]) == "" {
			cells = cells[:len(cells)-1]
		}
		if len(cells) > 0 {
			return cells, nil
		}
	}
	if err := r.rows.Error(); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	if r.row < r.last {
		return nil, fmt.Errorf("%w: its XML breaks off behind row %d of %d", ErrFormat, r.row, r.last)
	}
	r.progress.Store(r.size)
	return nil, io.EOF
}

func (s *Source) readSheet(rows *sheetReader, emit func(*Record) bool) error {
	columns, pending, err := s.columns(rows)
	if err != nil {
		return err
	}
	for {
		cells := pending
		if pending = nil; cells == nil {
			if cells, err = rows.Read(); errors.Is(err, io.EOF) {
				return nil
			}
		}
		if err != nil {
			return err
		}
		if !emit(s.sheetRecord(int64(rows.row), columns, cells)) {
			return errStopped
		}
	}
}

// sheetRecord makes a record of a row. A sheet does not store empty cells at the
// end of a row.
func (s *Source) sheetRecord(row int64, columns, cells []string) *Record {
	r := &Record{Line: row, Raw: []byte(strings.Join(cells, "\t")), Attrs: make([]entities.Attr, 0, len(columns))}
	switch {
	case len(cells) > len(columns):
		r.Err = problem("该行有 %d 个单元格，而表有 %d 列", "the row has %d cells, the table has %d columns", len(cells), len(columns))
	case len(r.Raw) > s.cfg.MaxRecord:
		r.Err = problem("记录超过 %d 字节", "the record has over %d bytes", s.cfg.MaxRecord)
		return r
	}
	for i, column := range columns {
		text := ""
		if i < len(cells) {
			text = cells[i]
		}
		r.Attrs = append(r.Attrs, entities.Attr{Name: column, Value: entities.String(text)})
	}
	return r
}
