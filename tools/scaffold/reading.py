"""Reads source files without importing them: an unfinished part can be looked at too."""

import ast
from collections.abc import Iterator
from pathlib import Path

NOT_WRITTEN = "is not written yet"


def unwritten(name: str, root: Path, folders: tuple[str, ...]) -> Iterator[str]:
    """Yield a sentence for each file of `name` in the folders of which a template's words are left."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.*")):
            if path.suffix not in (".py", ".md") or name not in path.relative_to(root).as_posix():
                continue
            if NOT_WRITTEN in path.read_text():
                yield f"{path.relative_to(root)}: a part {NOT_WRITTEN}."


def names(path: Path) -> set[str]:
    """Return the names of all functions, methods and assigned constants of a module; none of one that is absent."""
    found = set()
    for node in _nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


def promised(path: Path, protocol: str) -> list[str]:
    """Return what a protocol's class of a module asks for: its functions and constants, not its properties."""
    found = []
    for node in _nodes(path):
        if isinstance(node, ast.ClassDef) and node.name == protocol:
            for part in node.body:
                if isinstance(part, ast.FunctionDef) and not part.decorator_list:
                    found.append(part.name)
                elif isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                    found.append(part.target.id)
    return found


def keys(path: Path, table: str) -> set[str]:
    """Return the texts that are keys of a dict of a module, by the dict's name."""
    for node in _nodes(path):
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == table for target in targets):
                return {str(key.value) for key in node.value.keys if isinstance(key, ast.Constant)}
    return set()


def made(path: Path, called: str) -> set[str]:
    """Return the first arguments, where they are texts, of all calls of a name in a module."""
    return {
        str(node.args[0].value)
        for node in _nodes(path)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == called
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def classes(path: Path) -> set[str]:
    """Return the names of a module's classes."""
    return {node.name for node in _nodes(path) if isinstance(node, ast.ClassDef)}


def _nodes(path: Path) -> Iterator[ast.AST]:
    if path.exists():
        yield from ast.walk(ast.parse(path.read_text()))
