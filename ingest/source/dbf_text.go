package source

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// codePages are the texts of .cpg files, folded, with what they mean. nil is
// UTF-8.
var codePages = map[string]encoding.Encoding{
	"utf8": nil, "65001": nil,
	"gbk": simplifiedchinese.GB18030, "gb2312": simplifiedchinese.GB18030, "gb18030": simplifiedchinese.GB18030,
	"936": simplifiedchinese.GB18030, "54936": simplifiedchinese.GB18030, "euccn": simplifiedchinese.GB18030,
	"big5": traditionalchinese.Big5, "950": traditionalchinese.Big5,
	"88591": charmap.ISO8859_1, "iso88591": charmap.ISO8859_1, "1252": charmap.Windows1252,
}

// languageDrivers are the bytes in the header of a .dbf that tell the encoding
// for certain. Programs write 0 and 0x57 whatever the text is.
var languageDrivers = map[byte]encoding.Encoding{
	0x4d: simplifiedchinese.GB18030, 0x7a: simplifiedchinese.GB18030,
	0x4f: traditionalchinese.Big5, 0x78: traditionalchinese.Big5,
	0x03: charmap.Windows1252, 0x58: charmap.Windows1252, 0x59: charmap.Windows1252,
}

// dbfEncoding decides by what the mapping says, else the .cpg, else the language
// driver; else the text is UTF-8, which is nil.
func dbfEncoding(said, codePage string, driver byte) (encoding.Encoding, error) {
	if said != "" {
		text, known := codePages[foldPage(said)]
		if !known {
			return nil, fmt.Errorf("%w: %q is neither utf-8 nor gb18030", ErrEncoding, said)
		}
		return text, nil
	}
	if codePage == "" {
		return languageDrivers[driver], nil
	}
	text, known := codePages[foldPage(codePage)]
	if !known {
		return nil, fmt.Errorf("%w: the .cpg says %.40q, which is not read; name the encoding in the mapping if it is utf-8 or gb18030", ErrEncoding, codePage)
	}
	return text, nil
}

func foldPage(name string) string {
	name = strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(name))
	for _, prefix := range []string{"cp", "ansi", "oem", "windows", "ms"} {
		if rest, found := strings.CutPrefix(name, prefix); found && rest != "" {
			name = rest
		}
	}
	return name
}

// decodeText returns UTF-8. Columns have a fixed width in bytes, and a text that
// was cut inside of a character is not what it was.
func decodeText(b []byte, from encoding.Encoding) (string, error) {
	if from == nil {
		if !utf8.Valid(b) {
			return "", fmt.Errorf("%w: bytes that are no UTF-8; is it gb18030, or was the text cut to the width of its column?", ErrEncoding)
		}
		return string(b), nil
	}
	text, err := from.NewDecoder().Bytes(b)
	if err != nil || strings.ContainsRune(string(text), utf8.RuneError) {
		return "", fmt.Errorf("%w: bytes that are no text of the encoding that is told; is it another, or was the text cut to the width of its column?", ErrEncoding)
	}
	return string(text), nil
}
