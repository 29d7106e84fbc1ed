"""The map of places: points and the outline of the municipality as shapes of an SVG, made on the server."""

import json
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from math import cos, radians

from django.conf import settings

WIDTH, MARGIN = 600, 40
LEAST = 0.02  # degrees: a map of one place shows about two kilometres around it
PIN, DOT, FRAME = 22, 6, 20  # radius of a pin and of a dot, half the height of a frame
KM = 1 / 111.2  # in degrees of latitude
LETTER, LINE = 12.5, 26  # how wide a letter and how high a line is at most, on a phone


@dataclass(frozen=True)
class Pin:
    """The point of one place or more."""

    x: int
    y: int
    numbers: str  # of the places in the list
    code: str  # of the first of them


@dataclass(frozen=True)
class Label:
    x: int
    y: int
    anchor: str


@dataclass(frozen=True)
class Dot:
    """A locality, with the places that are somewhere in it."""

    x: int
    y: int
    name: str
    numbers: str
    code: str
    label: Label | None  # where there is room for the name

    @property
    def frame(self):
        wide = _frame_width(self.numbers)
        return {"x": self.x - wide // 2, "y": self.y - FRAME, "width": wide, "height": 2 * FRAME}


@dataclass(frozen=True)
class Bar:
    """The scale: how long some kilometres are, in the right lower corner."""

    km: int
    wide: int
    y: int

    @property
    def left(self):
        return self.right - self.wide

    right = WIDTH - MARGIN // 2


@dataclass(frozen=True)
class Map:
    height: int
    outline: list[str]  # points of each ring
    pins: list[Pin]
    dots: list[Dot]
    bar: Bar

    @property
    def has_frames(self):
        return any(dot.numbers for dot in self.dots)


def map_of(places, localities):
    """Return the map of the places, numbered as in the list, or None when it would show nothing.

    A place without a point of its own stands at its locality.
    """
    numbers = {place["code"]: number for number, place in enumerate(places, start=1)}
    points = {}
    for place in places:
        if "latitude" in place:
            spot = float(place["longitude"]), float(place["latitude"])
            points.setdefault(spot, []).append(place["code"])
    spots = {}
    for locality in localities:
        names, inside = spots.setdefault((float(locality.longitude), float(locality.latitude)), ([], []))
        names.append(locality.name)
        inside += [code for code in locality.inside if code in numbers]
    rings = outline()
    known = points.keys() | spots.keys()
    nothing_is_placed = not points and not any(inside for _names, inside in spots.values())
    if nothing_is_placed or (len(known) == 1 and not rings):  # one point on an empty sheet says nothing
        return None
    project, height, scale = _projection([*known, *(point for ring in rings for point in ring)])
    pins = [Pin(*project(spot), *_numbered(codes, numbers)) for spot, codes in points.items()]
    bare = [(*project(spot), ", ".join(names), *_numbered(inside, numbers)) for spot, (names, inside) in spots.items()]
    shapes = [" ".join(f"{x},{y}" for x, y in map(project, ring)) for ring in rings]
    km = max((km for km in (1, 2, 5, 10, 20) if km * KM * scale < WIDTH / 3), default=1)
    bar = Bar(km, round(km * KM * scale), height - MARGIN // 2)
    return Map(height, shapes, pins, _labelled(bare, pins, bar, height), bar)


def _numbered(codes, numbers):
    """Return the numbers of places as people write them, 1-3, 5, and the code of the first."""
    codes = sorted(codes, key=numbers.get)
    runs = groupby(enumerate(numbers[code] for code in codes), key=lambda pair: pair[1] - pair[0])
    written = []
    for _key, run in runs:
        found = [number for _order, number in run]
        written += [f"{found[0]}–{found[-1]}"] if len(found) > 2 else map(str, found)
    return ", ".join(written), codes[0] if codes else ""


def _labelled(bare, pins, bar, height):
    """Return the dots with their names, each where it covers nothing; a name without room is left out."""
    taken = [(bar.left, bar.y - LINE, bar.right, bar.y), *(_box(pin.x, pin.y, PIN, PIN) for pin in pins)]
    taken += [_box(x, y, _frame_width(numbers) / 2, FRAME) if numbers else _box(x, y, DOT, DOT)
              for x, y, _name, numbers, _code in bare]  # fmt: skip
    dots = []
    for x, y, name, numbers, code in sorted(bare, key=lambda dot: not dot[3]):  # those with places come first
        wide = len(name) * LETTER
        aside, above = (_frame_width(numbers) / 2, FRAME) if numbers else (DOT, DOT)
        sides = [
            (x, y - above - LINE / 2, x, "middle"),
            (x, y + above + LINE / 2, x, "middle"),
            (x + aside + 6 + wide / 2, y, x + aside + 6, "start"),
            (x - aside - 6 - wide / 2, y, x - aside - 6, "end"),
        ]
        label = None
        for middle_x, middle_y, start, anchor in sides:
            box = _box(middle_x, middle_y, wide / 2, LINE / 2)
            if _fits(box, height) and not any(_cover(box, other) for other in taken):
                taken.append(box)
                label = Label(round(start), round(middle_y), anchor)
                break
        dots.append(Dot(x, y, name, numbers, code, label))
    return dots


def _frame_width(numbers):
    return round(len(numbers) * LETTER) + 24


def _box(x, y, half_wide, half_high):
    return x - half_wide, y - half_high, x + half_wide, y + half_high


def _fits(box, height):
    left, top, right, bottom = box
    return left >= 0 and top >= 0 and right <= WIDTH and bottom <= height


def _cover(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _projection(points):
    """Return the function from degrees to the SVG's units, the height at the map's width, and the units in a degree."""
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

    return project, height, scale


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
