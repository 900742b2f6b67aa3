/**
 * How long one library takes to the first result of a workload: `node first.mjs LIBRARY.mjs`, a process of its own that has
 * computed other workloads before. Prints milliseconds by workload that the first call of the function takes: the first of
 * its kind; the median of others of its kind, each a program that has not been there; the median when the same program is
 * made again.
 */

/** What makes a process warm, and what is then timed. */
const before = ['slope', 'rosenbrock', 'batched', 'matmul256']
const timed = ['regression', 'mlp']

const library = await import(process.argv[2])
await library.ready()
for (const name of before) {
  const step = library.workloads[name]?.()
  for (let k = 0; k < 3; k++) step?.(1 + k)
}

/** The median of the times to the first results of a workload, made with each of some weights. */
const timeOf = (name, weights) => {
  const times = weights.map((weight) => {
    const step = library.workloads[name](weight)
    const start = performance.now()
    step(1.5)
    return performance.now() - start
  })
  return times.sort((a, b) => a - b)[times.length >> 1]
}

const times = (weights) => Object.fromEntries(timed.map((name) => [name, timeOf(name, weights)]))
const first = times([undefined])
const other = times([2, 3, 4, 5, 6, 7, 8, 9, 10])
const again = times(new Array(9).fill(undefined))
console.log(
  JSON.stringify(
    Object.fromEntries(timed.map((name) => [name, { first: first[name], other: other[name], again: again[name] }]))
  )
)
process.exit(0)
