/** What the documents name is there: files, links, options, annotations. */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { FLAGS } from '../src/config.ts'

const ROOT = new URL('../', import.meta.url)
const DOCUMENTS = globSync(['*.md', 'docs/**/*.md'], { cwd: fileURLToPath(ROOT) })
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8')

/** Lines that call other programs, whose options are not ours. */
const FOREIGN = /^(?:helm|kubectl|docker) .*$/gm

/** Everything a pattern's first group finds in a document. */
const named = (path: string, pattern: RegExp) =>
  [...read(path).replaceAll(FOREIGN, '').matchAll(pattern)].map((match) => match[1]!)

test('there are documents to judge', () => assert.ok(DOCUMENTS.includes('README.md') && DOCUMENTS.length > 10))

for (const path of DOCUMENTS) {
  test(`${path}: its links lead somewhere`, () => {
    const here = new URL(path, ROOT)
    const links = named(path, /\]\(([^)#]+)[^)]*\)/g).filter((link) => !link.includes('://'))
    assert.deepEqual(
      links.filter((link) => !existsSync(new URL(link, here))),
      [],
    )
  })

  test(`${path}: the files it names exist`, () => {
    const files = named(path, /`((?:src|test|docs|examples|bench)\/[\w./-]*)`/g)
    assert.deepEqual(
      files.filter((file) => !existsSync(new URL(file, ROOT))),
      [],
    )
  })
}

test('whoever begins with README.md finds every page', () => {
  const pages = DOCUMENTS.filter((path) => /^docs\/[^/]+$/.test(path))
  const linked = new Set(named('README.md', /\]\(([^)#]+)[^)]*\)/g))
  assert.deepEqual(
    pages.filter((page) => !linked.has(page)),
    [],
  )
})

test('the map is short', () => assert.ok(read('ARCHITECTURE.md').split('\n').length <= 200))

test('options are called what the documents call them', () => {
  const options = new Set(Object.keys(FLAGS).map((key) => `--${key.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`))
  for (const path of ['README.md', 'docs/ingress.md', 'docs/configuration.md', 'docs/status.md', 'SECURITY.md']) {
    assert.deepEqual(
      named(path, /[` ](--[a-z][a-z0-9-]+)/g).filter((option) => !options.has(option)),
      [],
      path,
    )
  }
})
