/**
 * What one access-log line costs, building and copying it into the buffer: prints nanoseconds a line, the median of
 * several rounds. Run with `node bench/micro/access-log.ts`.
 */
import { FakeClock } from '../../src/lib/clock.ts'
import { BufferedAccessLog } from '../../src/proxy/access-log.ts'
import { Exchange } from '../../src/proxy/exchange.ts'
import { fieldId } from '../../src/proxy/field-names.ts'
import { HeaderList, nameEntry } from '../../src/proxy/headers.ts'
import type { Downstream } from '../../src/proxy/sides.ts'
import type { Endpoint, Route } from '../../src/proxy/types.ts'

const ROUNDS = 15
const LINES = 200_000
const EXCHANGES = 512

const route = { labels: { namespace: 'shop', ingress: 'web', service: 'cart', host: 'a', path: '/' } } as Route

/** Heads are decoded as one string and sliced, as the codec does it. */
function exchange(n: number, referer: string): Exchange {
  const head = Buffer.from(
    `GET /cart/items/${n}?page=2 HTTP/1.1\r\nHost: shop.example.test\r\n` +
      `User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0\r\n` +
      `Referer: ${referer}\r\nAccept: */*\r\n\r\n`,
    'latin1',
  ).toString('latin1')
  const init = {
    method: head.slice(0, 3),
    scheme: 'http',
    authority: 'shop.example.test',
    host: 'shop.example.test',
    serverName: '',
    path: head.slice(4, head.indexOf('?')),
    query: '?page=2',
    version: '1.1',
    requestHeaders: headers(head),
    clientAddress: '203.0.113.7',
    startedAt: n,
    hasBody: false,
    persistent: true,
    bodyLength: 0,
    upgrade: '',
    requestId: '0af7651916cd43dd8448eb211c80319c',
    forwardedHost: '',
  } as const
  const made = new Exchange(init, {} as Downstream, { finished() {} })
  made.route = route
  made.endpoint = { id: '10.0.0.17:8080' } as Endpoint
  made.status = 200
  made.attempts = 1
  made.respondedAt = n + 1.25
  made.bytesSent = 67
  return made
}

function headers(head: string): HeaderList {
  const index: number[] = []
  for (let at = head.indexOf('\r\n') + 2; !head.startsWith('\r\n', at); at = head.indexOf('\r\n', at) + 2) {
    const colon = head.indexOf(':', at)
    index.push(nameEntry(fieldId(head.slice(at, colon)), colon - at), at, head.indexOf('\r\n', at))
  }
  return new HeaderList(head, index)
}

function measure(name: string, referer: string): void {
  const clock = new FakeClock()
  let bytes = 0
  const log = new BufferedAccessLog({
    clock,
    deliver(lines) {
      bytes += lines.length
      log.settled(true)
    },
  })
  const exchanges = Array.from({ length: EXCHANGES }, (_, n) => exchange(n, referer))
  const rounds = Array.from({ length: ROUNDS }, () => {
    const before = process.hrtime.bigint()
    for (let i = 0; i < LINES; i++) log.write(exchanges[i % EXCHANGES]!, i / 7)
    return Number(process.hrtime.bigint() - before) / LINES
  }).sort((a, b) => a - b)
  const median = rounds[ROUNDS >> 1]!
  const width = Math.round(bytes / (ROUNDS * LINES))
  console.log(
    `${name}: ${median.toFixed(0)} ns a line (${rounds[0]!.toFixed(0)} to ${rounds.at(-1)!.toFixed(0)}), ${width} bytes`,
  )
}

measure('plain', 'https://shop.example.test/cart')
measure('to be escaped', 'https://shop.example.test/"caf\xe9"')
