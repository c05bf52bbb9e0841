import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limitsView } from './limits-view.ts'

const KEY = new Uint8Array(32)
const OFFENDER = {
  limit: 'shop/fair/per-session',
  key: [
    ['client', '203.0.113.7'],
    ['path', '/login'],
    ['cookie:session', 'secret'],
    ['header:Authorization', 'Bearer secret'],
    ['claim:sub', 'ada'],
  ],
  refused: 7,
  error: 1,
} as const

test('addresses and paths are shown, what may be a secret is hashed', () => {
  const view = limitsView([OFFENDER], { hashClients: false, key: KEY })
  const [row] = (view as Record<string, [{ key: Record<string, string>; refused: number; error: number }]>)[
    OFFENDER.limit
  ]!
  assert.deepEqual([row.key.client, row.key.path, row.refused, row.error], ['203.0.113.7', '/login', 7, 1])
  for (const part of ['cookie:session', 'header:Authorization', 'claim:sub']) {
    assert.match(row.key[part]!, /^hash:[\w-]{12}$/)
  }
  assert.doesNotMatch(JSON.stringify(view), /secret|ada/)
})

test('addresses are hashed where that is asked for, the same one always to the same, by the key', () => {
  const other = { ...OFFENDER, refused: 2 }
  const text = (key: Uint8Array) => JSON.stringify(limitsView([OFFENDER, other], { hashClients: true, key }))
  assert.doesNotMatch(text(KEY), /203\.0\.113\.7/)
  assert.equal(new Set(text(KEY).match(/"client":"hash:[\w-]{12}"/g)).size, 1)
  assert.notEqual(text(KEY), text(new Uint8Array(32).fill(1)))
})

test('of each limit the first twenty', () => {
  const many = Array.from({ length: 50 }, (_, n) => ({ ...OFFENDER, refused: 50 - n }))
  const view = limitsView([...many, { ...OFFENDER, limit: 'shop/fair/a' }], { hashClients: false, key: KEY })
  assert.deepEqual(
    Object.entries(view).map(([limit, rows]) => [limit, (rows as readonly unknown[]).length]),
    [
      ['shop/fair/a', 1],
      [OFFENDER.limit, 20],
    ],
  )
})
