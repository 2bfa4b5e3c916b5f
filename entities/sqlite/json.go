package sqlite

import (
	"encoding/json"
	"strconv"
)

// jsonNumbers writes numbers as a JSON array, as statements take lists.
func jsonNumbers[T ~uint8 | ~uint64](items []T) string {
	b := make([]byte, 0, 2+18*len(items))
	b = append(b, '[')
	for i, item := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendUint(b, uint64(item), 10)
	}
	return string(append(b, ']'))
}

// jsonStrings writes texts as a JSON array. Texts are valid UTF-8 or match nothing.
func jsonStrings(items []string) (string, error) {
	if items == nil {
		items = []string{}
	}
	b, err := json.Marshal(items)
	return string(b), err
}
