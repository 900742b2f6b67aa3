"""Runs JAX on the CPU and writes what it computes as fixture files: `python generate.py FOLDER [FAMILY ...]`.

The numbers are those of real JAX, at the versions in requirements.txt. They are made once with 32-bit types only (JAX's
default, mode x32) and once with 64-bit types too (mode x64), in two processes, since JAX takes the choice once: run.sh
does both. Inputs come from fixed seeds, so that a second run writes the same bytes. XLA compiles for AVX2 whatever the
machine has, on one thread, so that sums are taken in one order; another kind of processor may differ in last bits.

Two facts to know when comparing. XLA on the CPU flushes subnormal numbers, operands and results, to zero: results below
the smallest normal number say nothing, and subnormal operands appear only in the family `subnormal`. And a JAX function
that is compiled as a whole (normal, mean, softmax) contracts multiply-add pairs, operations called one by one do not.
"""

import os
import sys
import time

os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["XLA_FLAGS"] = "--xla_cpu_max_isa=AVX2 --xla_cpu_multi_thread_eigen=false"

import jax

import branching
import collectives
import complex
import distributions
import draws
import elementwise
import fourier
import iteration
import jets
import linalg
import nn
import optim
import products
import promotion
import reductions
import rules
import shapes
import special
import tutorial
from record import MODE, write

FAMILIES = {
    **tutorial.FAMILIES,
    **draws.FAMILIES,
    **distributions.FAMILIES,
    **elementwise.FAMILIES,
    **reductions.FAMILIES,
    **products.FAMILIES,
    **linalg.FAMILIES,
    **fourier.FAMILIES,
    **complex.FAMILIES,
    **shapes.FAMILIES,
    **special.FAMILIES,
    **iteration.FAMILIES,
    **branching.FAMILIES,
    **collectives.FAMILIES,
    **rules.FAMILIES,
    **jets.FAMILIES,
    **optim.FAMILIES,
    **nn.FAMILIES,
    **promotion.FAMILIES,
}


def main(folder, wanted):
    for family, (modes, cases) in FAMILIES.items():
        if MODE in modes and (not wanted or family in wanted):
            start = time.time()
            recorded = list(cases())
            write(folder, family, recorded)
            jax.clear_caches()  # each shape of each operation is a compiled program, gigabytes in all
            print(f"{MODE} {family}: {len(recorded)} cases, {time.time() - start:.1f} s", flush=True)


main(sys.argv[1], sys.argv[2:])
