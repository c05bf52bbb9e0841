/**
 * The one normal form of a path. Rules and requests go through the same function, so that what is matched is what
 * was written and what is forwarded is what was matched:
 * - percent-encoded unreserved characters are decoded, hexadecimal digits upper-cased (RFC 3986 section 6.2.2);
 *   every other encoding stays, `%2F` above all, since it is not a separator;
 * - dot segments are removed after that (RFC 3986 section 5.2.4), so that `%2e%2e` hides nothing;
 * - empty segments stay: `//` is not `/` to every backend.
 */

const SLASH = 0x2f
const DOT = 0x2e
const PERCENT = 0x25

/** What a byte of a path is: 0 illegal as it stands, 1 legal, 2 legal and unreserved (RFC 3986 section 2.3). */
const CLASS: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code)
  if (code <= 0x20 || code === 0x7f || char === '?' || char === '#') return 0
  return /[A-Za-z0-9._~-]/.test(char) ? 2 : 1
})

/**
 * The normal form of a path, or `undefined` where it is illegal: no slash in front, a control character, space,
 * `?`, `#` or anything outside ASCII, a broken percent-encoding, an encoded NUL, or dot segments that climb over
 * the root. A path that is in normal form already comes back as the same string.
 */
export function normalizePath(path: string): string | undefined {
  if (path.charCodeAt(0) !== SLASH) return undefined
  let dots = false
  for (let i = 1; i < path.length; i++) {
    const code = path.charCodeAt(i)
    if (code === PERCENT) return normalizeSlowly(path)
    if (code === DOT && path.charCodeAt(i - 1) === SLASH) dots ||= isDotSegment(path, i)
    if (code > 0x7e || CLASS[code] === 0) return undefined
  }
  return dots ? removeDotSegments(path) : path
}

function normalizeSlowly(path: string): string | undefined {
  const decoded = decodeUnreserved(path)
  return decoded === undefined ? undefined : removeDotSegments(decoded)
}

/** Whether the segment that starts at `from` with a dot is `.` or `..`. */
function isDotSegment(path: string, from: number): boolean {
  const end = path.charCodeAt(from + 1) === DOT ? from + 2 : from + 1
  return end === path.length || path.charCodeAt(end) === SLASH
}

function decodeUnreserved(path: string): string | undefined {
  let out = ''
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i)
    if (code > 0x7e || CLASS[code] === 0) return undefined
    if (code !== PERCENT) {
      out += path[i]
      continue
    }
    const digits = path.slice(i + 1, i + 3)
    if (!/^[0-9A-Fa-f]{2}$/.test(digits)) return undefined
    const byte = Number.parseInt(digits, 16)
    if (byte === 0) return undefined
    out += byte < 128 && CLASS[byte] === 2 ? String.fromCharCode(byte) : `%${digits.toUpperCase()}`
    i += 2
  }
  return out
}

function removeDotSegments(path: string): string | undefined {
  const kept: string[] = []
  const segments = path.split('/')
  for (let i = 1; i < segments.length; i++) {
    const segment = segments[i]!
    if (segment !== '.' && segment !== '..') {
      kept.push(segment)
      continue
    }
    if (segment === '..' && kept.pop() === undefined) return undefined
    // A dot segment at the end leaves the slash in front of it.
    if (i === segments.length - 1) kept.push('')
  }
  return `/${kept.join('/')}`
}
