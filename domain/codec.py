"""Frozen domain values to JSON text and back, by a closed register of types; nothing outside it is ever built."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from domain.errors import WellspokenError

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class CodecError(WellspokenError):
    """Stored JSON does not fit the types it names. Remedy: the row is damaged or of a newer release."""


class Codec:
    """Encodes registered dataclasses and enums (and dates, tuples, mappings inside them), tagged by class name."""

    def __init__(self, types: Iterable[type]) -> None:
        """Register the dataclasses and enums that may appear."""
        self._types: Mapping[str, type] = MappingProxyType({kind.__name__: kind for kind in types})

    def dumps(self, value: object) -> str:
        """The value as compact JSON with sorted keys."""
        return json.dumps(self._encode(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True)

    def loads(self, text: str) -> Any:
        """The value back. Raises CodecError when the text does not fit."""
        try:
            return self._decode(json.loads(text))
        except (ValueError, TypeError, KeyError) as error:
            raise CodecError(f"stored value does not decode ({type(error).__name__})") from None

    def _encode(self, value: object) -> Json:
        match value:
            case Enum():
                return {"$enum": self._name(value), "value": value.value}
            case None | bool() | int() | float() | str():
                return value
            case datetime(tzinfo=ZoneInfo(key=str(zone))):
                return {"$at": value.isoformat(), "$zone": zone}
            case datetime():
                return {"$at": value.isoformat()}
            case date():
                return {"$date": value.isoformat()}
            case tuple() | list():
                return [self._encode(item) for item in value]
            case Mapping():
                return {"$map": {str(key): self._encode(item) for key, item in value.items()}}
            case frozenset():
                return {"$set": [self._encode(item) for item in sorted(value)]}
        if is_dataclass(value):
            body = {item.name: self._encode(getattr(value, item.name)) for item in fields(value)}
            return {"$type": self._name(value), **body}
        raise CodecError(f"a {type(value).__name__} has no stored form")

    def _name(self, value: object) -> str:
        name = type(value).__name__
        if self._types.get(name) is not type(value):
            raise CodecError(f"{name} is not registered")
        return name

    def _decode(self, data: Json) -> Any:
        match data:
            case list():
                return tuple(self._decode(item) for item in data)
            case {"$enum": str(name), "value": value}:
                return self._types[name](value)
            case {"$at": str(text), "$zone": str(zone)}:
                return datetime.fromisoformat(text).astimezone(ZoneInfo(zone))
            case {"$at": str(text)}:
                return datetime.fromisoformat(text)
            case {"$date": str(text)}:
                return date.fromisoformat(text)
            case {"$map": dict(items)}:
                return MappingProxyType({key: self._decode(item) for key, item in items.items()})
            case {"$set": list(items)}:
                return frozenset(self._decode(item) for item in items)
            case dict():
                body = {key: self._decode(item) for key, item in data.items() if key != "$type"}
                return self._types[str(data["$type"])](**body)
            case _:
                return data
