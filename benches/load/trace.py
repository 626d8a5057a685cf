"""In: a trace of the governor. Out: its readings and what was done, as arrays."""
import json

import numpy as np


def readings(path):
    """`t_s`, `{name: values}` with NaN where absent, and the decisions carried out."""
    with open(path) as file:
        lines = [json.loads(line) for line in file if line.endswith("\n")]
    taken = [line for line in lines if line["kind"] == "readings"]
    names = sorted({name for line in taken for name in line["metrics"]})
    of = {name: np.array([line["metrics"].get(name, np.nan) for line in taken]) for name in names}
    acted = [d for d in lines if d["kind"] == "decision" and d["outcome"]["kind"] == "acted"]
    return np.array([line["t_s"] for line in taken]), of, acted


def level(t, acted, lever):
    out = np.ones(len(t))
    for d in acted:
        if d["lever"] == lever:
            out[t >= d["t_s"]] = d["to"]
    return out
