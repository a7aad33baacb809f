"""Build the small Fashion-MNIST in data/ from the full one, byte for byte.

    python tools/build_data.py            write the files, print their checksums
    python tools/build_data.py --check    write nothing, fail if a file differs

The full set is taken from the cache, from the Debian or Ubuntu package
dataset-fashion-mnist, or downloaded.
"""

import argparse
import sys
from pathlib import Path

from course_utils.lab import full_set, shipped, small_set
from course_utils.lab.files import DataFileError, sha256, write_atomic


def table(files: dict[str, bytes]) -> str:
    """Return the checksums of the files and of their arrays, as data/README.md has it.

    Args:
        files: name and bytes of each file, as `small_set.build` makes them.
    """
    lines = ["| file | bytes | SHA-256 |", "|---|---:|---|"]
    for name, data in files.items():
        lines.append(f"| `{name}` | {len(data):,} | `{sha256(data)}` |")
    lines += ["", "| array | shape, type | SHA-256 |", "|---|---|---|"]
    for part, arrays in small_set.decode(files).items():
        for kind, array in arrays.items():
            if kind != "rows":
                shape = f"{array.shape} {array.dtype}"
                lines.append(f"| {part}.{kind} | {shape} | `{sha256(array)}` |")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: what stands after the command's name; by default the process's own.

    Returns:
        The exit status: 0, or 1 where a file differs or the full set is out of reach.
    """
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument(
        "--output", type=Path, default=shipped.FOLDER, help="folder of the files"
    )
    options = parser.parse_args(arguments)
    try:
        files = small_set.build(full_set.read)
    except DataFileError as error:
        print(error, file=sys.stderr)
        return 1
    differs = []
    for name, data in files.items():
        path = options.output / name
        if not options.check:
            write_atomic(path, data)
        elif not path.is_file() or path.read_bytes() != data:
            differs.append(str(path))
    print(table(files))
    for path in differs:
        print(f"differs: {path}", file=sys.stderr)
    return 1 if differs else 0


if __name__ == "__main__":
    sys.exit(main())
