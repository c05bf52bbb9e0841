/**
 * Character classes of HTTP/1.1 as tables over bytes. Every table is a Uint8Array of 256, so that one load decides
 * about one byte and nothing outside of Latin-1 can slip through.
 */

function table(accept: (code: number) => number | boolean): Uint8Array {
  const cells = new Uint8Array(256)
  for (let code = 0; code < 256; code++) cells[code] = Number(accept(code))
  return cells
}

const TOKEN_SYMBOLS = "!#$%&'*+-.^_`|~"

function isAlphaNumeric(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)
}

/** Bit of the underscore in `TOKEN`. */
export const UNDERSCORE = 2

/** Token characters (RFC 9110 section 5.6.2): 1, with one more bit for the underscore; 0 for all others. */
export const TOKEN: Uint8Array = table((code) => {
  if (code === 0x5f) return 1 | UNDERSCORE
  return isAlphaNumeric(code) || TOKEN_SYMBOLS.includes(String.fromCharCode(code))
})

/** Bytes of a field value: HTAB, SP, visible ASCII and obs-text; no other control, no DEL (RFC 9110 section 5.5). */
export const FIELD_VALUE: Uint8Array = table((code) => code === 0x09 || (code >= 0x20 && code !== 0x7f))

/** Bit in `TARGET` of the bytes that give a target structure beyond its segments: `%`, `.` and `?`. */
export const STRUCTURED = 2

/**
 * Bytes of a request target: visible ASCII without `#`. RFC 3986 excludes some more (`{}|"<>^` and the like), but
 * real clients send them; they pass byte for byte. Bytes above ASCII are refused: nobody agrees what they mean.
 */
export const TARGET: Uint8Array = table((code) => {
  if (code === 0x25 || code === 0x2e || code === 0x3f) return 1 | STRUCTURED
  return code > 0x20 && code < 0x7f && code !== 0x23
})

/** Bytes of a host name as we take it: letters, digits, `-`, `.` and `_` (RFC 1123, and the underscore of practice). */
export const HOST_NAME: Uint8Array = table(
  (code) => isAlphaNumeric(code) || code === 0x2d || code === 0x2e || code === 0x5f,
)

/** Value of a hexadecimal digit plus one, 0 for all others. */
export const HEX: Uint8Array = table((code) => {
  if (code >= 0x30 && code <= 0x39) return code - 0x30 + 1
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 11 : 0
})

export const CR = 0x0d
export const LF = 0x0a
export const SP = 0x20
export const HTAB = 0x09
export const COLON = 0x3a
