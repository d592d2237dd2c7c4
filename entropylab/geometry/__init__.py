"""Exact compiled geometry in float64: hulls, distances, triangulations, maxima; every test of a hull is counted."""

from entropylab.geometry.hulls.chan import chan_hull as chan_hull
from entropylab.geometry.hulls.filtered import convex_hull as convex_hull
from entropylab.geometry.hulls.filtered import hull_survivors as hull_survivors
from entropylab.geometry.hulls.filtered import outside_polygon as outside_polygon
from entropylab.geometry.hulls.marriage_before_conquest import entropy_bounded_hull as entropy_bounded_hull
from entropylab.geometry.hulls.monotone_chain_kernel import monotone_chain as monotone_chain
from entropylab.geometry.hulls.quickhull_kernel import quickhull as quickhull
from entropylab.geometry.measures import chamfer as chamfer
from entropylab.geometry.measures import hausdorff as hausdorff
from entropylab.geometry.measures import hull_area as hull_area
from entropylab.geometry.measures import hull_error as hull_error
from entropylab.geometry.pareto.maxima_front import maxima as maxima
from entropylab.geometry.triangulation.sweep_delaunay import delaunay as delaunay
