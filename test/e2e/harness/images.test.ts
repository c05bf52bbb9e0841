import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { findImage, imageTable } from './images.ts'

function fileOf(content: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'images-')), 'images.yaml')
  writeFileSync(file, content)
  return file
}

test('a file adds images, and may take the place of ours', () => {
  const table = imageTable(
    fileOf(
      'echo: [node, /srv/echo.js]\nbackend: [true]\nteam/web: ["/bin/sh", "-c", "sleep 1"]\n'.replace(
        '[true]',
        '["true"]',
      ),
    ),
  )
  assert.deepEqual(findImage(table, 'echo')?.argv, ['node', '/srv/echo.js'])
  assert.deepEqual(findImage(table, 'backend')?.argv, ['true'])
  assert.deepEqual(findImage(table, 'registry.test:5000/team/web:1.0')?.argv, undefined)
  assert.deepEqual(findImage(table, 'team/web:1.0')?.argv, ['/bin/sh', '-c', 'sleep 1'])
})

test('an image is found by its name, wherever it is said to come from', () => {
  const sluice = findImage(imageTable(), 'sluice')
  for (const reference of [
    'sluice:0.1.0',
    'registry.test:5000/team/sluice',
    'a/sluice:1@sha256:00',
    'sluice@sha256:00',
  ]) {
    assert.equal(findImage(imageTable(), reference), sluice)
  }
  assert.equal(findImage(imageTable(), 'nginx'), undefined)
})

test('a line that is no command is refused by its name', () => {
  assert.throws(() => imageTable(fileOf('echo: node\n')), /images\.yaml, echo: expected a list of words.*"node"/)
  assert.throws(() => imageTable(fileOf('- echo\n')), /expected lines/)
})
