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
  const { body } = replyBody(FACTS)
  assert.equal(body, '404 Not Found\nNo route matches this host and path.\nrequest abc\n')
})

test('JSON says the same, with the code of the fault', () => {
  const { body } = replyBody({ ...FACTS, accept: 'application/json' })
  assert.deepEqual(JSON.parse(body), {
    status: 404,
    code: 'no-route',
    message: 'No route matches this host and path.',
    requestId: 'abc',
  })
})

test('HTML says the same', () => {
  const { body } = replyBody({ ...FACTS, accept: 'text/html' })
  assert.match(body, /<title>404 Not Found<\/title>/)
  assert.match(body, /No route matches/)
  assert.match(body, /request abc/)
})

test('what is not known is left out', () => {
  const facts = { status: 403, fault: undefined, requestId: '' }
  assert.equal(replyBody({ ...facts, accept: undefined }).body, '403 Forbidden\n')
  assert.deepEqual(JSON.parse(replyBody({ ...facts, accept: 'application/json' }).body), { status: 403 })
  assert.doesNotMatch(replyBody({ ...facts, accept: 'text/html' }).body, /request|<p>/)
})

test('a status without a name stands alone', () => {
  const { body } = replyBody({ status: 499, fault: undefined, requestId: '', accept: undefined })
  assert.equal(body, '499\n')
})
