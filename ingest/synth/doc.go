// Package synth makes a fictional city (示范市) and writes the files that its
// departments would hand over, each with the mapping that loads it and a key
// that says what must become of every dirty record.
//
// It is for demonstrations, for tests that need an answer known beforehand, and
// for measurements at full size: the same seed gives the same bytes, one number
// scales everything, and memory does not grow with the number of people but for
// some hundred bytes a city block. It is not a model of urban growth and not
// anonymised data: nothing in it comes from a real register.
//
// Nobody real can be hit: personal numbers begin with 4499, credit codes and
// division codes with 44038, none of which was ever assigned, and the
// province (示例省), districts, streets and names are made of word lists. Building
// and housing codes take the layout of the Shenzhen ones because that layout is
// published. The place on the map, by Dapeng Bay, is only a place.
//
// What is written, for one city:
//
// History is told as a register tells it: an extract as of 2005, then change files
// with a column for the operation, handed over in 2008, 2011, 2014, 2017, 2020,
// 2023 and 2025, some of what they say being late, a correction of what an earlier
// one said, or the discovery of a double. Two full extracts of charging points
// end those that are in the first only. city.json has the order of loading.
//
// One record in two hundred is dirty, and the first records of each register more
// often, so that a small city has every kind of dirt. A dirty record that is to
// be refused stands beside the clean one and is about nothing else's target; so
// the key is whole: what is not in it is applied without a remark.
//
//	plan    lattice of roads, warped; river, zones, people of every block
//	block   parcels -> buildings -> units -> households -> people, enterprises
//	table   one register; an extract of 2005 and later change files
//	key     key.jsonl, a line for every dirty record
package synth
