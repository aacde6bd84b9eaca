"""A request's raw body, bounded: a signature is checked on the bytes as they came, before anything parses them."""

from starlette.requests import Request


async def body(request: Request, most: int) -> bytes | None:
    """Return the raw body; None once it is larger than `most` bytes, without reading the rest.

    Raises:
        ClientDisconnect: the connection ended before the whole body had come.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > most:
        return None
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > most:
            return None
    return bytes(raw)
