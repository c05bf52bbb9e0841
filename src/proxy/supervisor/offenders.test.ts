import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addOffenders } from './offenders.ts'

test('what workers say of one key of one limit is one row, the most refused first', () => {
  const [ada, bob] = ['192.0.2.1', '192.0.2.2'].map((text) => [['client', text]] as const)
  const rows = addOffenders([
    [
      { limit: 'n/p/a', key: bob!, refused: 4, error: 0 },
      { limit: 'n/p/a', key: ada!, refused: 3, error: 1 },
    ],
    [
      { limit: 'n/p/a', key: ada!, refused: 2, error: 1 },
      { limit: 'n/p/b', key: ada!, refused: 1, error: 0 },
    ],
  ])
  assert.deepEqual(rows, [
    { limit: 'n/p/a', key: ada, refused: 5, error: 2 },
    { limit: 'n/p/a', key: bob, refused: 4, error: 0 },
    { limit: 'n/p/b', key: ada, refused: 1, error: 0 },
  ])
})
