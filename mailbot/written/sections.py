"""A table of a file against the keys that it may have."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar, cast, get_args

from pydantic import BaseModel, ValidationError

from mailbot.written.faults import Fault, meant, shown
from mailbot.written.file import File

_SAYS = {
    "missing": "this key is missing",
    "string_type": "{input} is not text: put it in quotes",
    "int_type": "{input} is not a whole number",
    "bool_type": "{input} is not true or false",
    "list_type": "{input} is not a list: put it in [ ]",
    "model_type": "{input} is not a table: put its keys in {{ }}",
    "too_short": "names nothing: name at least one",
    "too_long": "names too many: {max_length} are the most",
    "greater_than_equal": "{input} is too small: {ge} is the least",
    "less_than_equal": "{input} is too large: {le} is the most",
}

S = TypeVar("S", bound=BaseModel)


def checked(
    model: type[S], file: File, path: tuple[str, ...], table: object, elsewhere: Callable[[str], str]
) -> tuple[S | None, tuple[Fault, ...]]:
    """The keys of a table, or all that is wrong with it; `elsewhere` says where a key belongs that is out of place."""
    try:
        return model.model_validate(table), ()
    except ValidationError as error:
        faults: list[Fault] = []
        for detail in error.errors(include_url=False):
            key, kind = detail["loc"], detail["type"]
            says = _says(kind, key, detail["input"], cast(Mapping[str, object], detail.get("ctx", {})))
            if kind == "extra_forbidden":
                name = str(key[-1])
                says = "unknown key" + (meant(name, _known(model, key)) or elsewhere(name))
            faults.append(Fault(file.name, path, key, says or detail["msg"]))
        return None, tuple(faults)


def _says(kind: str, key: tuple[str | int, ...], written: object, context: Mapping[str, object]) -> str:
    match kind:
        case "value_error":
            return str(context["error"])
        case "model_type" if not key:
            return f"{shown(written)} is not a section of keys"
    return _SAYS.get(kind, "").format_map({**context, "input": shown(written)})


def _known(model: type[BaseModel], key: tuple[str | int, ...]) -> Iterable[str]:
    """The keys of the table that the last one stands in: the section, or a table within it."""
    for step in key[:-1]:
        field = model.model_fields.get(str(step))
        kinds = (field.annotation, *get_args(field.annotation)) if field else ()
        model = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), model)
    return [field.alias or name for name, field in model.model_fields.items()]
