/** Whether a request is one of those that something is for. */
import { AddressSet } from '../lib/cidr.ts'
import { Pattern } from '../lib/pattern.ts'
import type { RequestMatch, TextMatch } from '../model/request-match.ts'
import { cookieOf } from './cookie.ts'
import type { Exchange } from './exchange.ts'
import { queryValues } from './query.ts'

export type RequestTest = (exchange: Exchange) => boolean

/** All of it has to hold. */
export function requestTest({ methods, headers = [], cookies = [], query = [], clients }: RequestMatch): RequestTest {
  const tests = [
    ...(methods === undefined ? [] : [by(new Set(methods))]),
    ...headers.map(({ name, ...text }) => {
      return some(text, ({ requestHeaders }) => requestHeaders.getAll(name))
    }),
    ...cookies.map(({ name, ...text }) => {
      return some(text, ({ requestHeaders }) => cookieOf(requestHeaders, name) ?? [])
    }),
    ...query.map(({ name, ...text }) => some(text, (exchange) => queryValues(exchange.query, name))),
    ...(clients === undefined ? [] : [from(clients)]),
  ]
  return (exchange) => {
    for (const test of tests) if (!test(exchange)) return false
    return true
  }
}

type Texts = (exchange: Exchange) => string | readonly string[]

/** One of the texts has to fit; that there is one is enough where nothing is said of it. */
function some({ value, pattern }: Omit<TextMatch, 'name'>, read: Texts): RequestTest {
  const fits = textTest(value, pattern)
  return (exchange) => {
    const texts = read(exchange)
    return typeof texts === 'string' ? fits(texts) : texts.some(fits)
  }
}

function textTest(value: string | undefined, source: string | undefined): (text: string) => boolean {
  if (value !== undefined) return (text) => text === value
  if (source === undefined) return () => true
  const pattern = new Pattern(source)
  return (text) => pattern.matches(text)
}

function by(methods: ReadonlySet<string>): RequestTest {
  return ({ method }) => methods.has(method)
}

function from(ranges: readonly string[]): RequestTest {
  const set = new AddressSet(ranges)
  return ({ clientAddress }) => set.has(clientAddress)
}
