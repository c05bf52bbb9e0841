/** The Dockerfile takes what the list of the image names, and adds nothing to it. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const ROOT = new URL('../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8')
const lines = (path: string) =>
  read(path)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))

const [build = [], run = []] = read('Dockerfile')
  .split(/^(?=FROM )/m)
  .slice(1)
  .map((stage) => stage.split('\n').filter((line) => line !== '' && !line.startsWith('#')))
const copied = build.flatMap((line) => (line.startsWith('COPY ') ? line.split(' ').slice(1, -1) : []))

/** Of a line of .dockerignore: what matches a folder matches all that is in it. */
function asRegExp(pattern: string): RegExp {
  const words = { '**/': '(?:.*/)?', '*': '[^/]*', '.': '\\.' } as const
  return new RegExp(`^${pattern.replaceAll(/\*\*\/|[*.]/g, (word) => words[word as keyof typeof words])}(?:/.*)?$`)
}

/** Whether .dockerignore lets a path into the build; its last line that matches counts. */
function admitted(path: string): boolean {
  let verdict = true
  for (const line of lines('.dockerignore')) {
    if (asRegExp(line.replace(/^!/, '')).test(path)) verdict = line.startsWith('!')
  }
  return verdict
}

test('the image begins empty and gets what the script lists, nothing else', () => {
  assert.equal(run[0], 'FROM scratch')
  assert.deepEqual(
    run.filter((line) => /^(?:COPY|ADD|RUN)/.test(line)),
    ['COPY --from=build /image /'],
  )
  assert.equal(build.at(-1), 'RUN node scripts/image-files.ts --to /image')
})

test('packages come from the lock file, and none runs a script', () => {
  const npm = build.filter((line) => line.includes('npm'))
  assert.deepEqual(npm, ['RUN npm ci --omit=dev --ignore-scripts'])
})

test('it runs as a user that is not root, on ports that need no right', () => {
  assert.ok(run.includes('USER 65532:65532'))
  const [, ...ports] = run.find((line) => line.startsWith('EXPOSE '))!.split(' ')
  assert.ok(ports.every((port) => Number(port) >= 1024))
})

test('what is copied exists and gets past .dockerignore; tests, manifests and history do not', () => {
  for (const path of copied) assert.ok(existsSync(new URL(path, ROOT)) && admitted(path), path)
  for (const path of ['src/main.ts', 'scripts/image/etc/passwd']) assert.ok(admitted(path), path)
  for (const path of [
    'src/config.test.ts',
    '.git/config',
    'charts/sluice/values.yaml',
    'node_modules/pino/pino.js',
    'scripts/chart.ts',
  ]) {
    assert.ok(!admitted(path), path)
  }
})

test('everything that the script reads is copied before it runs', () => {
  const needed = ['package.json', 'package-lock.json', 'LICENSE', 'src', 'scripts/image', 'scripts/image-files.ts']
  assert.deepEqual([...copied].sort(), needed.sort())
})
