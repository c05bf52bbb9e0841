import assert from 'node:assert/strict'
import { test } from 'node:test'
import { replyBody } from './reply.ts'

const FACTS = { status: 404, fault: 'no-route', requestId: 'abc', accept: undefined } as const

const FORMS: readonly (readonly [accept: string | undefined, contentType: string, why: string])[] = [
  [undefined, 'text/plain', 'nothing said'],
  ['', 'text/plain', 'an empty field'],
  ['*/*', 'text/plain', 'anything'],
  ['image/png', 'text/plain', 'nothing we have'],
  ['text/plain', 'text/plain', 'plain text'],
  ['application/json', 'application/json', 'JSON'],
  ['Application/JSON', 'application/json', 'case does not matter'],
  ['application/problem+json', 'application/json', 'a kind of JSON'],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html', 'a browser'],
  ['application/json, text/html', 'application/json', 'the earlier of equals'],
  ['application/json;q=0.5, text/html;q=0.9', 'text/html', 'the greater weight'],
  ['application/json;charset=utf-8;q=0.9, text/html;q=0.5', 'application/json', 'a weight behind another parameter'],
  ['text/html;q=0', 'text/plain', 'a form that is ruled out'],
  ['text/html;q=oops, application/json', 'text/html', 'a weight that is none counts as none given'],
  [',,;q=1, ', 'text/plain', 'crumbs'],
]

for (const [accept, contentType, why] of FORMS) {
  test(`Accept: ${accept ?? '(none)'} gets ${contentType}: ${why}`, () => {
    const { contentType: got } = replyBody({ ...FACTS, accept })
    assert.equal(got.split(';')[0], contentType)
  })
}

test('text says what happened and the id that the log knows', () => {
  const { text } = replyBody(FACTS)
  assert.equal(text, '404 Not Found\nNo route matches this host and path.\nrequest abc\n')
})

test('JSON says the same, with the code of the fault', () => {
  const { text } = replyBody({ ...FACTS, accept: 'application/json' })
  assert.deepEqual(JSON.parse(text), {
    status: 404,
    code: 'no-route',
    message: 'No route matches this host and path.',
    requestId: 'abc',
  })
})

test('HTML says the same', () => {
  const { text } = replyBody({ ...FACTS, accept: 'text/html' })
  assert.match(text, /<title>404 Not Found<\/title>/)
  assert.match(text, /No route matches/)
  assert.match(text, /request abc/)
})

test('what is not known is left out', () => {
  const facts = { status: 403, fault: undefined, requestId: '' }
  assert.equal(replyBody({ ...facts, accept: undefined }).text, '403 Forbidden\n')
  assert.deepEqual(JSON.parse(replyBody({ ...facts, accept: 'application/json' }).text), { status: 403 })
  assert.doesNotMatch(replyBody({ ...facts, accept: 'text/html' }).text, /request|<p>/)
})

test('a status without a name stands alone', () => {
  const { text } = replyBody({ status: 499, fault: undefined, requestId: '', accept: undefined })
  assert.equal(text, '499\n')
})
