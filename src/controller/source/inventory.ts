/**
 * What a folder says, over time. A file, a document or an object that cannot be read keeps its last good state, as an
 * input like any other, so that the translation stays a pure function; the problem names what stays.
 */
import { compareText, type Problem } from '../../model/problem.ts'
import type { Ref } from '../api/kubernetes/metadata.ts'
import type { Entry } from '../store.ts'
import { type Declared, parseManifest } from './manifest.ts'
import type { SourceBatch } from './source.ts'

/** One file as it was found: its text, or why it could not be read. */
export type FileReading =
  | { readonly file: string; readonly text: string }
  | { readonly file: string; readonly failure: string }

interface FileState {
  /** What was parsed last, good or not; `undefined` where the file could not be read. */
  readonly text: string | undefined
  readonly declared: readonly Declared[]
  /** What it said before; which of it the broken parts were meant to be, nobody can tell. */
  readonly kept: readonly Declared[]
  readonly problems: readonly Problem[]
  /** A sentence for each part that cannot be read, or one for the file. */
  readonly broken: readonly string[]
}

/** An object in use. */
interface Used extends Entry {
  readonly file: string
  /** Tells whether it changed. */
  readonly text: string
}

export class Inventory {
  #files: ReadonlyMap<string, FileState> = new Map()
  #used: ReadonlyMap<Ref, Used> = new Map()

  /** Takes in what all files say now, and tells what that changes. */
  update(readings: readonly FileReading[]): SourceBatch {
    const sorted = readings.toSorted((a, b) => compareText(a.file, b.file))
    this.#files = new Map(sorted.map((reading) => [reading.file, read(reading, this.#files.get(reading.file))]))
    const problems = [...this.#files].flatMap(([file, state]) => problemsOfFile(file, state))
    const used = new Map<Ref, Used>()
    for (const [ref, declarations] of this.#declarations()) {
      const before = this.#used.get(ref)
      const owner = chooseOwner(declarations, before)
      const now = use(owner, before)
      if (now !== undefined) used.set(ref, now)
      problems.push(...problemsOfObject(declarations, owner, now))
    }
    const change = difference(this.#used, used)
    this.#used = used
    return { ...change, problems }
  }

  #declarations(): ReadonlyMap<Ref, readonly Declared[]> {
    const all = [...this.#files.values()].flatMap(({ declared, kept }) => [...declared, ...kept])
    return Map.groupBy(all, ({ ref }) => ref)
  }
}

function read(reading: FileReading, before: FileState | undefined): FileState {
  if ('text' in reading && reading.text === before?.text) return before
  const said = before === undefined ? [] : [...before.declared, ...before.kept]
  if ('failure' in reading) return { ...UNREAD, kept: said, broken: [reading.failure] }
  const manifest = parseManifest(reading.file, reading.text)
  const again = new Set(manifest.declared.map(({ ref }) => ref))
  const kept = manifest.broken.length === 0 ? [] : said.filter(({ ref }) => !again.has(ref))
  return { ...manifest, text: reading.text, kept }
}

const UNREAD: FileState = { text: undefined, declared: [], kept: [], problems: [], broken: [] }

function problemsOfFile(file: string, { declared, kept, problems, broken }: FileState): readonly Problem[] {
  const at = { kind: 'File', namespace: '', name: file, file }
  const unused = declared.length === 0 ? 'nothing of this file is used' : 'this part of the file is not used'
  const refs = kept.map(({ ref }) => ref)
  const fate = refs.length === 0 ? unused : `what it said before stays in use: ${refs.join(', ')}`
  const unreadable = broken.map((sentence): Problem => {
    return { at, severity: 'error', reason: 'UnreadableFile', message: `${sentence}; ${fate}` }
  })
  return [...problems, ...unreadable]
}

/**
 * Which of several declarations of one object counts: that of the file it is used from already, so that a second
 * one changes nothing that works; at first sight that of the first file by name that can be read.
 */
function chooseOwner(declarations: readonly Declared[], before: Used | undefined): Declared {
  const incumbents = declarations.filter(({ file }) => file === before?.file)
  const candidates = incumbents.length > 0 ? incumbents : declarations
  return candidates.find(({ object }) => object !== undefined) ?? candidates[0]!
}

/** The object of the owner or, where that cannot be read, its last good state. */
function use({ ref, file, text, object }: Declared, before: Used | undefined): Used | undefined {
  return object === undefined ? before : { ref, file, text, object }
}

function problemsOfObject(
  declarations: readonly Declared[],
  owner: Declared,
  used: Used | undefined,
): readonly Problem[] {
  const own = declarations.flatMap((each) =>
    each.object === undefined ? withFate(each.problems, each === owner, used) : each.problems,
  )
  if (declarations.length === 1) return own
  const files = [...new Set(declarations.map(({ file }) => file))]
  const message = `declared ${declarations.length} times, in ${files.join(', ')}; the one in ${owner.file} counts`
  const duplicates = files.map((file): Problem => {
    return { at: { ...owner.origin, file }, severity: 'error', reason: 'DuplicateObject', message }
  })
  return [...own, ...duplicates]
}

/** Why an object cannot be read, and what that means for it. */
function withFate(problems: readonly Problem[], isOwner: boolean, used: Used | undefined): readonly Problem[] {
  const unused = isOwner ? 'this object is not used' : 'this one is not used'
  const fate = isOwner && used !== undefined ? 'its last good state stays in use' : unused
  return problems.map((problem) => ({ ...problem, message: `${problem.message}; ${fate}` }))
}

function difference(from: ReadonlyMap<Ref, Used>, to: ReadonlyMap<Ref, Used>): Omit<SourceBatch, 'problems'> {
  const changed = [...to.values()].filter((used) => {
    const before = from.get(used.ref)
    return before === undefined || before.text !== used.text || before.file !== used.file
  })
  const removals = [...from.keys()].filter((ref) => !to.has(ref))
  return { upserts: changed.map(({ ref, object }) => ({ ref, object })), removals }
}
