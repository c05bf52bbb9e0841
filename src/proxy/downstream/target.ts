/** The forms of a request target (RFC 9112 section 3.2), reduced to authority, path and query. */
import { normalizePath } from '../../lib/path.ts'

export interface Target {
  /** Of the absolute form, which then counts instead of Host; undefined for the other forms. */
  readonly authority: string | undefined
  /** Normalised; `*` for the asterisk form. */
  readonly path: string
  /** With its question mark, or empty. */
  readonly query: string
}

const SLASH = 0x2f

/** @returns undefined for a target that is malformed, or of a form this method does not have. */
export function parseTarget(target: string, method: string): Target | undefined {
  if (target.charCodeAt(0) === SLASH) return split(target, undefined)
  if (target === '*') return method === 'OPTIONS' ? { authority: undefined, path: '*', query: '' } : undefined
  return parseAbsolute(target, method)
}

function parseAbsolute(target: string, method: string): Target | undefined {
  const scheme = /^https?:\/\//i.exec(target)
  if (scheme === null) return undefined
  const rest = target.slice(scheme[0].length)
  const end = rest.search(/[/?]/)
  const authority = end < 0 ? rest : rest.slice(0, end)
  if (authority === '') return undefined
  if (end < 0) return { authority, path: method === 'OPTIONS' ? '*' : '/', query: '' }
  return split(rest[end] === '/' ? rest.slice(end) : `/${rest.slice(end)}`, authority)
}

function split(text: string, authority: string | undefined): Target | undefined {
  const mark = text.indexOf('?')
  const path = normalizePath(mark < 0 ? text : text.slice(0, mark))
  if (path === undefined) return undefined
  return { authority, path, query: mark < 0 ? '' : text.slice(mark) }
}
