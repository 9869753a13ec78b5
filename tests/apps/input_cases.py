# SPDX-License-Identifier: MIT
"""Reads wsgi.input as the query says: a list of steps, each with its result in the answer."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice
from typing import Any
from urllib.parse import unquote


def run_step(stream: Any, step: list[Any]) -> Any:
    """One step: the name of a method, and its arguments."""
    name, *arguments = step
    if name == "iterate":
        result: Any = list(islice(stream, *arguments))
    elif name == "next":
        result = next(iter(stream), b"<end>")
    else:
        result = getattr(stream, name)(*arguments)
    if isinstance(result, bytes):
        return result.decode("latin-1")
    if isinstance(result, list):
        return [line.decode("latin-1") for line in result]
    return result


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answers with the results; an exception is the result of its step."""
    results = []
    for step in json.loads(unquote(environ["QUERY_STRING"])):
        try:
            results.append(run_step(environ["wsgi.input"], step))
        except Exception as error:
            results.append({"raised": type(error).__name__})
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(results).encode()]
