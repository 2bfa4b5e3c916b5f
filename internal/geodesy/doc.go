// Package geodesy reads and writes the coordinate systems that a city's files
// come in, and measures on the ellipsoid.
//
// It is for three jobs: turning delivered coordinates into longitude and
// latitude exactly at ingest, answering in another system on output, and
// saying what is probably wrong with a point that lies where no point of the
// city can be. It holds the few systems that the project promises (see List),
// in formulae, with no data files.
//
// It is not a general projection library: it has no grids, no time-dependent
// datums and no vertical transformations. Heights pass through untouched; a
// system only names the vertical system that its heights are in.
//
// WGS 84, CGCS2000 (EPSG:4490) and JGD2011 (EPSG:6668) are treated as one and
// the same horizontal datum. They differ by decimetres at most, because their
// realisations are tied to different epochs of a moving crust; none of the
// registers served here is dated well enough to do better.
//
// Within the package x comes before y: longitude or easting first, whatever an
// authority says. Only functions with Authority in their name, and AuthorityOrder,
// follow the order of the authority's definition.
package geodesy
