import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Exchange, type ExchangeInit } from './exchange.ts'
import { HeaderList } from './headers.ts'
import type { Downstream } from './sides.ts'

test('an exchange is finished once, however often its end is announced', () => {
  const finished: [exchange: Exchange, now: number][] = []
  const observer = { finished: (exchange: Exchange, now: number) => void finished.push([exchange, now]) }
  const exchange = new Exchange({} as ExchangeInit, {} as Downstream, observer)
  exchange.finish(17)
  exchange.finish(18)
  assert.deepEqual(finished, [[exchange, 17]])
})

test('every field is there from birth, so that all exchanges have one shape', () => {
  const exchange = new Exchange({} as ExchangeInit, {} as Downstream, { finished() {} })
  const before = Object.keys(exchange)
  Object.assign(exchange, { route: {}, endpoint: {}, attempts: 1, status: 200, responseHeaders: {}, fault: 'x' })
  Object.assign(exchange, { bytesReceived: 1, bytesSent: 1, maxBodyBytes: 1, respondedAt: 1 })
  assert.deepEqual(Object.keys(exchange), before)
})

test('what somebody gave out for as long as it lives is given back at its end, and at once where that has come', () => {
  const order: string[] = []
  const exchange = new Exchange({} as ExchangeInit, {} as Downstream, { finished: () => order.push('counted') })
  exchange.whenFinished(() => order.push('first'))
  exchange.whenFinished(() => order.push('second'))
  exchange.finish(1)
  assert.deepEqual(order, ['first', 'second', 'counted'])
  exchange.whenFinished(() => order.push('late'))
  assert.equal(order.at(-1), 'late')
})

test('whether the client speaks TLS is what X-Forwarded-Proto says, which is ours', () => {
  const secure = ['https', 'http'].map((proto) => {
    const requestHeaders = new HeaderList()
    requestHeaders.add('X-Forwarded-Proto', proto)
    const exchange = new Exchange({ requestHeaders } as ExchangeInit, {} as Downstream, { finished() {} })
    return exchange.isSecure
  })
  assert.deepEqual(secure, [true, false])
})
