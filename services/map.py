"""The map of places: points and the outline of the municipality as shapes of an SVG, made on the server."""

import json
from dataclasses import dataclass
from functools import cache
from math import cos, radians

from django.conf import settings

WIDTH, MARGIN = 600, 40
LEAST = 0.02  # degrees: a map of one place shows about two kilometres around it


@dataclass(frozen=True)
class Pin:
    x: int
    y: int
    numbers: list[int]  # of the places in the list that are at this point
    code: str  # of the first of them


@dataclass(frozen=True)
class Map:
    height: int
    outline: list[str]  # points of each ring
    pins: list[Pin]


def map_of(places):
    """Return the map of the places that have a point, numbered as in the list, or None when it would show nothing."""
    points = {}
    for number, place in enumerate(places, start=1):
        if "latitude" in place:
            spot = float(place["longitude"]), float(place["latitude"])
            points.setdefault(spot, []).append((number, place["code"]))
    rings = outline()
    if not points or (len(points) == 1 and not rings):  # one point on an empty sheet says nothing
        return None
    project, height = _projection([*points, *(point for ring in rings for point in ring)])
    return Map(
        height,
        [" ".join(f"{x},{y}" for x, y in map(project, ring)) for ring in rings],
        [Pin(*project(spot), [number for number, _code in here], here[0][1]) for spot, here in points.items()],
    )


def _projection(points):
    """Return the function from degrees to the SVG's units, and the height at the map's width."""
    west, east = min(x for x, _y in points), max(x for x, _y in points)
    south, north = min(y for _x, y in points), max(y for _x, y in points)
    shrink = cos(radians((south + north) / 2))  # a degree of longitude is shorter than one of latitude
    wide, high = max((east - west) * shrink, LEAST), max(north - south, LEAST)
    scale = (WIDTH - 2 * MARGIN) / wide
    height = min(round(high * scale), WIDTH) + 2 * MARGIN
    scale = min(scale, (height - 2 * MARGIN) / high)
    middle_x, middle_y = (west + east) / 2, (south + north) / 2

    def project(point):
        x, y = point
        return (
            round(WIDTH / 2 + (x - middle_x) * shrink * scale),
            round(height / 2 - (y - middle_y) * scale),
        )

    return project, height


@cache
def outline():
    """Return the rings of the municipality's border: outline.geojson beside the catalogue's files, if it is there."""
    path = settings.CATALOGUE_DIR / "outline.geojson"
    if not path.exists():
        return []
    shape = json.loads(path.read_text(encoding="utf-8"))
    shapes = [feature["geometry"] for feature in shape.get("features", [])] or [shape.get("geometry", shape)]
    rings = []
    for geometry in shapes:
        polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        rings += [[(x, y) for x, y, *_height in polygon[0]] for polygon in polygons]
    return rings
