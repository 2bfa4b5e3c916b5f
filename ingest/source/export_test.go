package source

// PackageShape is the decoder of geometries of GeoPackages.
var PackageShape = packageShape
