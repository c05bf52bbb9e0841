/**
 * Reads a TypeScript file as far as the architecture test needs: what it imports, and its code with comments and
 * the contents of strings blanked out, so that a word in prose is never taken for a call. The blanked text has the
 * length and the line breaks of the original.
 */
export interface Import {
  /** Empty where `import()` is given something that is not a plain string. */
  readonly specifier: string
  /** `import type` and `export type`: gone at run time. */
  readonly typeOnly: boolean
  readonly line: number
}

export interface SourceFile {
  /** Relative to the root that was scanned, with forward slashes. */
  readonly path: string
  readonly code: string
  readonly lines: number
  readonly imports: readonly Import[]
}

const COMMENT_OR_QUOTE = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^'\\\n]|\\[\s\S])*'?|"(?:[^"\\\n]|\\[\s\S])*"?/y
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y
/** A slash after one of these divides; anywhere else it starts a comment or a regular expression. */
const ENDS_VALUE = /[\w$)\]}'"`]\s*$/
const KEYWORD_BEFORE_VALUE = /\b(?:return|typeof|case|in|of|do|else|void|delete|instanceof|new|throw|yield|await)\s*$/

/** Clause of an import between the keyword and `from`: names, braces, commas, never another statement. */
const FROM = /\b(?:import|export)\s+(type\s+)?(?:(?!\b(?:import|export)\b)[\w$\s{},*])*?\bfrom\s*(?=['"])/g
const SIDE_EFFECT = /\bimport\s*(?=['"])/g
const DYNAMIC = /\bimport\s*\(\s*/g

export function scan(path: string, text: string): SourceFile {
  const code = blank(text)
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
  return { path, code, lines, imports: findImports(code, text) }
}

/** Line of an offset, counted from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}

function findImports(code: string, text: string): Import[] {
  const found: (Import & { at: number })[] = []
  const add = (match: RegExpMatchArray, typeOnly: boolean) => {
    const at = match.index! + match[0].length
    found.push({ specifier: literalAt(code, text, at), typeOnly, line: lineAt(text, at), at })
  }
  for (const match of code.matchAll(FROM)) add(match, match[1] !== undefined)
  for (const match of code.matchAll(SIDE_EFFECT)) add(match, false)
  for (const match of code.matchAll(DYNAMIC)) add(match, false)
  return found.sort((a, b) => a.at - b.at).map(({ specifier, typeOnly, line }) => ({ specifier, typeOnly, line }))
}

/** Content of the string that starts at an offset; empty where it is computed or no string at all. */
function literalAt(code: string, text: string, at: number): string {
  const quote = code[at]!
  if (!`'"\``.includes(quote)) return ''
  const end = code.indexOf(quote, at + 1)
  const rest = code
    .slice(end + 1)
    .match(/^\s*\S?/)![0]
    .trim()
  const computed = '+.?['.includes(rest) && rest !== ''
  const specifier = text.slice(at + 1, end)
  return computed || /\\|\$\{/.test(specifier) ? '' : specifier
}

/** The text with comments, and what stands inside of strings, templates and regular expressions, as spaces. */
export function blank(text: string): string {
  let out = ''
  let at = 0
  /** Depth of braces at which each open template goes on. */
  const templates: number[] = []
  let depth = 0
  while (at < text.length) {
    const char = text[at]!
    if (char === '`' || (char === '}' && templates.at(-1) === depth)) {
      if (char === '}') templates.pop()
      const end = templateEnd(text, at + 1)
      const opensCode = text[end] === '$'
      out += char + spaces(text.slice(at + 1, end)) + (opensCode ? '${' : '`')
      if (opensCode) templates.push(depth)
      at = end + (opensCode ? 2 : 1)
      continue
    }
    const token = tokenAt(text, at, out)
    if (token !== '') {
      out += hollow(token)
      at += token.length
      continue
    }
    if (char === '{') depth++
    if (char === '}') depth--
    out += char
    at++
  }
  return out
}

/** The comment, string or regular expression that starts here; empty if none does. */
function tokenAt(text: string, at: number, before: string): string {
  if (!`/'"`.includes(text[at]!)) return ''
  COMMENT_OR_QUOTE.lastIndex = at
  const token = COMMENT_OR_QUOTE.exec(text)?.[0]
  if (token !== undefined) return token
  const tail = before.slice(-40)
  if (ENDS_VALUE.test(tail) && !KEYWORD_BEFORE_VALUE.test(tail)) return ''
  REGEX.lastIndex = at
  return REGEX.exec(text)?.[0] ?? ''
}

/** Where a template stops: at its closing backtick or at the next `${`. */
function templateEnd(text: string, from: number): number {
  let at = from
  while (at < text.length && text[at] !== '`' && !text.startsWith('${', at)) at += text[at] === '\\' ? 2 : 1
  return Math.min(at, text.length)
}

/** Strings and expressions keep their delimiters, comments keep nothing. */
function hollow(token: string): string {
  if (token.startsWith('//') || token.startsWith('/*')) return spaces(token)
  return token.length < 2 ? token : token[0] + spaces(token.slice(1, -1)) + token.at(-1)
}

function spaces(text: string): string {
  return text.replace(/[^\n]/g, ' ')
}
