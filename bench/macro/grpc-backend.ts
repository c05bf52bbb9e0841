/**
 * A server of gRPC that costs little: on our own codec, since nginx answers before it has read the request, and then
 * sends frames on closed streams that nginx as a client takes for errors. Reads each call to its end and answers with a
 * message and trailers. Run with the port.
 */
import { createServer } from 'node:net'
import { HeaderList } from '../../src/proxy/headers.ts'
import { DEFAULT_CONNECTION } from '../../src/proxy/http2/limits.ts'
import { ServerConnection } from '../../src/proxy/http2/server.ts'
import type { Stream, StreamSink } from '../../src/proxy/http2/stream.ts'
import { tie } from '../../test/http2/wire.ts'

/** A message of 62 bytes behind its prefix: not compressed, and its length. */
const MESSAGE = Buffer.concat([Buffer.from([0, 0, 0, 0, 62]), Buffer.alloc(62, 'x')])
/** Nobody is to be kept from calling for what the load is made of. */
const PLENTY = { burst: 1e9, perSecond: 1e6 }
const SPEC = { ...DEFAULT_CONNECTION, limits: { ...DEFAULT_CONNECTION.limits, resets: PLENTY, control: PLENTY } }

function fields(name: string, value: string): HeaderList {
  const list = new HeaderList()
  list.add(name, value)
  return list
}

createServer({ noDelay: true }, (socket) => {
  const http = new ServerConnection(SPEC, { request: (stream) => answerTo(http, stream), violated: () => {} }, 0)
  tie(socket, http)
}).listen(Number(process.argv[2]), '127.0.0.1')

function answerTo(http: ServerConnection, stream: Stream): StreamSink {
  const answer = (): void => {
    http.respond(stream, 200, { fields: fields('content-type', 'application/grpc'), sensitive: undefined }, false)
    http.write(stream, MESSAGE, 0, MESSAGE.length, false)
    http.end(stream, fields('grpc-status', '0'))
  }
  // The check that the peer is ready is a call without a body.
  if (stream.receivedEnd) answer()
  return {
    data: (_bytes, start, end) => http.consumed(stream, end - start),
    end: answer,
    writable: () => {},
    reset: () => {},
  }
}
