/** A real folder, a clock that stands still, and events that the test makes itself. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { FakeClock, SystemClock } from '../../lib/clock.ts'
import { FilesSource } from './files.ts'
import type { WatchFolder } from './folder-watch.ts'
import type { SourceBatch } from './source.ts'

const service = (name: string, port = 80) =>
  `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\nspec: { ports: [{ port: ${port} }] }\n---\n`

function temporaryFolder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-files-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** A source on a folder of its own; `write` and the like do not tell it, `event` does. */
function setUp(t: TestContext) {
  const dir = temporaryFolder(t)
  const clock = new FakeClock()
  const batches: SourceBatch[] = []
  const watched = new Map<string, () => void>()
  const watch: WatchFolder = (folder, changed) => {
    watched.set(folder, changed)
    return () => watched.delete(folder)
  }
  const source = new FilesSource({ dir, clock, watch })
  t.after(() => source.stop())
  const at = (name: string) => join(dir, name)
  return {
    dir,
    clock,
    batches,
    watched,
    source,
    at,
    write: (name: string, text: string) => writeFileSync(at(name), text),
    start: () => source.start((batch) => batches.push(batch)),
    /** A sign of change, and the quiet after it. */
    event: (folder = dir) => {
      watched.get(folder)?.()
      clock.advance(50)
    },
  }
}

/** What a batch says, in short. */
function changes(batch: SourceBatch | undefined): string[] {
  assert.ok(batch !== undefined, 'there is no batch')
  const ports = batch.upserts.map(({ ref, object }) =>
    object.kind === 'Service' ? `${ref} ${object.spec.ports[0]?.port} ${object.file}` : ref,
  )
  return [...ports, ...batch.removals.map((ref) => `-${ref}`)].sort()
}

test('all that is there is told before start resolves', async (t) => {
  const { batches, at, write, start } = setUp(t)
  write('a.yaml', service('a'))
  write('b.yml', service('b'))
  write('c.json', JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'c' }, spec: {} }))
  write('README.md', 'not a manifest')
  write('.hidden.yaml', service('hidden'))
  mkdirSync(at('sub'))
  write('sub/d.yaml', service('d'))
  await start()
  assert.equal(batches.length, 1)
  assert.deepEqual(changes(batches[0]), [
    'Service/default/a 80 a.yaml',
    'Service/default/b 80 b.yml',
    'Service/default/c undefined c.json',
    'Service/default/d 80 sub/d.yaml',
  ])
  assert.deepEqual(batches[0]?.problems, [])
})

test('a folder that is not there is an error that names it', async (t) => {
  const { dir, start } = setUp(t)
  rmSync(dir, { recursive: true })
  await assert.rejects(start(), (error: Error) => error.message.includes(dir) && /ENOENT/.test(error.message))
})

test('a change is taken in after a quiet period, not before', async (t) => {
  const { clock, batches, watched, dir, write, start } = setUp(t)
  write('a.yaml', service('a'))
  await start()
  write('a.yaml', service('a', 81))
  for (let i = 0; i < 3; i++) {
    watched.get(dir)?.()
    clock.advance(40)
  }
  assert.equal(batches.length, 1)
  clock.advance(10)
  assert.deepEqual(changes(batches[1]), ['Service/default/a 81 a.yaml'])
})

test('an atomic save replaces the file by a new one of its name', async (t) => {
  const { batches, at, write, start, event } = setUp(t)
  write('a.yaml', service('a'))
  await start()
  write('.a.yaml.tmp', service('a', 81))
  renameSync(at('.a.yaml.tmp'), at('a.yaml'))
  event()
  assert.deepEqual(changes(batches.at(-1)), ['Service/default/a 81 a.yaml'])
})

test('a mounted ConfigMap swaps all its files by one symbolic link', async (t) => {
  const { batches, at, write, start, event } = setUp(t)
  for (const [version, port] of [['1', 80] as const, ['2', 81] as const]) {
    mkdirSync(at(`..data-${version}`))
    write(`..data-${version}/a.yaml`, service('a', port))
    write(`..data-${version}/b.yaml`, service('b', port))
  }
  symlinkSync('..data-1', at('..data'))
  symlinkSync('..data/a.yaml', at('a.yaml'))
  symlinkSync('..data/b.yaml', at('b.yaml'))
  await start()
  assert.deepEqual(changes(batches[0]), ['Service/default/a 80 a.yaml', 'Service/default/b 80 b.yaml'])
  symlinkSync('..data-2', at('..data_tmp'))
  renameSync(at('..data_tmp'), at('..data'))
  event()
  assert.deepEqual(changes(batches.at(-1)), ['Service/default/a 81 a.yaml', 'Service/default/b 81 b.yaml'])
})

test('a deleted file takes its objects along', async (t) => {
  const { batches, at, write, start, event } = setUp(t)
  write('a.yaml', service('a'))
  write('b.yaml', service('b'))
  await start()
  rmSync(at('a.yaml'))
  event()
  assert.deepEqual(changes(batches.at(-1)), ['-Service/default/a'])
})

