/** What every test file shares: fast-check's number of runs and seed, from FREEGRAD_RUNS and FREEGRAD_SEED. */

import * as fc from 'fast-check'

const integer = (name: string): number | undefined => {
  const text = process.env[name]
  if (text === undefined || text === '') return undefined
  if (!/^-?\d+$/.test(text)) throw new Error(`${name} must be an integer, not ${JSON.stringify(text)}`)
  return Number(text)
}

const numRuns = integer('FREEGRAD_RUNS')
const seed = integer('FREEGRAD_SEED')

fc.configureGlobal({ ...(numRuns === undefined ? {} : { numRuns }), ...(seed === undefined ? {} : { seed }) })
