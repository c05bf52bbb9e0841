/** The tree keeps to its own architecture: the tables are in `architecture/rules.ts`. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as check from './architecture/check.ts'
import { RULES } from './architecture/rules.ts'
import { scan } from './architecture/scan.ts'

const SOURCE = new URL('../src/', import.meta.url)

const files = globSync('**/*.ts', { cwd: fileURLToPath(SOURCE) })
  .map((path) => path.replaceAll('\\', '/'))
  .sort()
  .map((path) => scan(path, readFileSync(new URL(path, SOURCE), 'utf8')))

for (const [behaviour, violations] of [
  ['every import can be judged', check.unreadableImports(files)],
  ['imports go in the direction of the layers', check.wrongDirections(files, RULES)],
  ['packages are imported where their row says', check.strayPackages(files, RULES)],
  ['there is no import cycle', check.cycles(files, RULES)],
  ['type hubs hold types alone', check.solidHubs(files, RULES)],
  ['time, chance and environment come from their one file', check.forbiddenCalls(files, RULES)],
  ['files are short', check.longFiles(files, RULES)],
  ['names of files say what is inside', check.vagueNames(files, RULES)],
  ['every rule is about something', check.danglingRules(files, RULES)],
] as const) {
  test(behaviour, () => assert.deepEqual(violations, []))
}

test('there is a tree to judge', () => assert.ok(files.length > 0))
