import type { FullConfig, Reporter, TestCase, TestResult } from '@playwright/test/reporter';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What the tests found about one engine. */
export interface EngineReport {
  facts: Record<string, string>;
  /** What the engine or its driver does not have, and which scenario did without it. */
  lacks: Record<string, string[]>;
  /** The result of each scenario, by its title. */
  scenarios: Record<string, 'passed' | 'failed' | 'skipped'>;
}

const FILE = fileURLToPath(new URL('../../target/engines.json', import.meta.url));

/** Writes what the tests found about each engine to a file, for `npm run matrix`. A run of a part keeps the other results. */
export default class Report implements Reporter {
  readonly #engines = new Map<string, EngineReport>();

  onBegin(_config: FullConfig): void {
    for (const [name, report] of Object.entries(earlier())) this.#engines.set(name, report);
  }

  onTestEnd(test: TestCase, result: TestResult): void {
    const name = test.parent.project()!.name;
    const report = this.#engines.get(name) ?? { facts: {}, lacks: {}, scenarios: {} };
    this.#engines.set(name, report);
    report.scenarios[test.title] = result.status === 'passed' || result.status === 'skipped' ? result.status : 'failed';
    const lacks: string[] = [];
    report.lacks[test.title] = lacks;
    for (const { type, description = '' } of result.annotations) {
      const fact = /^fact: (.+)$/.exec(type)?.[1];
      if (fact) report.facts[fact] = description;
      if (type !== 'lacks') continue;
      console.log(`    ${name} lacks ${description}`);
      if (!lacks.includes(description)) lacks.push(description);
    }
  }

  onEnd(): void {
    mkdirSync(new URL('.', `file://${FILE}`), { recursive: true });
    writeFileSync(FILE, JSON.stringify(Object.fromEntries(this.#engines), null, 2) + '\n');
  }
}

function earlier(): Record<string, EngineReport> {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8'));
  } catch {
    return {};
  }
}
