/** Keys of session tickets that replicas share: those of a Secret that the operator names. */
import type { Buffer } from 'node:buffer'
import { compareText } from '../../model/problem.ts'
import { type Entry, entryOf } from '../../model/snapshot.ts'
import { TICKET_KEY_BYTES, TICKET_KEY_NAME_BYTES } from '../../model/tls.ts'
import { type Secret, secretValue } from '../api/kubernetes/secret.ts'
import type { ConfigValues } from '../api/sluice-config.ts'
import type { Effective } from './layers.ts'
import type { Report } from './report.ts'
import type { View } from './view.ts'

const PATH = 'tls.sessionTicketKeysSecret'
/** A rotation needs three; each is compared with each ticket. */
const MOST_KEYS = 8

/** Nothing where none are named, or none can be used: then each process makes its own. */
export function ticketKeyEntries(
  { values, origins }: Effective<ConfigValues>,
  view: Pick<View, 'secret'>,
  report: Report,
): readonly Entry[] {
  const name = values[PATH]
  if (name === '') return []
  const [namespace = '', secretName = ''] = name.split('/')
  const secret = view.secret(namespace, secretName)
  const keys = secret === undefined ? 'there is none that can be read' : keysOf(secret)
  if (typeof keys !== 'string') return [entryOf('ticketKeys', 'global', keys)]
  const instead = 'each replica makes keys of its own, and clients of another one need a full handshake'
  report.error(origins[PATH], 'InvalidTicketKeys', `Secret ${name}, ${keys}; ${instead}`)
  return []
}

/** Each entry is a key, in the order of their names. @returns what is wrong, without a byte of any. */
function keysOf(secret: Secret): readonly string[] | string {
  const names = [...new Set([...secret.data.keys(), ...secret.stringData.keys()])].sort(compareText)
  if (names.length === 0 || names.length > MOST_KEYS) {
    return `data: expected 1 to ${MOST_KEYS} entries, not ${names.length}`
  }
  const keys: Buffer[] = []
  for (const name of names) {
    const key = secretValue(secret, name)
    if (key === undefined || key === 'garbled') return `data["${name}"]: expected base64`
    if (key.length !== TICKET_KEY_BYTES) {
      return `data["${name}"]: expected ${TICKET_KEY_BYTES} bytes of chance, not ${key.length}`
    }
    if (keys.some((other) => other.subarray(0, TICKET_KEY_NAME_BYTES).equals(key.subarray(0, TICKET_KEY_NAME_BYTES)))) {
      return `data["${name}"]: expected other bytes than in the entries before`
    }
    keys.push(key)
  }
  return keys.map((key) => key.toString('base64'))
}
