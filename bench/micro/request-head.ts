/** Finding and parsing the head of a request: `node bench/micro/request-head.ts`. */
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts'
import { HeadBuffer } from '../../src/proxy/http1/head-buffer.ts'
import { parseRequestHead } from '../../src/proxy/http1/request-head.ts'
import { report } from './measure.ts'

const { limits } = DEFAULT_SETTINGS

const LOAD_TOOL = ['GET /67 HTTP/1.1', 'Host: shop.example.test']

const BROWSER = [
  'GET /catalogue/lamps?page=2&sort=price HTTP/1.1',
  'Host: shop.example.test',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'Accept-Language: en-GB,en;q=0.7,de;q=0.3',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Referer: https://shop.example.test/catalogue',
  'Cookie: session=0af7651916cd43dd8448eb211c80319c; theme=dark; consent=1',
  'Connection: keep-alive',
  'Upgrade-Insecure-Requests: 1',
  'Sec-Fetch-Dest: document',
  'Sec-Fetch-Mode: navigate',
  'Sec-Fetch-Site: same-origin',
  'If-None-Match: "5d8c72a5edda8"',
]

for (const [name, lines] of Object.entries({ 'load tool, 2 lines': LOAD_TOOL, 'browser, 14 lines': BROWSER })) {
  const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  const head = new HeadBuffer(limits.requestLineBytes + limits.headerBytes, true)
  const found = head.take(bytes, 0, bytes.length)
  if (found === undefined || typeof parseRequestHead(found, limits) === 'string') throw new Error(`${name}: refused`)
  report(`request head, ${name}`, () => {
    const again = new HeadBuffer(limits.requestLineBytes + limits.headerBytes, true)
    return parseRequestHead(again.take(bytes, 0, bytes.length)!, limits)
  })
}
