/** The client of the conversations: over HTTP/1.1 on any socket, and over HTTP/2 (RFC 8441) on a session of Node's. */
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { parseMessage } from '../proxy/message.ts'
import type { Conversation, Step } from './conversation.ts'
import { type Heard, Listener } from './transcript.ts'

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
/** What has to be answered to it (RFC 6455 section 1.3). */
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='
const AUTHORITY = 'a.test'
const NOTHING = Buffer.alloc(0)

export interface ClientSide {
  readonly agreed: { readonly protocol: string | undefined; readonly extensions: string | undefined }
  readonly heard: Heard
  /** Of the last close frame; 0 for one without. */
  readonly code: number | 'none'
}

/** A handshake that succeeded. */
interface Opened {
  readonly stream: Duplex
  /** Bytes that came with the answer. */
  readonly first: Buffer
  readonly field: (name: string) => string | undefined
  /** Whether the end that was heard was none: streams of Node end as well where they are reset. */
  readonly isReset?: () => boolean
}

/** One way to the server. @throws Error where the handshake fails. */
export type Open = (path: string, conversation: Conversation) => Promise<Opened>

export const overHttp1 =
  (connect: () => Socket): Open =>
  async (path, { offer = {}, early = NOTHING }) => {
    const socket = connect()
    const head = [
      ...[`GET ${path} HTTP/1.1`, `Host: ${AUTHORITY}`, 'Connection: keep-alive, Upgrade', 'Upgrade: websocket'],
      ...['Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${KEY}`],
      ...Object.entries(offer).map(([name, value]) => `${name}: ${value}`),
    ]
    socket.write(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), early]))
    const bytes = await headOf(socket)
    const end = bytes.indexOf('\r\n\r\n') + 4
    const { status, fields } = parseMessage(bytes.toString('latin1', 0, end), { ended: false, bodyless: true })!
    if (status !== 101 || fields.get('sec-websocket-accept') !== ACCEPT) throw new Error(bytes.toString())
    const first = bytes.subarray(end)
    return { stream: socket, first, field: (name) => fields.get(name) }
  }

function headOf(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let bytes = NOTHING
    const onData = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk])
      if (!bytes.includes('\r\n\r\n')) return
      socket.off('data', onData).pause()
      resolve(bytes)
    }
    socket.on('data', onData)
    socket.once('error', reject)
    socket.once('close', () => reject(new Error(`closed in the handshake: ${bytes}`)))
  })
}

export const overHttp2 =
  (session: ClientHttp2Session): Open =>
  async (path, { offer = {}, early = NOTHING }) => {
    const scheme = session.encrypted === true ? 'https' : 'http'
    const pseudo = { ':method': 'CONNECT', ':protocol': 'websocket', ':scheme': scheme, ':path': path }
    const fields = { ':authority': AUTHORITY, 'sec-websocket-version': '13', ...offer }
    const stream: ClientHttp2Stream = session.request({ ...pseudo, ...fields }, { endStream: false })
    if (early.length > 0) stream.write(early)
    const answer = await new Promise<Record<string, unknown>>((resolve, reject) => {
      stream.once('response', resolve)
      stream.once('error', reject)
    })
    if (answer[':status'] !== 200) throw new Error(`status ${answer[':status']}`)
    const field = (name: string) => answer[name] as string | undefined
    const isReset = () => stream.rstCode !== 0
    return { stream, first: NOTHING, field, isReset }
  }

/** Goes through the script to the end of the connection. */
export async function converse(open: Open, path: string, conversation: Conversation): Promise<ClientSide> {
  const { stream, first, field, isReset } = await open(path, conversation)
  const listener = new Listener(stream, first, isReset)
  for (const step of conversation.steps) await perform(step, stream, listener)
  const heard = await listener.whole
  if (!stream.writableEnded) stream.end()
  const { closePayload } = listener
  const code = closePayload === undefined ? 'none' : closePayload.length === 0 ? 0 : closePayload.readUInt16BE()
  const agreed = { protocol: field('sec-websocket-protocol'), extensions: field('sec-websocket-extensions') }
  return { agreed, heard, code }
}

async function perform(step: Step, stream: Duplex, listener: Listener): Promise<void> {
  if (step === 'end') return void stream.end()
  if ('until' in step) return listener.until(step.until)
  const { send, inPieces = send.length } = step
  for (let at = 0; at < send.length; at += inPieces) stream.write(send.subarray(at, at + inPieces))
}
