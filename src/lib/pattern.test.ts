import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pattern, patternComplaint } from './pattern.ts'
import { seededRandom } from './random.ts'

const MATCHES: readonly (readonly [pattern: string, good: readonly string[], bad: readonly string[]])[] = [
  ['always', ['always'], ['', 'alway', 'alwayss', 'Always']],
  ['v2\\..*', ['v2.', 'v2.1'], ['v2', 'v21', 'v2.\n']],
  ['(a|bc)+', ['a', 'bc', 'abca'], ['', 'b', 'ab']],
  ['(ab?)*', ['', 'a', 'abaab'], ['b', 'abb']],
  ['[a-c_-]{2,3}', ['a-', '__c'], ['a', 'abca', 'ad']],
  ['[^0-9]', ['a', 'é'], ['7', '']],
  ['\\d{3}', ['123'], ['12', '1234', '12a']],
  ['x{0,2}y{2,}', ['yy', 'xxyyy'], ['xxxyy', 'xy']],
  ['(|a)b', ['b', 'ab'], ['a']],
  ['(a*)*b', ['b', 'aab'], ['aa']],
  ['[\\w.]+@\\w+', ['me.you@here'], ['@here']],
]

for (const [pattern, good, bad] of MATCHES) {
  test(`pattern ${pattern}`, () => {
    const compiled = new Pattern(pattern)
    for (const text of good) assert.ok(compiled.matches(text), text)
    for (const text of bad) assert.ok(!compiled.matches(text), text)
  })
}

for (const [pattern, why] of [
  ['(a', 'there is no ")"'],
  ['a)', 'there is no "("'],
  ['^a$', 'leave ^ and $ out'],
  ['(?=a)', 'groups are plain'],
  ['(a)\\1', 'there is no \\1'],
  ['*a', 'nothing in front'],
  ['a+?', 'one count is behind another'],
  ['[', 'there is no "]"'],
  ['[]', 'a class is empty'],
  ['[z-a]', 'a range of a class is none'],
  ['a{2,1}', 'less than the first'],
  ['a{201}', '200 at most'],
  ['((a{100}){100}){100}', 'too much'],
  ['a\\', 'ends too early'],
] as const) {
  test(`no pattern: ${pattern}`, () => assert.match(patternComplaint(pattern) ?? '', new RegExp(RegExp.escape(why))))
}

test('random patterns match what JavaScript matches', () => {
  const random = seededRandom(7)
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
  const expression = (depth: number): string => {
    const items = Array.from({ length: 1 + Math.floor(random() * 3) }, () => {
      const single =
        depth > 0 && random() < 0.4
          ? `(${expression(depth - 1)}|${expression(depth - 1)})`
          : pick(['a', 'b', '[ab]', '.', '[^a]'])
      return single + pick(['', '', '', '*', '+', '?', '{2}', '{1,2}'])
    })
    return items.join('')
  }
  for (let n = 0; n < 1_000; n++) {
    const source = expression(2)
    const [ours, theirs] = [new Pattern(source), new RegExp(`^(?:${source})$`)]
    for (let m = 0; m < 10; m++) {
      const text = Array.from({ length: Math.floor(random() * 7) }, () => pick(['a', 'b', 'c'])).join('')
      assert.equal(ours.matches(text), theirs.test(text), `${source} of ${text}`)
    }
  }
})

test('what takes years elsewhere takes no time: each character costs the size of the pattern at most', () => {
  const text = `${'a'.repeat(2_000)}c`
  for (const source of ['(a+)+b', '(a*)*b', '(a|aa)+b', 'a*a*a*a*a*a*a*b', '(.*a){20}b']) {
    assert.equal(new Pattern(source).matches(text), false, source)
  }
})
