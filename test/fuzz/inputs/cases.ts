/** The bytes of the conformance cases, as raw material for damage. What a case expects plays no part here. */
import { readFileSync } from 'node:fs'
import { HOST } from './requests.ts'

interface Case {
  readonly raw: string
  readonly backend?: readonly { readonly send?: string }[]
}

const FILE = new URL('../../conformance/http1-cases.json', import.meta.url)
const CASES: readonly Case[] = JSON.parse(readFileSync(FILE, 'utf8'))
/** Sizes that a case chose to be beyond a limit are brought down: the edges of limits are hit by tight limits. */
const REPEAT_MOST = 300
const SMUGGLED = `GET /smuggled HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`
const WORDS: Readonly<Record<string, string>> = {
  HOST,
  HOSTUP: HOST.toUpperCase(),
  SMUGLEN: String(SMUGGLED.length),
  SMUGLEN5: String(SMUGGLED.length + 5),
  SMUGHEX: SMUGGLED.length.toString(16),
}

const REPEATS: Readonly<Record<string, (first: string, second: string) => string>> = {
  REP: (text, times) => text.repeat(most(times)),
  HDRS: (times) => lines(times, (i) => `X-H${i}: v\r\n`),
  REPH: (times) => lines(times, (i) => `X-R${i}: k\r\n`),
  PIPE: (times, target) => lines(times, (i) => `GET ${target}${i} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`),
  CHUNKS: (times, size) => `${size}\r\nc\r\n`.repeat(most(times)),
  FIN: () => '',
  PAUSE: () => '',
}

/** What clients send. */
export const CASE_REQUESTS: readonly string[] = CASES.map(({ raw }) => expand(raw))
/** What endpoints send. */
export const CASE_RESPONSES: readonly string[] = CASES.flatMap(({ backend = [] }) =>
  backend.flatMap(({ send }) => (send === undefined ? [] : [expand(send)])),
)

function expand(raw: string): string {
  const text = raw.replace(/\{([A-Z0-9]+)(?::([^}]*))?\}/g, (placeholder, word: string, rest = '') => {
    const [first = '', second = ''] = rest.split(/:([\s\S]*)/)
    return WORDS[word] ?? REPEATS[word]?.(first, second) ?? placeholder
  })
  return Buffer.from(text, 'latin1').toString('latin1')
}

function lines(times: string, line: (i: number) => string): string {
  return Array.from({ length: most(times) }, (_, i) => line(i)).join('')
}

function most(times: string): number {
  return Math.min(REPEAT_MOST, Number(times))
}
