import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CODINGS } from '../../model/compression.ts'
import { chooseCoding } from './accept-encoding.ts'

for (const [lines, expected] of [
  [[], undefined],
  [[''], undefined],
  [['gzip'], 'gzip'],
  [['GZip'], 'gzip'],
  [['x-gzip'], 'gzip'],
  [['deflate'], undefined],
  [['gzip, deflate, br, zstd'], 'zstd'],
  [['gzip, br'], 'br'],
  [['gzip', 'br'], 'br'],
  [['gzip;q=1.0, br;q=0.9'], 'gzip'],
  [['gzip;q=0'], undefined],
  [['gzip;q=0.000'], undefined],
  [['gzip ; q=0.5 , br ;q=0.4'], 'gzip'],
  [['*'], 'zstd'],
  [['*;q=0.1, gzip'], 'gzip'],
  [['zstd;q=0, *'], 'br'],
  [['*;q=0'], undefined],
  [['identity'], undefined],
  [['identity, gzip'], 'gzip'],
  [['identity;q=0.5, gzip;q=0.4'], undefined],
  [['identity;q=0.5, gzip;q=0.6'], 'gzip'],
  [['gzip;q=2'], undefined],
  [['gzip;q=nan, br'], 'br'],
  [['gzip;level=1'], undefined],
] as const) {
  test(`Accept-Encoding ${JSON.stringify(lines)} is answered with ${expected ?? 'no coding'}`, () => {
    assert.equal(chooseCoding(lines, CODINGS), expected)
  })
}

test('of equals the first of ours is taken', () => {
  assert.equal(chooseCoding(['zstd, br, gzip'], ['gzip', 'br']), 'gzip')
})
