/** What an idle keep-alive connection costs in resident memory, each time in a fresh process that was warm. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { type Contestant, enter, type Match, type Player } from './contest.ts'
import { residentBytes } from './cpu.ts'
import { load } from './load.ts'
import { type Row, spread } from './report.ts'

export const IDLE_CONNECTIONS = 5_000
/** Connections being opened at the same time. */
const AT_ONCE = 50
/** Until a proxy has done whatever it does after a burst. */
const SETTLE_MS = 3_000

/** Rows in KiB for each connection. */
export async function idleMemory(contestants: readonly Contestant[], match: Match): Promise<Row[]> {
  const results = new Map<string, number[]>(contestants.map((contestant) => [contestant.name, []]))
  for (let round = 0; round < match.arena.options.rounds; round++) {
    for (const contestant of contestants) {
      results.get(contestant.name)!.push(await kibOfConnection(contestant, match))
    }
  }
  const baseline = results.values().next().value!
  return [...results].map(([name, values]) => ({
    name,
    value: spread(values),
    ratio: spread(values.map((value, round) => value / baseline[round]!)),
    errors: 0,
  }))
}

async function kibOfConnection(contestant: Contestant, match: Match): Promise<number> {
  const player = await enter(contestant, match)
  const sockets: Socket[] = []
  try {
    await load({ ...player.load, seconds: match.arena.options.warmUpSeconds })
    await pause(SETTLE_MS)
    const before = residentBytes(player.child.pid)
    while (sockets.length < IDLE_CONNECTIONS) {
      sockets.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => usedConnection(player)))))
    }
    await pause(SETTLE_MS)
    const gone = sockets.filter((socket) => socket.readyState !== 'open').length
    if (gone > 0) throw new Error(`${contestant.name} closed ${gone} of ${sockets.length} idle connections`)
    return (residentBytes(player.child.pid) - before) / 1024 / sockets.length
  } finally {
    for (const socket of sockets) socket.destroy()
    await player.child.stop()
  }
}

/** A connection that had one request and its answer. */
async function usedConnection({ load: { port, hosts, request } }: Player): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' })
  await once(socket, 'connect')
  socket.write(`GET ${request.path} HTTP/1.1\r\nHost: ${hosts[0]}\r\n\r\n`)
  let text = ''
  while (!text.endsWith('x'.repeat(67))) text += String((await once(socket, 'data'))[0])
  return socket.on('error', () => {})
}
