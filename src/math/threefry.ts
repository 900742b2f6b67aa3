/** The Threefry-2x32 block function: 64 bits of counter enciphered under 64 bits of key, in 20 rounds. */

// --- model
const parity = 0x1bd11bda

// --- combinators
const rotateLeft = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits))

/**
 * Writes the block of the counter `(c0, c1)` under the key `(k0, k1)` to `out[offset]` and `out[offset + 1]`.
 *
 * All words are 32 bits, given signed or unsigned. J. K. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
 * SC11 (2011), with the 20 rounds that JAX uses; under the key (0, 0) the counter (0, 0) gives 6b200159 99ba4efe.
 */
export const threefry2x32 = (
  k0: number,
  k1: number,
  c0: number,
  c1: number,
  out: Uint32Array,
  offset: number
): void => {
  let a = k0
  let b = k1
  let c = k0 ^ k1 ^ parity
  let x = (c0 + k0) | 0
  let y = (c1 + k1) | 0
  // five groups of four rounds; two groups written out, since their rotations differ, and the last one ends in the middle
  for (let group = 1; ; group += 2) {
    x = (x + y) | 0
    y = rotateLeft(y, 13) ^ x
    x = (x + y) | 0
    y = rotateLeft(y, 15) ^ x
    x = (x + y) | 0
    y = rotateLeft(y, 26) ^ x
    x = (x + y) | 0
    y = rotateLeft(y, 6) ^ x
    x = (x + b) | 0
    y = (y + c + group) | 0
    if (group === 5) break
    x = (x + y) | 0
    y = rotateLeft(y, 17) ^ x
    x = (x + y) | 0
    y = rotateLeft(y, 29) ^ x
    x = (x + y) | 0
    y = rotateLeft(y, 16) ^ x
    x = (x + y) | 0
    y = rotateLeft(y, 24) ^ x
    x = (x + c) | 0
    y = (y + a + group + 1) | 0
    const first = c
    c = b
    b = a
    a = first
  }
  out[offset] = x
  out[offset + 1] = y
}
