import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { curlCommand, type Example, exampleText, readExample } from './example.ts'

function folder(t: TestContext, content?: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-'))
  t.after(() => rmSync(dir, { recursive: true }))
  if (content !== undefined) writeFileSync(join(dir, 'example.jsonc'), content)
  return dir
}

const EXAMPLE: Example = {
  about: 'What it is.',
  backends: [{ name: 'web', port: 18101 }],
  requests: [{ host: 'a.test', path: '/' }, { path: '/b' }],
  next: ['Edit {dir}/x.yaml, ask {http} and {admin}, mind {braces}.'],
}

test('a folder of manifests alone is no example', (t) => {
  assert.equal(readExample(folder(t)), undefined)
})

test('an example is read with its comments', (t) => {
  const content = `// Says what it is for.\n${JSON.stringify(EXAMPLE, undefined, 2)}\n  // the end\n`
  assert.deepEqual(readExample(folder(t, content)), EXAMPLE)
})

test('what is wrong is named with file and field', (t) => {
  const misspelt = folder(t, JSON.stringify({ ...EXAMPLE, backends: [{ name: 'web', prt: 1 }] }))
  assert.throws(
    () => readExample(misspelt),
    /example\.jsonc, backends\[0\]\.prt: there is no such field; did you mean port/,
  )
  assert.throws(() => readExample(folder(t, '{')), /example\.jsonc: expected JSON: /)
})

test('commands stand alone on their lines, places are filled in', () => {
  const text = exampleText({ example: EXAMPLE, dir: 'shop', http: 'http://127.0.0.1:1', admin: 'http://127.0.0.1:2' })
  assert.deepEqual(
    text.split('\n').filter((line) => line.includes('curl')),
    ["curl -s -H 'Host: a.test' http://127.0.0.1:1/", 'curl -s http://127.0.0.1:1/b'],
  )
  assert.match(
    text,
    /- Edit shop\/x\.yaml, ask http:\/\/127\.0\.0\.1:1 and http:\/\/127\.0\.0\.1:2, mind \{braces\}\.$/,
  )
})

test('a shell reads a command as it was meant', () => {
  const request = { method: 'POST', host: "o'hara.test", path: '/?a=1&b=$HOME' }
  assert.equal(
    curlCommand(request, 'http://h:1'),
    "curl -s -X POST -H 'Host: o'\\''hara.test' 'http://h:1/?a=1&b=$HOME'",
  )
})
