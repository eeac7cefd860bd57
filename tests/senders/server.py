"""
A peer that sends video, and sound if it is asked for, as an AI video server does, by a script, and logs each frame that it sent.

Prints `{"port": …}` and serves on localhost until its standard input ends:

- `POST /offer` with `sdp` and `plan` (README.md of this folder): gives `id` and the answer's `sdp`;
- `POST /go/ID`: ends the warm-up;
- `GET /log/ID`: the frames as they were sent, with `done`; with `?done` it answers when the script has ended;
- `GET /clock`: the log's clock, in microseconds.
"""

import asyncio
import json
import random
import sys
import time
from fractions import Fraction

import aiortc.codecs.h264
import aiortc.codecs.vpx
import aiortc.rtcrtpsender
import av
import numpy as np
from aiohttp import web
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.rtp import is_rtcp
from aiortc.utils import random32

from pictures import content, draw_counter
from script import CLOCK_RATE, Script, now_us
from sounds import Tones

PLAN = {
    "codec": "VP8",
    "width": 512,
    "height": 512,
    "fps": 30,
    "bitrate": 5_000_000,
    "content": "scene",
    "counter": True,
    "burst": 1,
    "jitter": 0.0,
    "loss": 0.0,
    "outages": None,
    "seed": 1,
    "origin": None,
    "sound": None,
    "script": [],
}


class Track(MediaStreamTrack):
    """Draws the pictures of a script, each when it is due."""

    kind = "video"

    def __init__(self, plan):
        super().__init__()
        self.script = Script(plan["script"], **plan)
        self.row = None
        """The frame that is being encoded and sent."""
        self.done = asyncio.Event()
        self._plan = plan
        self._draw = content(plan["content"], plan["width"], plan["height"], plan["fps"])
        self._steps = self.script.steps()
        self._drawn = None
        """The last picture, without its number."""
        self._shown = None
        self._number = -1

    async def recv(self):
        step = await anext(self._steps, None)
        if step is None:
            self.done.set()
            await asyncio.Future()
        is_repeat = step.is_repeat or not self._show(self._draw(step.picture))
        frame = av.VideoFrame.from_ndarray(self._shown.planes, "yuv420p")
        frame.pts, frame.time_base = step.ticks, Fraction(1, CLOCK_RATE)
        self.row = {
            "produced_us": now_us(),
            "picture": self._number,
            "repeat": is_repeat,
            "stretch": step.stretch,
            "packets": 0,
            "lost": 0,
            "bytes": 0,
        }
        return frame

    def _show(self, drawn):
        """Takes a picture if it differs from the last one, and numbers it."""
        if self._drawn is not None and np.array_equal(drawn.planes, self._drawn.planes):
            return False
        self._drawn = drawn
        self._shown = drawn.copy()
        self._number += 1
        if self._plan["counter"]:
            draw_counter(self._shown, self._number)
        return True


class Session:
    """One connection, its track and its log."""

    def __init__(self, plan):
        self.plan = PLAN | plan
        self.log = []
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.track = Track(self.plan)
        self._random = random.Random(self.plan["seed"])
        self._began = None

    async def answer(self, sdp):
        # The module's limits are those of every encoder made from now on: one connection at a time.
        for codec in (aiortc.codecs.vpx, aiortc.codecs.h264):
            codec.MIN_BITRATE = codec.DEFAULT_BITRATE = codec.MAX_BITRATE = self.plan["bitrate"]
        aiortc.rtcrtpsender.random32 = random32
        await self.peer.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        sender = self.peer.addTrack(self.track)
        if self.plan["origin"] is not None:
            # The only number that a sender draws from now on is the RTP timestamp of its first frame.
            aiortc.rtcrtpsender.random32 = lambda: self.plan["origin"]
        if self.plan["sound"]:
            self.peer.addTrack(Tones(self.track.script, **self.plan["sound"]))
        await self.peer.setLocalDescription(await self.peer.createAnswer())
        self._watch(sender)
        return self.peer.localDescription.sdp

    def _watch(self, sender):
        """Logs each frame by its packets, where they leave the sender for encryption; loses some of them."""
        send = sender.transport._send_rtp

        async def watched(packet):
            if is_rtcp(packet):
                return await send(packet)
            is_lost = self._is_out() or self._random.random() < self.plan["loss"]
            # RFC 3550 § 5.1. Retransmissions have another source (RFC 4588).
            if int.from_bytes(packet[8:12], "big") == sender._ssrc:
                self._note(int.from_bytes(packet[4:8], "big"), len(packet), is_lost)
            if not is_lost:
                await send(packet)

        sender.transport._send_rtp = watched

    def _is_out(self):
        """Whether no packet comes through, since the first one was sent."""
        if self.plan["outages"] is None:
            return False
        now = time.monotonic()
        self._began = self._began or now
        every, length = self.plan["outages"]["every"], self.plan["outages"]["seconds"]
        return (now - self._began) % every >= every - length

    def _note(self, rtp, size, is_lost):
        row = self.track.row
        if "rtp" not in row:
            row |= {"rtp": rtp, "sent_us": now_us()}
            self.log.append(row)
        row["packets"] += 1
        row["lost"] += is_lost
        row["bytes"] += size

    def report(self):
        return {
            "plan": self.plan,
            "done": self.track.done.is_set(),
            "stretches_us": self.track.script.times,
            "frames": self.log,
        }


class Server:
    def __init__(self):
        self._sessions = []

    def _session(self, request):
        return self._sessions[int(request.match_info["id"])]

    async def offer(self, request):
        body = await request.json()
        session = Session(body["plan"])
        self._sessions.append(session)
        sdp = await session.answer(body["sdp"])
        return web.json_response({"id": len(self._sessions) - 1, "sdp": sdp})

    async def go(self, request):
        self._session(request).track.script.go.set()
        return web.json_response({})

    async def log(self, request):
        session = self._session(request)
        if "done" in request.query:
            await session.track.done.wait()
        return web.json_response(session.report())

    async def close(self, request):
        await self._session(request).peer.close()
        return web.json_response({})

    async def clock(self, _request):
        return web.json_response({"now_us": now_us()})


@web.middleware
async def allow_pages(request, handler):
    response = web.Response() if request.method == "OPTIONS" else await handler(request)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Headers"] = "content-type"
    return response


async def main():
    server = Server()
    app = web.Application(middlewares=[allow_pages])
    app.add_routes(
        [
            web.post("/offer", server.offer),
            web.post("/go/{id}", server.go),
            web.post("/close/{id}", server.close),
            web.get("/log/{id}", server.log),
            web.get("/clock", server.clock),
            web.options("/{path:.*}", server.clock),
        ]
    )
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "localhost", 0)
    await site.start()
    print(json.dumps({"port": runner.addresses[0][1]}), flush=True)
    # Whoever started it has gone when its input ends.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


asyncio.run(main())
