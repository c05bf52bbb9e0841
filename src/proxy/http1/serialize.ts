/** Writes heads and chunk framing. What leaves is always HTTP/1.1 in one canonical spelling. */
import type { HeaderList } from '../headers.ts'

/** Reason phrases (RFC 9110 section 15 and the IANA registry); they say nothing to a program. */
const REASONS: Readonly<Record<number, string>> = {
  100: 'Continue',
  101: 'Switching Protocols',
  102: 'Processing',
  103: 'Early Hints',
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  203: 'Non-Authoritative Information',
  204: 'No Content',
  205: 'Reset Content',
  206: 'Partial Content',
  207: 'Multi-Status',
  300: 'Multiple Choices',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  411: 'Length Required',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  417: 'Expectation Failed',
  418: "I'm a teapot",
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  423: 'Locked',
  424: 'Failed Dependency',
  425: 'Too Early',
  426: 'Upgrade Required',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  451: 'Unavailable For Legal Reasons',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
  507: 'Insufficient Storage',
  508: 'Loop Detected',
  511: 'Network Authentication Required',
}

const STATUS_LINES: readonly string[] = Array.from({ length: 1000 }, (_, s) => `HTTP/1.1 ${s} ${REASONS[s] ?? ''}\r\n`)

export function reasonOf(status: number): string {
  return REASONS[status] ?? ''
}

/** With its CRLF. */
export function statusLine(status: number): string {
  return STATUS_LINES[status]!
}

/** The size line of a chunk, with its CRLF. */
export function chunkSize(bytes: number): string {
  return `${bytes.toString(16)}\r\n`
}

/** Last chunk and trailers, with the empty line. */
export function lastChunk(trailers: HeaderList | undefined): string {
  return trailers === undefined ? '0\r\n\r\n' : `0\r\n${trailers.lines()}\r\n`
}
