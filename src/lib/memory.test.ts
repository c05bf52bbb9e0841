import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryShare } from './memory.ts'

test('a process uses some of its memory, and more when it takes more', () => {
  const before = memoryShare()
  assert.ok(before > 0 && before < 1, `${before}`)
  const taken = Buffer.alloc(64 * 1024 * 1024, 1)
  assert.ok(memoryShare() > before, `${taken.length}`)
})
