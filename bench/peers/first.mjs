/**
 * How long one library takes to the first result of a workload: `node first.mjs LIBRARY.mjs`, a process of its own that has
 * computed other workloads before. Prints milliseconds by workload that the first call of the function takes: the first time,
 * and the median of the next times that the function is made, when JavaScript's compiler knows the way.
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

const timesOf = (name, count) =>
  Array.from({ length: count }, () => {
    const step = library.workloads[name]()
    const start = performance.now()
    step(1.5)
    return performance.now() - start
  })

const firsts = timed.map((name) => timesOf(name, 1)[0])
const again = timed.map((name) => timesOf(name, 9).sort((a, b) => a - b)[4])
console.log(JSON.stringify(Object.fromEntries(timed.map((name, k) => [name, { first: firsts[k], again: again[k] }]))))
process.exit(0)
