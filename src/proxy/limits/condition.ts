/** Which requests a limit is for. */
import type { RequestCondition } from '../../model/rate-limit.ts'
import type { Exchange } from '../exchange.ts'

export function conditionOf({ methods, headers = [] }: RequestCondition = {}): (exchange: Exchange) => boolean {
  const wanted = methods === undefined ? undefined : new Set(methods)
  const fields = headers.map(({ name, value }) => ({ name: name.toLowerCase(), value }))
  return ({ method, requestHeaders }) => {
    if (wanted !== undefined && !wanted.has(method)) return false
    return fields.every(({ name, value }) => {
      return value === undefined ? requestHeaders.has(name) : requestHeaders.getAll(name).includes(value)
    })
  }
}
