import type { TestInfo } from '@playwright/test';

/** What a test has found about an engine, beside whether it passed. It goes into the matrix. */
export class Notes {
  readonly #annotations: TestInfo['annotations'];

  constructor({ annotations }: Pick<TestInfo, 'annotations'>) {
    this.#annotations = annotations;
  }

  /** A fact about the engine. */
  fact(name: string, value: string | number | boolean): void {
    this.#annotations.push({ type: `fact: ${name}`, description: String(value) });
  }

  /** Something that the engine, or its driver, does not have, and what the test did without. */
  lacks(what: string): void {
    this.#annotations.push({ type: 'lacks', description: what });
  }
}
