package source_test

import (
	"fmt"
	"strconv"
)

func typeName(v any) string { return fmt.Sprintf("%T", v) }

func itoa(i int) string { return strconv.Itoa(i) }
