# SPDX-License-Identifier: MIT
"""The ends of a streamed program's pipes, for coroutines."""

from __future__ import annotations

import asyncio
import codecs
from collections.abc import AsyncIterator, Callable
from typing import Any

from penstock import _spawn

from ._command import input_bytes


class Reader:
    """One output stream. One task reads it at a time.

    Gives bytes; str with `text=True`, decoded as UTF-8 with U+FFFD for what is not.
    """

    def __init__(
        self, take: Callable[[], bytes], is_open: Callable[[], bool], limit: int, text: bool
    ) -> None:
        self._take = take
        self._is_open = is_open
        self._limit = limit
        self._buffer = bytearray()
        self._ended = False
        self._news: asyncio.Future[None] | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace") if text else None

    @property
    def at_end(self) -> bool:
        """All was read."""
        if not self._buffer:
            self._fill()
        return self._ended and not self._buffer

    async def read(self, size: int = -1) -> Any:
        """At least one byte and at most `size`; all until the end if `size` is negative.

        Empty at the end of the stream. With text, `size` still counts bytes, and a piece may be
        empty before the end if it holds only a part of a character.
        """
        if size == 0:
            return self._give(0)
        while not self._ended and (size < 0 or not self._buffer):
            if not self._fill():
                await self._wait()
        return self._give(len(self._buffer) if size < 0 else min(size, len(self._buffer)))

    async def readline(self) -> Any:
        """One line with its line feed; the last may have none. Empty at the end of the stream.

        A line longer than the buffer comes in pieces.
        """
        searched = 0
        while True:
            found = self._buffer.find(b"\n", searched)
            if found >= 0:
                return self._give(found + 1)
            searched = len(self._buffer)
            if searched >= self._limit or self._ended:
                return self._give(searched)
            if not self._fill():
                await self._wait()

    async def chunks(self) -> AsyncIterator[Any]:
        """Pieces of any size, none of them empty, as they come."""
        while not self.at_end:
            piece = await self.read(self._limit)
            if piece:
                yield piece

    def __aiter__(self) -> AsyncIterator[Any]:
        return self._lines()

    async def _lines(self) -> AsyncIterator[Any]:
        while line := await self.readline():
            yield line

    def _fill(self) -> bool:
        """Moves what came into the buffer. False: nothing came, nor the end."""
        data = self._take()
        self._buffer += data
        self._ended = not data and not self._is_open()
        return bool(data) or self._ended

    async def _wait(self) -> None:
        if self._news is not None:
            raise RuntimeError("another task reads this stream already")
        self._news = asyncio.get_running_loop().create_future()
        try:
            await self._news
        finally:
            self._news = None

    def wake(self) -> None:
        """For the program: something came, or the end."""
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    def _give(self, size: int) -> Any:
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        if self._decoder is None:
            return data
        return self._decoder.decode(data, final=self._ended and not self._buffer)


class Writer:
    """The standard input of a program."""

    def __init__(self, process: _spawn.Process, limit: int) -> None:
        self._process = process
        self._limit = limit
        self._news: list[asyncio.Future[None]] = []
        self._closed = False

    async def write(self, data: bytes | bytearray | memoryview | str) -> None:
        """Writes; returns when no more than the buffer's size waits for the program.

        BrokenPipeError: the program has ended, or closed its standard input.
        """
        if self._closed:
            raise ValueError("the standard input is closed")
        self._require_open()
        self._process.write(input_bytes(data, "data"))
        self._require_open()
        while self._process.pending > self._limit:
            news: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._news.append(news)
            await news
            self._require_open()

    def close(self) -> None:
        """The program sees the end of its input, after all that was written. Again: nothing."""
        self._closed = True
        self._process.finish_input()

    def _require_open(self) -> None:
        if not self._process.input_open:
            raise BrokenPipeError("the program reads no more")

    def wake(self) -> None:
        """For the program: it took something, or reads no more."""
        news, self._news = self._news, []
        for future in news:
            if not future.done():
                future.set_result(None)
