import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeaderList } from '../headers.ts'
import { chunkSize, lastChunk, reasonOf, statusLine } from './serialize.ts'

test('a status line keeps the space before a reason that is not known', () => {
  assert.equal(statusLine(200), 'HTTP/1.1 200 OK\r\n')
  assert.equal(statusLine(299), 'HTTP/1.1 299 \r\n')
  assert.deepEqual([reasonOf(404), reasonOf(299)], ['Not Found', ''])
})

test('every status that the parser takes has a line', () => {
  for (let status = 100; status < 1000; status++)
    assert.match(statusLine(status), new RegExp(`^HTTP/1\\.1 ${status} .*\r\n$`))
})

test('chunk sizes are hexadecimal', () => assert.deepEqual([chunkSize(1), chunkSize(255)], ['1\r\n', 'ff\r\n']))

test('the last chunk ends the message, with trailers or without', () => {
  const trailers = new HeaderList()
  trailers.add('X-T', '1')
  assert.equal(lastChunk(undefined), '0\r\n\r\n')
  assert.equal(lastChunk(trailers), '0\r\nX-T: 1\r\n\r\n')
})
