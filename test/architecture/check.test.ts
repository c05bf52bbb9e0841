/** The checker must be able to fail: each rule is shown small bad inputs and good ones that look bad. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as check from './check.ts'
import { RULES as REAL_RULES, type Rules } from './rules.ts'
import { scan } from './scan.ts'

const RULES: Rules = {
  layers: [
    { name: 'leaf', files: ['leaf/'], imports: [] },
    { name: 'special', files: ['top/special.ts'], imports: [] },
    { name: 'top', files: ['top/'], imports: ['leaf'] },
  ],
  packages: [
    { name: 'loud', files: ['leaf/log.ts'] },
    { name: 'node:net', files: ['top/'] },
  ],
  forbidden: [
    {
      what: 'Date.now',
      pattern: /\bDate\s*\.\s*now\b/g,
      catches: [],
      files: ['leaf/clock.ts'],
      instead: 'take a Clock',
    },
  ],
  maxLines: 3,
  vagueName: /utils|helpers|manager/,
  typeHubs: ['top/types.ts'],
}

/** Files as `path: text`. */
const tree = (files: Record<string, string>) => Object.entries(files).map(([path, text]) => scan(path, text))
const specifiers = (text: string) => scan('a.ts', text).imports.map((edge) => edge.specifier)

describe('imports are seen', () => {
  for (const [text, expected] of [
    [`import { a } from './a.ts'`, './a.ts'],
    [`import { a } from "./a.ts"`, './a.ts'],
    [`import a, { type B, c as d } from './a.ts'`, './a.ts'],
    [`import {\n  a,\n  b,\n} from './a.ts'`, './a.ts'],
    [`import * as a from './a.ts'`, './a.ts'],
    [`import './a.ts'`, './a.ts'],
    [`import "./a.ts"`, './a.ts'],
    [`export { a } from './a.ts'`, './a.ts'],
    [`export * from "./a.ts"`, './a.ts'],
    [`export type { A } from './a.ts'`, './a.ts'],
    [`const a = await import('./a.ts')`, './a.ts'],
    [`const a = import(/* why */ "./a.ts")`, './a.ts'],
    ['const a = import(`./a.ts`)', './a.ts'],
    [`type A = import('./a.ts').A`, './a.ts'],
    [`const a = import('./a' + suffix)`, ''],
    ['const a = import(`./a${suffix}`)', ''],
    [`const a = import(where)`, ''],
    ['const a = `${await import("./a.ts")}`', './a.ts'],
  ] as const) {
    test(text.replaceAll('\n', ' '), () => assert.deepEqual(specifiers(text), [expected]))
  }
})

describe('what is no import is not seen', () => {
  for (const text of [
    `// import './a.ts'`,
    `/* export * from './a.ts' */`,
    `const text = "import './a.ts'"`,
    "const text = `import './a.ts'`",
    `const list = Array.from('abc')`,
    `const quote = /'/; const other = /[/'"]import './`,
    `const half = total / 2; const rest = "from './a.ts'"`,
  ]) {
    test(text, () => assert.deepEqual(specifiers(text), []))
  }
})

test('imports for types are told from imports of values', () => {
  const text = `import type { A } from './a.ts'\nexport type { B } from './b.ts'\nimport { type C } from './c.ts'`
  assert.deepEqual(scan('x.ts', text).imports, [
    { specifier: './a.ts', typeOnly: true, line: 1 },
    { specifier: './b.ts', typeOnly: true, line: 2 },
    { specifier: './c.ts', typeOnly: false, line: 3 },
  ])
})

test('an import against the direction is refused, for types as for values', () => {
  const files = tree({
    'leaf/a.ts': `import type { B } from '../top/b.ts'`,
    'top/b.ts': `import { a } from '../leaf/a.ts'\nexport * from './special.ts'`,
    'top/special.ts': '',
  })
  assert.deepEqual(check.wrongDirections(files, RULES), [
    'leaf/a.ts:1 (leaf) imports top/b.ts (top)',
    'top/b.ts:2 (top) imports top/special.ts (special)',
  ])
})

test('a file outside of every layer is refused', () => {
  assert.equal(check.wrongDirections(tree({ 'new/a.ts': '' }), RULES).length, 1)
})

test('a test stands in the layer of the file it tests', () => {
  const files = tree({ 'top/special.test.ts': `import '../leaf/a.ts'`, 'leaf/a.ts': '' })
  assert.equal(check.wrongDirections(files, RULES).length, 1)
})

