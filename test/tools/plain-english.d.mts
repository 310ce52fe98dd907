/** The lines of a text with a refused word, each with its place and what to write instead. */
export function dialectIn(file: string, text: string): readonly string[];
