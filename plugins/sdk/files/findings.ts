import { toText, type ByteString } from './bytes.js';
import { FileEngineError, type FileEngineErrorCode, type Notice } from './engine-types.js';

/** After so many errors an operation stops: more names would help no one. */
export const mostErrors = 100;

/** Passes notices on, counts them, and makes one error of the errors among them in the end. */
export class Findings {
  warnings = 0;
  readonly #errors: Notice[] = [];

  constructor(
    private readonly code: FileEngineErrorCode,
    private readonly pass: (notice: Notice) => void,
  ) {}

  readonly onNotice = (notice: Notice): void => {
    this.pass(notice);
    if (notice.level === 'warning') this.warnings += 1;
    if (notice.level === 'error') this.#errors.push(notice);
    if (this.#errors.length >= mostErrors) this.throwIfErrors();
  };

  add(level: Notice['level'], path: ByteString, text: string): void {
    const place = toText(path);
    this.onNotice({ level, place, text: `${place} ${text}` });
  }

  /** @throws FileEngineError with the first error's text and the number of all. */
  throwIfErrors(): void {
    const first = this.#errors[0];
    if (!first) return;
    const count = this.#errors.length;
    const stopped = count >= mostErrors ? ', and perhaps more' : '';
    const others = count === 1 ? '' : ` (and ${count - 1} other ${count === 2 ? 'error' : 'errors'}${stopped})`;
    throw new FileEngineError(this.code, `${first.text}${others}`, first.place);
  }
}
