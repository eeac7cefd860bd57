"""What a sender sends and when: motion, pauses of five kinds, and hiccups."""

import asyncio
import random
import time
from dataclasses import dataclass

CLOCK_RATE = 90_000
"""Ticks of the RTP clock in a second (RFC 7741 § 4.1, RFC 6184 § 5.1)."""

ELSEWHERE = 1_000_000_000
"""How far a pause of kind `e` moves the RTP timestamp, in ticks: three hours."""

WARM_UP = -1
"""The stretch before the first one of the script."""


def now_us():
    """The one clock of the log."""
    return time.monotonic_ns() // 1000


@dataclass
class Step:
    """A frame that is due now."""

    picture: int
    ticks: int
    is_repeat: bool
    stretch: int


class Script:
    """
    Yields each frame when it is due. The first frames warm the encoder and the receiver up, until `go` is called.

    The RTP timestamp rises by one interval a frame, whatever the wall clock says. Frames are paced as a paced track
    is: each waits for one interval from the last one, so that its delays add up and its RTP clock is slow.
    """

    def __init__(self, stretches, fps, burst=1, jitter=0.0, seed=1, **_):
        self._stretches = stretches
        self._fps = fps
        self._burst = burst
        self._jitter = jitter
        self._random = random.Random(seed)
        self._interval = 1 / fps
        self._ticks = -CLOCK_RATE / fps
        self._picture = -1
        self._in_burst = 0
        self._last = time.monotonic()
        self.stretch = WARM_UP
        """The number of the stretch that is played."""
        self.go = asyncio.Event()
        self.times = []
        """When each stretch began, on the log's clock; and then when the last one ended."""

    async def steps(self):
        while not self.go.is_set():
            yield await self._moved()
        for n, stretch in enumerate(self._stretches):
            self.stretch = n
            self.times.append(now_us())
            async for step in self._played(stretch):
                yield step
        self.times.append(now_us())

    async def _played(self, stretch):
        if "motion" in stretch:
            for _ in range(self._frames_in(stretch["motion"])):
                yield await self._moved()
        elif "hiccup" in stretch:
            await self._stalled(stretch["hiccup"])
        else:
            async for step in self._paused(stretch["pause"], stretch["seconds"]):
                yield step

    async def _paused(self, kind, seconds):
        begun = time.monotonic()
        if kind == "a":
            for _ in range(self._frames_in(seconds)):
                await self._paced()
                yield self._repeated()
        elif kind == "b":
            await self._stalled(seconds)
        elif kind == "c":
            await self._stalled(seconds)
            self._ticks += CLOCK_RATE * (time.monotonic() - begun)
        elif kind == "d":
            for _ in range(int(seconds)):
                await self._stalled(1)
                yield self._repeated()
            await self._stalled(seconds % 1)
        elif kind == "e":
            first = self._ticks
            self._ticks += ELSEWHERE
            for _ in range(self._frames_in(seconds)):
                await self._paced()
                yield self._repeated()
            self._ticks = first + CLOCK_RATE * (time.monotonic() - begun)
        else:
            raise ValueError(f"there is no pause of kind {kind!r}")

    def _frames_in(self, seconds):
        return round(seconds * self._fps)

    async def _moved(self):
        await self._paced()
        self._picture += 1
        return self._step(False)

    def _repeated(self):
        return self._step(True)

    def _step(self, is_repeat):
        self._ticks += CLOCK_RATE / self._fps
        return Step(self._picture, round(self._ticks), is_repeat, self.stretch)

    async def _stalled(self, seconds):
        await asyncio.sleep(seconds)
        self._last = time.monotonic()

    async def _paced(self):
        if self._in_burst > 0:
            self._in_burst -= 1
            return
        self._in_burst = self._burst - 1
        wait = self._interval * self._burst * (1 + self._jitter * self._random.uniform(-1, 1))
        rest = self._last + wait - time.monotonic()
        if rest > 0:
            await asyncio.sleep(rest)
        self._last = time.monotonic()
