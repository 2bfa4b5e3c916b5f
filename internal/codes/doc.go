// Package codes checks the code schemes that Chinese registers already use:
// layout, check character, and what else a scheme fixes.
//
// It is for ingest, which must say of each code whether it can be right and
// what is wrong with it, and for the synthetic city, which must write codes
// that pass. Every scheme says on what basis its check rests (see Basis).
//
// It is not a directory: whether a division, parcel or enterprise exists is a
// question to dated tables that live elsewhere. It does not seal personal
// numbers; it only never shows one in clear.
package codes