test('imports that nobody can judge are refused', () => {
  const files = tree({ 'top/a.ts': `import('./' + b)\nimport './gone.ts'\nimport '../../out.ts'\nimport './a'` })
  assert.equal(check.unreadableImports(files).length, 4)
})

test('packages stay at home', () => {
  const files = tree({
    'leaf/log.ts': `import loud from 'loud'`,
    'leaf/a.ts': `import 'loud/deep'\nimport net from 'node:net'\nimport x from "unheard-of"`,
    'leaf/a.test.ts': `import net from 'node:net'\nimport 'node:worker_threads'\nimport 'loud'`,
    'top/a.ts': `import net from 'node:net'`,
  })
  assert.deepEqual(
    check.strayPackages(files, RULES).map((line) => line.split(',')[0]),
    [
      'leaf/a.ts:1 imports loud/deep',
      'leaf/a.ts:2 imports node:net',
      'leaf/a.ts:3 imports unheard-of',
      'leaf/a.test.ts:2 imports node:worker_threads',
      'leaf/a.test.ts:3 imports loud',
    ],
  )
})

test('a forbidden call is found in code alone, and allowed in its home', () => {
  const files = tree({
    'leaf/clock.ts': 'export const now = () => Date.now()',
    'leaf/clock.test.ts': 'Date.now()',
    'leaf/a.ts': 'const a = `it is ${Date.now()}`',
    'leaf/b.ts': '// Date.now\nconst b = "Date.now()"',
    'leaf/c.ts': "const slash = a / b\n  + Date.now() // '",
  })
  assert.deepEqual(check.forbiddenCalls(files, RULES), [
    'leaf/a.ts:1 uses Date.now: take a Clock',
    'leaf/c.ts:2 uses Date.now: take a Clock',
  ])
})

test('cycles are found through values and types, and told once', () => {
  const files = tree({
    'top/a.ts': `import type { B } from './b.ts'`,
    'top/b.ts': `import './c.ts'`,
    'top/c.ts': `export * from './a.ts'`,
    'top/d.ts': `import './a.ts'`,
  })
  assert.deepEqual(check.cycles(files, RULES), ['top/a.ts → top/b.ts → top/c.ts → top/a.ts'])
})

test('a type hub may close a ring of types, and nothing else', () => {
  const ring = { 'top/a.ts': `import type { T } from './types.ts'` }
  const good = tree({ ...ring, 'top/types.ts': `import type { A } from './a.ts'\nexport interface T {}` })
  assert.deepEqual(check.cycles(good, RULES), [])
  assert.deepEqual(check.solidHubs(good, RULES), [])
  const bad = tree({ ...ring, 'top/types.ts': `import { A } from './a.ts'\nexport const t = A` })
  assert.equal(check.cycles(bad, RULES).length, 1)
  assert.equal(check.solidHubs(bad, RULES).length, 2)
})

test('long files and vague names are refused, long tests are not', () => {
  const files = tree({ 'top/a.ts': '1\n2\n3\n', 'top/b.ts': '1\n2\n3\n4\n', 'top/b.test.ts': '1\n2\n3\n4\n' })
  assert.deepEqual(check.longFiles(files, RULES), ['top/b.ts has 4 lines, at most 3 are allowed: one idea a file'])
  assert.equal(check.vagueNames(tree({ 'top/header-utils.ts': '', 'top/headers.ts': '' }), RULES).length, 1)
})

test('rows that name nothing are refused', () => {
  const rules: Rules = { ...RULES, layers: [{ name: 'top', files: ['top/'], imports: ['cellar'] }], typeHubs: [] }
  assert.deepEqual(check.danglingRules(tree({ 'top/a.ts': '', 'leaf/log.ts': '' }), rules), [
    'layer top imports unknown cellar',
    'rules.ts names leaf/clock.ts, but nothing is there',
  ])
})

describe('forbidden calls of the real table', () => {
  const caught = (code: string) => check.forbiddenCalls(tree({ 'anywhere/a.ts': code }), REAL_RULES)
  for (const row of REAL_RULES.forbidden) {
    for (const code of row.catches)
      test(`caught: ${code}`, () => assert.match(caught(code).join(), new RegExp(row.what)))
  }
  for (const code of [
    'new Date(clock.wall())',
    'new Date( 0 )',
    'Date.UTC(2026, 0, 1)',
    'clock.now()',
    'Math.max(1, 2)',
    'const { length } = text',
    'const { env } = deps',
    '// process.env',
  ]) {
    test(`left alone: ${code}`, () => assert.deepEqual(caught(code), []))
  }
})
