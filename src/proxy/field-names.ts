/**
 * Names of fields that the proxy itself looks at, as small numbers: a parsed field carries its number, so that
 * looking for a field compares integers. Adding a name is one row; the first 31 have a bit in `HeaderList.seen`, so the
 * fields that decide about framing, routing and trust come first.
 *
 * `underscored` stands for every name with an underscore in it: backends in the CGI tradition cannot tell
 * `X_Real_IP` from `X-Real-IP`, so the trust boundary drops such fields (as nginx does).
 */
const NAMES = [
  'underscored',
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'keep-alive',
  'proxy-connection',
  'expect',
  'proxy',
  'http2-settings',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-scheme',
  'x-forwarded-ssl',
  'x-forwarded-server',
  'x-forwarded-prefix',
  'x-real-ip',
  'x-request-id',
  'forwarded',
  'max-forwards',
  'date',
  'content-type',
  'ssl-client-verify',
  'ssl-client-subject-dn',
  'ssl-client-issuer-dn',
  'ssl-client-cert',
  'set-cookie',
  'cookie',
  'user-agent',
  'referer',
  'accept',
  'accept-encoding',
  'server',
  'location',
  'content-encoding',
  'content-range',
  'content-location',
  'authorization',
  'proxy-authenticate',
  'proxy-authorization',
  'www-authenticate',
  'via',
  'cache-control',
  'range',
  'age',
  'retry-after',
  'warning',
  'vary',
  'strict-transport-security',
] as const

export type KnownField = (typeof NAMES)[number]

/** Number of each known field; 0, `other`, stands for every name that is not in the list. */
export const FIELD_IDS = Object.fromEntries([['other', 0], ...NAMES.map((name, i) => [name, i + 1])]) as Readonly<
  Record<KnownField | 'other', number>
>

export const FIELD_COUNT = NAMES.length + 1

const BY_NAME: ReadonlyMap<string, number> = new Map(NAMES.map((name, i) => [name, i + 1]))

/** The number of a name in any letter case. */
export function fieldId(name: string): number {
  if (name.includes('_')) return FIELD_IDS.underscored
  return BY_NAME.get(name) ?? BY_NAME.get(name.toLowerCase()) ?? 0
}

export function fieldName(id: number): KnownField | 'other' {
  return NAMES[id - 1] ?? 'other'
}

/** A table over field numbers with the named ones marked, for `HeaderList.deleteMarked`. */
export function markFields(...names: readonly KnownField[]): Uint8Array {
  const table = new Uint8Array(FIELD_COUNT)
  for (const name of names) table[FIELD_IDS[name]] = 1
  return table
}

/**
 * Slots for finding the number of a name without reading all of it: length and three letters give the only candidate,
 * which is then compared letter by letter. No two names of the table share a slot; the file does not load otherwise.
 */
const SLOT_MASK = 255
const SLOTS: Uint8Array = (() => {
  const slots = new Uint8Array(SLOT_MASK + 1)
  for (const [i, name] of NAMES.entries()) {
    const slot = slotOf(Buffer.from(name), 0, name.length)
    const other = NAMES[slots[slot]! - 1]
    if (other !== undefined) throw new Error(`field names ${name} and ${other} share a slot: change slotOf`)
    slots[slot] = i + 1
  }
  return slots
})()

const LONGEST = Math.max(...NAMES.map(({ length }) => length))
/** All names, one behind the other at equal distances, by their numbers. */
const NAME_BYTES = Buffer.alloc(FIELD_COUNT * LONGEST)
const LENGTHS = new Uint8Array(FIELD_COUNT)
for (const [i, name] of NAMES.entries()) {
  NAME_BYTES.write(name, (i + 1) * LONGEST, 'latin1')
  LENGTHS[i + 1] = name.length
}

/** The number of the name `bytes[start, end)`, which is not empty, in any letter case; 0 for an unknown one. */
export function fieldIdAt(bytes: Uint8Array, start: number, end: number): number {
  const id = SLOTS[slotOf(bytes, start, end)]!
  return id !== 0 && LENGTHS[id] === end - start && isName(id, bytes, start) ? id : 0
}

/** Letter case is in the bits that are masked away. */
function slotOf(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start]! & 31
  const late = bytes[Math.max(start, end - 4)]! & 31
  const last = bytes[end - 1]! & 31
  return (end - start + first + late * 6 + last * 9) & SLOT_MASK
}

function isName(id: number, bytes: Uint8Array, start: number): boolean {
  const length = LENGTHS[id]!
  const name = id * LONGEST
  for (let i = 0; i < length; i++) {
    const code = bytes[start + i]!
    const lower = code >= 0x41 && code <= 0x5a ? code + 0x20 : code
    if (lower !== NAME_BYTES[name + i]) return false
  }
  return true
}
