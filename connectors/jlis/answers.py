"""What every HTTP answer of J-LIS must be before its body is handed on."""

from connectors.errors import Garbled, Refused
from connectors.http import Answer, Stream


def require(answer: Answer, content_type: str, *, max_bytes: int, peer: str) -> bytes:
    """The body of a 200 answer of that media type and size.

    `peer` names the source in messages. Raises Refused for any 4xx, Garbled for other statuses, types or sizes.
    """
    require_head(answer, content_type, peer=peer)
    if not 0 < len(answer.body) <= max_bytes:
        raise Garbled(f"{peer} answered with {len(answer.body)} bytes")
    return answer.body


def require_head(answer: Answer | Stream, content_type: str, *, peer: str) -> None:
    """Raise Refused for any 4xx, Garbled for other statuses than 200 and another media type."""
    if 400 <= answer.status < 500:
        raise Refused(f"{peer} answered {answer.status}")
    if answer.status != 200:
        raise Garbled(f"{peer} answered {answer.status}")
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != content_type:
        raise Garbled(f"{peer} answered with another content type than {content_type}")
