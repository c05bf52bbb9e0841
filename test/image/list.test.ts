/** What goes into the image, and what does not. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { copyImage } from '../../scripts/image/copy.ts'
import { imageFiles } from '../../scripts/image/list.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const targets = imageFiles(ROOT).map(({ target }) => target)

test('sources, libraries and Node.js are in it', () => {
  for (const path of ['/app/src/main.ts', '/app/src/proxy/worker.ts', '/app/package.json', '/app/LICENSE']) {
    assert.ok(targets.includes(path), path)
  }
  for (const name of ['pino', 'prom-client', 'yaml', '@kubernetes/client-node']) {
    assert.ok(targets.includes(`/app/node_modules/${name}/package.json`), name)
  }
  assert.ok(targets.includes('/usr/local/bin/node'))
})

test('tests, development packages, npm, shells and what is for compilers are not', () => {
  const unwanted = [
    /\.test\.ts$/,
    /\.d\.ts$/,
    /\.map$/,
    /node_modules\/(?:typescript|@biomejs|@types)\//,
    /\/npm\//,
    /\/(?:sh|bash|npm)$/,
  ]
  for (const pattern of unwanted)
    assert.deepEqual(
      targets.filter((path) => pattern.test(path)),
      [],
    )
})

test('no package goes without its licence', () => {
  const licences = (paths: readonly string[]) => paths.filter((path) => /\/licen[cs]e[^/]*$/i.test(path))
  const installed = execFileSync('find', ['node_modules', '-iname', 'licen[cs]e*', '-type', 'f'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  const inImage = new Set(licences(targets))
  const packages = new Set(
    targets.flatMap((path) => /^(\/app\/.*node_modules\/(?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(path)?.[1] ?? []),
  )
  const expected = installed
    .trim()
    .split('\n')
    .map((path) => `/app/${path}`)
    .filter((path) => packages.has(path.replace(/\/[^/]+$/, '')))
  assert.ok(expected.length > 20)
  assert.deepEqual(
    expected.filter((path) => !inImage.has(path)),
    [],
  )
})

test('laid out twice it is the same, times and modes included', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-image-'))
  t.after(() => rmSync(dir, { recursive: true }))
  const some = imageFiles(ROOT).filter(
    ({ target }) => !target.startsWith('/app/node_modules/') && !target.endsWith('/node'),
  )
  const sum = (name: string) => {
    copyImage(some, join(dir, name))
    const tar = ['--sort=name', '--owner=0', '--group=0', '-cf', '-', '-C', join(dir, name), '.']
    return execFileSync('sh', ['-c', 'tar "$@" | sha256sum', 'sh', ...tar], { encoding: 'utf8' })
  }
  assert.equal(sum('one'), sum('two'))
  assert.equal(
    statSync(join(dir, 'one/app/src/main.ts')).mode & 0o777,
    statSync(join(ROOT, 'src/main.ts')).mode & 0o100 ? 0o755 : 0o644,
  )
})

test('what is not installed is an error, not a smaller image', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-image-'))
  t.after(() => rmSync(dir, { recursive: true }))
  for (const path of ['package.json', 'package-lock.json', 'LICENSE']) cpSync(join(ROOT, path), join(dir, path))
  assert.throws(() => imageFiles(dir), /node_modules\/.*: expected it to be installed; run npm ci/)
})
