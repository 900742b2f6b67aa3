"""Compares fixtures: `python drift.py COMMITTED FRESH` fails where JAX gives other numbers than the committed ones.

What is no float is compared exactly, and so is every input. A float result may differ by rounding, on another kind of
processor: by 64 units of its last place, or where it is a sum, which may be taken in another order, by 64 of the largest
element of its array.
"""

import json
import struct
import sys
from pathlib import Path

ELEMENTWISE = {"unary", "binary", "ternary", "broadcasting", "integers", "subnormal", "conversions"}
ELEMENTWISE |= {"random", "distributions", "shapes", "indexing", "promotion", "special"}
UNITS = {"float32": ("f", 2.0**-23, 2.0**-126), "float64": ("d", 2.0**-52, 2.0**-1022)}
UNITS |= {"complex64": UNITS["float32"], "complex128": UNITS["float64"]}


def floats(array):
    code, epsilon, tiny = UNITS[array["dtype"]]
    data = bytes.fromhex(array["hex"])
    return struct.unpack(f"<{len(data) // struct.calcsize(code)}{code}", data), epsilon, tiny


def near(old, new, is_sum):
    if old["dtype"] != new["dtype"] or old["shape"] != new["shape"] or old["dtype"] not in UNITS:
        return old == new
    (xs, epsilon, tiny), (ys, _, _) = floats(old), floats(new)
    largest = max((abs(x) for x in xs if is_sum and abs(x) < float("inf")), default=0)
    slack = lambda x: 64 * (epsilon * max(abs(x), largest) + tiny) if abs(x) < float("inf") else 0
    return all(x == y or (x != x and y != y) or abs(x - y) <= slack(x) for x, y in zip(xs, ys))


def same(old, new, key, shared, is_sum):
    """Whether two parts of a case are; `shared` holds the arrays that each side names."""
    if isinstance(old, str) and old.startswith("#"):
        old = shared[0][old]
    if isinstance(new, str) and new.startswith("#"):
        new = shared[1][new]
    if isinstance(old, dict) and isinstance(new, dict) and "hex" in old and "hex" in new:
        return old == new if key == "inputs" else near(old, new, is_sum)
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(same(old[k], new[k], key or k, shared, is_sum) for k in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(same(x, y, key, shared, is_sum) for x, y in zip(old, new))
    return old == new


def drifts(old, new):
    shared = old["shared"], new["shared"]
    is_sum = old["family"] not in ELEMENTWISE
    if len(old["cases"]) != len(new["cases"]):
        yield f"{len(new['cases'])} cases instead of {len(old['cases'])}"
        return
    for i, (before, after) in enumerate(zip(old["cases"], new["cases"])):
        for key in sorted({*before, *after}):
            if not same(before.get(key), after.get(key), key, shared, is_sum):
                yield f"case {i} ({before.get('op', before.get('name'))} {before.get('params', '')}): {key}"


def main(committed, fresh):
    files = [{path.name for path in Path(folder).glob("*.json")} for folder in (committed, fresh)]
    found = [f"{name}: only on one side" for name in sorted(files[0] ^ files[1])]
    for name in sorted(files[0] & files[1]):
        old, new = (json.loads((Path(folder) / name).read_text()) for folder in (committed, fresh))
        found += [f"{name}: {what}" for what in drifts(old, new)]
    print("\n".join(found[:20]) or "the fixtures are what JAX computes: no drift")
    sys.exit(1 if found else 0)


main(*sys.argv[1:])
