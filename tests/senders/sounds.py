"""The sound that belongs to a script's pictures: another tone for each stretch."""

import asyncio
import time
from fractions import Fraction

import av
import numpy as np
from aiortc import MediaStreamTrack

from script import WARM_UP

RATE = 48_000
PACKET = 960
"""Samples of a packet: 20 ms."""
AMPLITUDE = 0.3 * 32767


class Tones(MediaStreamTrack):
    """
    Sends what is heard in each stretch: a `tone`, `silence` (packets of zeros), or `nothing` (no packets).

    Each stretch and each channel has another pitch, as plan.ts describes. The RTP timestamp counts packets, so that it does not
    advance while nothing is sent.
    """

    kind = "audio"

    def __init__(self, script, channels, heard):
        super().__init__()
        self._script = script
        self._channels = channels
        self._heard = heard
        self._due = time.monotonic()
        self._packets = 0

    async def recv(self):
        self._due += PACKET / RATE
        rest = self._due - time.monotonic()
        if rest > 0:
            await asyncio.sleep(rest)
        while self._now() == "nothing":
            await asyncio.sleep(PACKET / RATE)
            self._due = time.monotonic()
        frame = av.AudioFrame.from_ndarray(self._samples(), "s16", "stereo" if self._channels == 2 else "mono")
        frame.sample_rate = RATE
        frame.pts, frame.time_base = self._packets * PACKET, Fraction(1, RATE)
        self._packets += 1
        return frame

    def _now(self):
        """The current sound. While the sender warms up it is silent."""
        return "silence" if self._script.stretch == WARM_UP else self._heard[self._script.stretch]

    def _samples(self):
        """The next packet's samples, one channel beside the other."""
        if self._now() == "silence":
            return np.zeros((1, PACKET * self._channels), np.int16)
        times = (np.arange(PACKET) + self._packets * PACKET) / RATE
        pitches = [400 + 200 * self._script.stretch + 1000 * channel for channel in range(self._channels)]
        waves = [AMPLITUDE * np.sin(2 * np.pi * pitch * times) for pitch in pitches]
        return np.stack(waves, axis=1).astype(np.int16).reshape(1, -1)
