/**
 * Sabotages of the promises, each with the test that must turn red. Adding one is adding a row: `find` stands exactly once in `file`, and
 * `test.name` is the title as it is written in `test.file`.
 */
export type Mutant = {
  name: string
  file: string
  find: string
  put: string
  test: { project: 'unit' | 'int' | 'dispatch'; file: string; name: string }
}

export const unit = (file: string, name: string): Mutant['test'] => ({ project: 'unit', file: `${file}.test.ts`, name })
export const int = (file: string, name: string): Mutant['test'] => ({
  project: 'int',
  file: `${file}.int.test.ts`,
  name,
})
