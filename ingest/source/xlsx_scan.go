package source

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// scanRows returns the number of the last row of a sheet. Rows carry their number
// (ISO/IEC 29500-1, 18.3.1.73), or follow the one before.
func scanRows(member *zip.File) (int, error) {
	in, err := memberText(member)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	const tagMost = 4096
	text := bufio.NewReaderSize(in, 64<<10)
	row := 0
	for {
		switch _, err := text.ReadSlice('<'); {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			return row, nil
		case err != nil:
			return 0, readError(err)
		}
		tag, err := text.Peek(tagMost)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, readError(err)
		}
		if end := bytes.IndexByte(tag[:min(len(tag), 64)], ':'); end > 0 && bytes.HasPrefix(tag[end:], []byte(":row")) {
			tag = tag[end+1:] // a prefix of the name space
		}
		if !bytes.HasPrefix(tag, []byte("row")) || len(tag) < 4 || bytes.IndexByte([]byte(" >/\t\r\n"), tag[3]) < 0 {
			continue
		}
		next := rowNumber(tag[3:], row+1)
		if next <= row {
			return 0, fmt.Errorf("%w: row %d comes after row %d", ErrFormat, next, row)
		}
		row = next
	}
}

// rowNumber returns the attribute r of a tag.
func rowNumber(tag []byte, otherwise int) int {
	if end := bytes.IndexByte(tag, '>'); end >= 0 {
		tag = tag[:end]
	}
	for _, space := range []string{" r=", "\tr=", "\nr="} {
		_, value, found := bytes.Cut(tag, []byte(space))
		if !found || len(value) < 2 {
			continue
		}
		digits, _, _ := bytes.Cut(value[1:], value[:1])
		if n, err := strconv.Atoi(string(digits)); err == nil && n > 0 {
			return n
		}
	}
	return otherwise
}
