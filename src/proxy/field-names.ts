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

/** Where the hash of a name starts. */
export const NAME_HASH_START = 0

/**
 * Slots for finding the number of a name while it is scanned: the scanner folds the lower-cased bytes into a hash
 * (see `foldName`), the slot gives the only candidate, and the candidate is compared letter by letter.
 */
export const SLOT_MASK = 1023
export const SLOTS: Uint8Array = (() => {
  const slots = new Uint8Array(SLOT_MASK + 1)
  for (const [i, name] of NAMES.entries()) {
    const slot = slotOf(hashName(name))
    if (slots[slot] !== 0)
      throw new Error(`field names ${name} and ${NAMES[slots[slot]! - 1]} share a slot: enlarge SLOT_MASK`)
    slots[slot] = i + 1
  }
  return slots
})()

/** One step of the hash (FNV-1a); `code` is a lower-case byte. */
export function foldName(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01000193)
}

/** Whether `text[start, end)` is the name with this number, in any letter case. */
export function namesField(id: number, text: string, start: number, end: number): boolean {
  const name = NAMES[id - 1]!
  if (end - start !== name.length) return false
  for (let i = 0; i < name.length; i++) {
    const code = text.charCodeAt(start + i)
    const lower = code >= 0x41 && code <= 0x5a ? code + 0x20 : code
    if (lower !== name.charCodeAt(i)) return false
  }
  return true
}

/** The slot of a finished hash. */
export function slotOf(hash: number): number {
  return (hash ^ (hash >>> 8)) & SLOT_MASK
}

function hashName(name: string): number {
  let hash = NAME_HASH_START
  for (let i = 0; i < name.length; i++) hash = foldName(hash, name.charCodeAt(i))
  return hash
}
