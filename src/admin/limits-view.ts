/**
 * Whom limits refuse most, for the operator. What a client keeps to itself, fields, cookies and claims, is never shown:
 * a keyed hash stands for it (HMAC-SHA256, RFC 2104), and for addresses where that is asked for.
 */
import { createHmac } from 'node:crypto'
import type { Offender } from '../proxy/messages.ts'

/** Rows of each limit. */
const MOST_ROWS = 20
/** 72 bits: enough to tell a few apart. */
const HASH_CHARACTERS = 12

export interface LimitsViewSpec {
  /** Whether addresses of clients are hashed too. */
  readonly hashClients: boolean
  /** Of the hashes. */
  readonly key: Uint8Array
}

/** @param offenders the most refused first. */
export function limitsView(offenders: readonly Offender[], spec: LimitsViewSpec): object {
  const byLimit = Map.groupBy(offenders, ({ limit }) => limit)
  const names = [...byLimit.keys()].sort()
  const rows = (name: string) => byLimit.get(name)!.slice(0, MOST_ROWS)
  return Object.fromEntries(names.map((name) => [name, rows(name).map((offender) => rowOf(offender, spec))]))
}

function rowOf({ key, refused, error }: Offender, spec: LimitsViewSpec): object {
  return { key: Object.fromEntries(key.map(([part, text]) => [part, shown(part, text, spec)])), refused, error }
}

function shown(part: string, text: string, { hashClients, key }: LimitsViewSpec): string {
  const isOpen = part === 'client' ? !hashClients : !part.includes(':')
  if (isOpen) return text
  return `hash:${createHmac('sha256', key).update(text).digest('base64url').slice(0, HASH_CHARACTERS)}`
}
