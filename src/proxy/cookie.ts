/** Reading one cookie of a request (RFC 6265 section 5.4). */
import type { HeaderList } from './headers.ts'

/** The first one of that name, which is the most specific one; `undefined` where there is none. */
export function cookieOf(fields: HeaderList, name: string): string | undefined {
  const start = `${name}=`
  for (const line of fields.getAll('cookie')) {
    for (const pair of line.split(';')) {
      const trimmed = pair.trim()
      if (trimmed.startsWith(start)) return trimmed.slice(start.length)
    }
  }
  return undefined
}
