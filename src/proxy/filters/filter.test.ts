import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exchange } from '../exchange.ts'
import type { RequestFilter, Verdict } from '../types.ts'
import { runRequestFilters, runResponseFilters } from './filter.ts'

const exchange = {} as Exchange
const REFUSED: Verdict = { status: 403 }

/** Filters that note their name and answer what they are told to. */
function chain(...verdicts: readonly (Verdict | Promise<Verdict>)[]) {
  const ran: number[] = []
  const filters = verdicts.map((verdict, n): RequestFilter => {
    return () => {
      ran.push(n)
      return verdict
    }
  })
  return { ran, filters }
}

test('request filters run in order, and nobody waits where nobody has to', () => {
  const { ran, filters } = chain(undefined, undefined, undefined)
  assert.equal(runRequestFilters(filters, exchange), undefined)
  assert.deepEqual(ran, [0, 1, 2])
})

test('a reply ends the chain', () => {
  const { ran, filters } = chain(undefined, REFUSED, undefined)
  assert.equal(runRequestFilters(filters, exchange), REFUSED)
  assert.deepEqual(ran, [0, 1])
})

test('a filter that waits suspends the chain, which goes on behind it', async () => {
  const { ran, filters } = chain(undefined, Promise.resolve(undefined), undefined)
  const verdict = runRequestFilters(filters, exchange)
  assert.deepEqual(ran, [0, 1])
  assert.equal(await verdict, undefined)
  assert.deepEqual(ran, [0, 1, 2])
})

test('a reply that took time ends the chain as well', async () => {
  const { ran, filters } = chain(Promise.resolve(REFUSED), undefined)
  assert.equal(await runRequestFilters(filters, exchange), REFUSED)
  assert.deepEqual(ran, [0])
})

test('several filters may wait', async () => {
  const { ran, filters } = chain(Promise.resolve(undefined), Promise.resolve(REFUSED), undefined)
  assert.equal(await runRequestFilters(filters, exchange), REFUSED)
  assert.deepEqual(ran, [0, 1])
})

test('a filter that throws, or rejects, fails its own request and ends the chain', async () => {
  const failure = { status: 500, fault: 'filter-failed' }
  const throws = () => {
    throw new Error('a defect')
  }
  assert.deepEqual(runRequestFilters([throws], exchange), failure)
  const { ran, filters } = chain(Promise.reject(new Error('a defect')), undefined)
  assert.deepEqual(await runRequestFilters(filters, exchange), failure)
  assert.deepEqual(ran, [0])
  assert.deepEqual(await runRequestFilters([() => Promise.resolve(undefined), throws], exchange), failure)
})

test('response filters run in reverse: who saw the request first sees the response last', () => {
  const ran: string[] = []
  const filters = ['first', 'second', 'third'].map((name) => () => void ran.push(name))
  runResponseFilters(filters, exchange)
  assert.deepEqual(ran, ['third', 'second', 'first'])
})
