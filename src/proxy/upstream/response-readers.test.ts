import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_SETTINGS } from '../../model/settings.ts'
import { ResponseReaders } from './response-readers.ts'

const REQUEST = { method: 'GET', upgrade: '' }

test('a reader that is given back is the next one to be used, whoever asks', () => {
  const readers = new ResponseReaders(() => DEFAULT_SETTINGS)
  const [first, second] = [readers.begin(REQUEST), readers.begin(REQUEST)]
  assert.notEqual(first, second)
  readers.giveBack(first)
  readers.giveBack(second)
  assert.deepEqual([readers.begin(REQUEST) === second, readers.begin(REQUEST) === first], [true, true])
})

test('limits that change hold for the next answer', () => {
  let settings = DEFAULT_SETTINGS
  const readers = new ResponseReaders(() => settings)
  const [before, longAnswer] = [readers.begin(REQUEST), readers.begin(REQUEST)]
  readers.giveBack(before)
  settings = { ...settings, limits: { ...settings.limits, headerBytes: 1000 } }
  const after = readers.begin(REQUEST)
  assert.deepEqual([after.limits.headerBytes, after === before], [1000, false])
  readers.giveBack(longAnswer)
  assert.notEqual(readers.begin(REQUEST), longAnswer)
})
