/** The Connection field (RFC 9110 section 7.6.1): what it says of persistence, and which fields end at this hop. */
import { FIELD_IDS, fieldId, markFields } from '../field-names.ts'
import type { HeaderList } from '../headers.ts'
import { TOKEN } from './chars.ts'

export interface ConnectionOptions {
  readonly close: boolean
  readonly keepAlive: boolean
  readonly upgrade: boolean
  /** Lower-case names of fields that are meant for this hop only. */
  readonly nominated: readonly string[]
}

/** Fields that the Connection field cannot take away: they decide about framing and routing. */
const PROTECTED = markFields('host', 'content-length', 'transfer-encoding', 'connection')

const KEEP_ALIVE: ConnectionOptions = { close: false, keepAlive: true, upgrade: false, nominated: [] }
const CLOSE: ConnectionOptions = { close: true, keepAlive: false, upgrade: false, nominated: [] }
const CONNECTION = FIELD_IDS.connection

export function connectionOptions(fields: HeaderList): ConnectionOptions {
  if ((fields.repeated & (1 << CONNECTION)) === 0) {
    if (fields.says(CONNECTION, 'keep-alive')) return KEEP_ALIVE
    if (fields.says(CONNECTION, 'close')) return CLOSE
  }
  return readOptions(fields)
}

function readOptions(fields: HeaderList): ConnectionOptions {
  const nominated: string[] = []
  let close = false
  let keepAlive = false
  let upgrade = false
  for (const line of fields.getAll('connection')) {
    for (const part of line.split(',')) {
      // Not `trim`, for which a byte of obs-text (0xa0) is white space too.
      const option = part.replace(/^[ \t]+|[ \t]+$/g, '').toLowerCase()
      if (option === 'close') close = true
      else if (option === 'keep-alive') keepAlive = true
      else if (option === 'upgrade') upgrade = true
      else if (isToken(option)) nominated.push(option)
    }
  }
  return { close, keepAlive, upgrade, nominated }
}

export function dropNominated(fields: HeaderList, options: ConnectionOptions): void {
  for (const name of options.nominated) if (PROTECTED[fieldId(name)] === 0) fields.delete(name)
}

function isToken(text: string): boolean {
  if (text === '') return false
  for (let i = 0; i < text.length; i++) if (!(TOKEN[text.charCodeAt(i)]! > 0)) return false
  return true
}
