import type { EffectPage } from './effect-page.ts'

/** Every page begins with it, and only what begins with it is ever written over. */
export const MADE_BY = '<!-- Made by `readback contracts docs`: change the contract, not this page. -->'

export function pageMarkdown(page: EffectPage): string {
  return [
    MADE_BY,
    `# ${page.effect}`,
    page.description,
    `Version ${page.version}, risk ${page.risk}. \`${page.request}\``,
    '## What protects from a double',
    `${page.protection} (${page.provider_class})`,
    `**The key.** ${page.key}`,
    `**How it is read back.** ${page.reading_back}`,
    ...payload(page),
    '## What happens when',
    tableOf(
      ['when', 'then'],
      page.cases.map(({ when, next }) => [when, next]),
    ),
    '## Times and limits',
    tableOf(
      ['what', 'how long'],
      page.times.map(({ what, how_long }) => [what, how_long]),
    ),
    page.limits.map((limit) => `- ${limit}`).join('\n'),
    '## When it must be undone',
    page.undo,
  ]
    .filter((paragraph) => paragraph !== '')
    .join('\n\n')
    .concat('\n')
}

function payload({ payload: fields }: EffectPage): string[] {
  if (fields.length === 0) return []
  const rows = fields.map(({ field, type, required, hidden }) => [
    `\`${field}\``,
    type,
    [required ? 'required' : '', hidden ? 'hidden in evidence' : ''].filter(Boolean).join(', '),
  ])
  return ['## What it needs', tableOf(['field', 'type', ''], rows)]
}

export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n')
}
