/** Questions to somebody at a terminal. */
export type Prompts = {
  text(question: string, initial: string, isFine?: (text: string) => string | undefined): Promise<string>
  choose<const T extends string>(
    question: string,
    choices: readonly { value: T; hint: string }[],
    initial: T,
  ): Promise<T>
}
