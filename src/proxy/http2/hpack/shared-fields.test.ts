import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FIELD_IDS } from '../../field-names.ts'
import { KIND } from '../field-kind.ts'
import { HpackDecoder } from './decoder.ts'
import type { Field } from './field.ts'
import { sharedField } from './shared-fields.ts'

const AGENT = FIELD_IDS['user-agent'] << 4
const agent = (value: string): Field => sharedField(`user-agent: ${value}\r\n`, 10, AGENT, AGENT)

/** The fields of a block, as they are handed on. */
function fieldsOf(decoder: HpackDecoder, hex: string): Field[] {
  const fields: Field[] = []
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex')
  assert.ok(decoder.decode(bytes, 0, bytes.length, { add: (field) => fields.push(field) > 0 }))
  return fields
}

test('the same line is the same field, whichever connection it comes on', () => {
  // A literal that is to be indexed, by the name of the static table (58), and then by its index.
  const [one, other] = [new HpackDecoder(), new HpackDecoder()]
  const [first] = fieldsOf(one, '7a 03 736565')
  assert.equal(first!.line, 'user-agent: see\r\n')
  assert.equal(fieldsOf(other, '7a 03 736565')[0], first)
  assert.equal(fieldsOf(other, 'be')[0], first)
})

test('what a pseudo-field says is cut once, and Host made of it', () => {
  const [method, authority] = fieldsOf(new HpackDecoder(), '82 41 06 612e74657374')
  assert.deepEqual([method!.pseudoValue, method!.hostLine], ['GET', ''])
  assert.deepEqual([authority!.pseudoValue, authority!.hostLine], ['a.test', 'host: a.test\r\n'])
})

test('a malformed field stays with its connection, even where its line reads like that of a sound one', () => {
  // The name `x: y` with the value `z`, and the name `x` with the value `y: z`.
  const bad = fieldsOf(new HpackDecoder(), '40 04 783a2079 01 7a')[0]!
  const good = fieldsOf(new HpackDecoder(), '40 01 78 04 793a207a')[0]!
  const badAgain = fieldsOf(new HpackDecoder(), '40 04 783a2079 01 7a')[0]!
  assert.deepEqual([bad.line, badAgain.line], [good.line, good.line])
  assert.deepEqual(
    [bad, good, badAgain].map(({ nameLength, fieldClass }) => [nameLength, fieldClass & 15]),
    [
      [4, KIND.malformed],
      [1, KIND.regular],
      [4, KIND.malformed],
    ],
  )
  const broken = sharedField('user-agent: \r\n', 10, AGENT, KIND.malformed)
  assert.notEqual(sharedField('user-agent: \r\n', 10, AGENT, KIND.malformed), broken)
})

test('secrets and long lines are not kept for others', () => {
  for (const name of ['authorization', 'proxy-authorization', 'cookie', 'set-cookie'] as const) {
    const field = (): Field => sharedField(`${name}: a\r\n`, name.length, FIELD_IDS[name] << 4, FIELD_IDS[name] << 4)
    assert.notEqual(field(), field(), name)
  }
  assert.notEqual(agent('x'.repeat(250)), agent('x'.repeat(250)))
})

test('what was not asked for while thousands of others came is forgotten; what was is kept', () => {
  const [kept, forgotten] = [agent('kept'), agent('forgotten')]
  for (let n = 0; n < 3000; n++) {
    agent(`other ${n}`)
    assert.equal(agent('kept'), kept)
  }
  assert.notEqual(agent('forgotten'), forgotten)
})
