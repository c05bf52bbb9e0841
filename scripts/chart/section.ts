/** The generated part of a document that is written by hand otherwise. */

/**
 * The document with what stands between `<!-- name: ... -->` and `<!-- end of name -->` replaced.
 * @throws Error where one of the marks is missing.
 */
export function within(document: string, name: string, text: string): string {
  const [begin] = new RegExp(`<!-- ${name}: .* -->\\n`).exec(document) ?? []
  const end = document.indexOf(`<!-- end of ${name} -->`)
  const start = begin === undefined ? -1 : document.indexOf(begin) + begin.length
  if (start < 0 || end < start) throw new Error(`expected <!-- ${name}: ... --> and, after it, <!-- end of ${name} -->`)
  return `${document.slice(0, start)}${text}${document.slice(end)}`
}

/** Rows of cells as a table of Markdown, the first row being its head. */
export function table(rows: readonly (readonly string[])[]): string {
  const [head = []] = rows
  const lines = [head, head.map(() => '---'), ...rows.slice(1)].map((cells) => `| ${cells.map(cell).join(' | ')} |\n`)
  return lines.join('')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
