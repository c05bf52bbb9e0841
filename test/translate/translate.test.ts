/**
 * Kubernetes objects in, snapshot and problems out, as files: one folder a case, one idea a folder. `in.yaml` is read
 * as a manifest of that name, after `before.yaml` where objects were otherwise; `cluster.yaml` is what no file has, as
 * an API server tells it; `options.json` overrides default options; `resolutions.json` is what DNS said. Settings are
 * shown where they are not the defaults, keys never.
 * After a wanted change: `npm test -- --test-update-snapshots`, and read the difference.
 */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import { decodeObject } from '../../src/controller/api/kubernetes/decode.ts'
import type { ConfigValues } from '../../src/controller/api/sluice-config.ts'
import { parseManifest } from '../../src/controller/source/manifest.ts'
import { type Resolution, Store } from '../../src/controller/store.ts'
import { overlay } from '../../src/controller/translate/layers.ts'
import { DEFAULT_OPTIONS, type TranslateOptions } from '../../src/controller/translate/options.ts'
import { translate } from '../../src/controller/translate/translate.ts'
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts'
import type { Snapshot } from '../../src/model/snapshot.ts'
import { snapshotOf } from './world.ts'

const CASES = new URL('./', import.meta.url)

const names = readdirSync(CASES, { withFileTypes: true }).filter((entry) => entry.isDirectory())

for (const { name } of names) {
  const at = (file: string) => new URL(`${name}/${file}`, CASES)
  test(`translate: ${name}`, (t) => {
    const options = optionsOf(readJson(at('options.json')) ?? {})
    const store = new Store(options.node)
    if (existsSync(at('before.yaml'))) put(store, readFileSync(at('before.yaml'), 'utf8'))
    put(store, readFileSync(at('in.yaml'), 'utf8'))
    if (existsSync(at('cluster.yaml'))) tell(store, readFileSync(at('cluster.yaml'), 'utf8'))
    for (const resolution of readJson<Resolution[]>(at('resolutions.json')) ?? []) store.resolve(resolution)
    const translation = translate(store.view(), options)
    t.assert.fileSnapshot(legible(snapshotOf(translation)), fileURLToPath(at('snapshot.json')))
    t.assert.fileSnapshot(translation.problems, fileURLToPath(at('problems.json')))
  })
}

test('there are cases to translate', () => assert.ok(names.length >= 40))

function put(store: Store, yaml: string): void {
  const manifest = parseManifest('in.yaml', yaml)
  assert.deepEqual(manifest.broken, [])
  const entries = manifest.declared.map(({ ref, object, problems }) => {
    assert.ok(object !== undefined, JSON.stringify(problems))
    return { ref, object }
  })
  store.apply(entries, [])
}

function tell(store: Store, yaml: string): void {
  const entries = parseAllDocuments(yaml).map((document) => {
    const decoded = decodeObject(document.toJS(), { unknownFields: 'ignore' })
    assert.equal(decoded.outcome, 'object')
    return { ref: decoded.ref, object: decoded.object }
  })
  store.apply(entries, [])
}

const DEFAULTS = JSON.stringify(DEFAULT_SETTINGS)

/** Values of `config` are said by options; the rest are defaults. */
type Overrides = Partial<Omit<TranslateOptions, 'config'>> & { readonly config?: Partial<ConfigValues> }

function optionsOf({ config = {}, ...rest }: Overrides): TranslateOptions {
  const said = Object.keys(config).map((path) => [path, { kind: 'Option', namespace: '', name: path }])
  const layer = { values: config, origins: Object.fromEntries(said) }
  return { ...DEFAULT_OPTIONS, ...rest, config: overlay(DEFAULT_OPTIONS.config, layer) }
}

/** Without the settings where they are the defaults, which would drown the rest. */
function legible(snapshot: Snapshot): Readonly<Record<string, unknown>> {
  const shown = [...snapshot].filter(([key, text]) => key !== 'settings/global' || text !== DEFAULTS)
  return Object.fromEntries(shown.map(([key, text]): [string, unknown] => [key, JSON.parse(text, withoutMaterial)]))
}

/** Certificates stand in the input already, and private keys stand nowhere else. */
function withoutMaterial(_name: string, value: unknown): unknown {
  const blocks = typeof value === 'string' ? value.match(/-----BEGIN [A-Z ]+-----/g) : null
  return blocks === null ? value : `${blocks.length} x ${blocks[0]}`
}

function readJson<T>(file: URL): T | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : undefined
}