test('a sub-folder that appears is read and watched; one that goes is watched no more', async (t) => {
  const { dir, batches, watched, at, write, start, event } = setUp(t)
  await start()
  mkdirSync(at('sub'))
  write('sub/a.yaml', service('a'))
  event()
  assert.deepEqual(changes(batches.at(-1)), ['Service/default/a 80 sub/a.yaml'])
  write('sub/a.yaml', service('a', 81))
  event(at('sub'))
  assert.deepEqual(changes(batches.at(-1)), ['Service/default/a 81 sub/a.yaml'])
  rmSync(at('sub'), { recursive: true })
  event()
  assert.deepEqual([...watched.keys()], [dir])
})

test('a link that leads back up is not followed without end', async (t) => {
  const { batches, at, write, start } = setUp(t)
  write('a.yaml', service('a'))
  mkdirSync(at('sub'))
  symlinkSync('..', at('sub/up'))
  await start()
  assert.deepEqual(changes(batches[0]), ['Service/default/a 80 a.yaml'])
})

test('a file that breaks keeps its last good state', async (t) => {
  const { batches, write, start, event } = setUp(t)
  write('a.yaml', service('a'))
  await start()
  write('a.yaml', 'kind: [')
  event()
  assert.deepEqual(changes(batches.at(-1)), [])
  assert.match(batches.at(-1)?.problems[0]?.message ?? '', /what it said before stays in use: Service\/default\/a/)
})

test('what is named like a manifest and is no file is told, and nothing waits for it', async (t) => {
  const { batches, at, start } = setUp(t)
  symlinkSync('nowhere.yaml', at('a.yaml'))
  await start()
  const [problem] = batches[0]?.problems ?? []
  assert.equal(problem?.at.file, 'a.yaml')
  assert.match(problem?.message ?? '', /^ENOENT: no such file or directory; nothing of this file is used$/)
})

test('a change that came without an event is found by looking', async (t) => {
  const { clock, batches, write, start } = setUp(t)
  write('a.yaml', service('a'))
  await start()
  clock.advance(10_000)
  assert.equal(batches.length, 1)
  write('a.yaml', service('a', 8080))
  clock.advance(2_100)
  assert.deepEqual(changes(batches.at(-1)), ['Service/default/a 8080 a.yaml'])
})

test('a folder that cannot be listed is unknown, not empty; when it is back it is watched anew', async (t) => {
  const { dir, clock, batches, watched, write, start, event } = setUp(t)
  write('a.yaml', service('a'))
  await start()
  const before = watched.get(dir)
  rmSync(dir, { recursive: true })
  event()
  assert.deepEqual(changes(batches.at(-1)), [])
  assert.equal(batches.at(-1)?.problems[0]?.reason, 'UnreadableFolder')
  mkdirSync(dir)
  write('a.yaml', service('a', 81))
  clock.advance(2_100)
  assert.deepEqual(changes(batches.at(-1)), ['Service/default/a 81 a.yaml'])
  assert.deepEqual(batches.at(-1)?.problems, [])
  assert.notEqual(watched.get(dir), undefined)
  assert.notEqual(before, undefined)
})

test('a folder that cannot be watched is looked at, with a note', async (t) => {
  const dir = temporaryFolder(t)
  const batches: SourceBatch[] = []
  const watch: WatchFolder = (_folder, _changed, failed) => {
    failed(new Error('ENOSPC: no space left for watches'))
    return () => {}
  }
  const source = new FilesSource({ dir, clock: new FakeClock(), watch })
  await source.start((batch) => batches.push(batch))
  source.stop()
  const [problem] = batches[0]?.problems ?? []
  assert.deepEqual([problem?.severity, problem?.reason], ['note', 'FolderNotWatched'])
  assert.match(problem?.message ?? '', /ENOSPC.*every 2 s/)
})

test('after stop nothing is told', async (t) => {
  const { clock, batches, watched, dir, source, write, start } = setUp(t)
  await start()
  const changed = watched.get(dir)
  source.stop()
  write('a.yaml', service('a'))
  changed?.()
  clock.advance(60_000)
  assert.equal(batches.length, 1)
  assert.equal(watched.size, 0)
})

test('the system tells of a change by itself', { timeout: 30_000 }, async (t) => {
  const dir = temporaryFolder(t)
  const second = Promise.withResolvers<SourceBatch>()
  const source = new FilesSource({ dir, clock: new SystemClock() })
  t.after(() => source.stop())
  let batches = 0
  await source.start((batch) => {
    if (++batches === 2) second.resolve(batch)
  })
  // Unlike a timer of the clock, this keeps the process alive until the event is there.
  const alive = new MessageChannel().port1
  alive.ref()
  writeFileSync(join(dir, 'a.yaml'), service('a'))
  assert.deepEqual(changes(await second.promise), ['Service/default/a 80 a.yaml'])
  alive.close()
})
