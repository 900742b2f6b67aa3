/** Roots of unity, and the sizes of Fourier transforms that are computed by them. */

// --- combinators
/** cos(2π k / n) by an angle of at most an eighth of a turn, where no digits are lost: 0 and 1 are exact. */
export const cosine = (k: number, n: number): number => {
  const turn = Math.abs(k) % n
  const near = Math.min(turn, n - turn)
  if (8 * near <= n) return Math.cos((2 * Math.PI * near) / n)
  return 8 * near <= 3 * n ? Math.sin((Math.PI * (n - 4 * near)) / (2 * n)) : -Math.cos((Math.PI * (n - 2 * near)) / n)
}

/** sin(2π k / n), as exactly. */
export const sine = (k: number, n: number): number => cosine(4 * k - n, 4 * n)

/** The prime factors of a size, from the smallest on, each as often as it divides. */
export const primesOf = (n: number): ReadonlyArray<number> => {
  const primes: Array<number> = []
  let rest = n
  for (let p = 2; p * p <= rest; p++) for (; rest % p === 0; rest /= p) primes.push(p)
  return rest > 1 ? [...primes, rest] : primes
}

/** The transform of the `n` complex numbers that are stored from place `at` on; `sign` is the sign of the exponent. */
export const transformed = (data: ArrayLike<number>, at: number, n: number, sign: 1 | -1): Float64Array => {
  const cosines = Float64Array.from({ length: n }, (_, k) => cosine(k, n))
  const sines = Float64Array.from({ length: n }, (_, k) => sign * sine(k, n))
  let now = Float64Array.from({ length: 2 * n }, (_, k) => data[at + k])
  // Of each prime r: sums of r numbers that lie a part of the size apart. The digits of k that are known stand behind.
  let done = 1
  for (const r of primesOf(n)) {
    const parts = n / done / r
    const next = new Float64Array(2 * n)
    for (let p = 0; p < parts; p++)
      for (let k = 0; k < r; k++)
        for (let s = 0; s < done; s++) {
          let [re, im] = [0, 0]
          for (let j = 0; j < r; j++) {
            const from = 2 * (s + done * (p + parts * j))
            const turn = (done * k * (p + parts * j)) % n
            const [c, d] = [cosines[turn], sines[turn]]
            re += now[from] * c - now[from + 1] * d
            im += now[from] * d + now[from + 1] * c
          }
          const to = 2 * (s + done * (r * p + k))
          next[to] = re
          next[to + 1] = im
        }
    now = next
    done *= r
  }
  return now
}
