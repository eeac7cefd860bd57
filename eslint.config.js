// What the compiler does not find: promises that nothing waits for, a `switch` that lacks cases, names that nothing uses.
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Names that are there for their place only begin so. */
const UNUSED = { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true };

export default defineConfig(
  globalIgnores(['target/', 'pkg/', 'dist/', 'docs/', 'tests/packaging/fixtures/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // node:test waits for its tests itself.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['test', 'describe', 'suite', 'it'] },
          ],
        },
      ],
      // An error of the worker crosses to the page as a plain object. What was caught may be thrown on.
      '@typescript-eslint/only-throw-error': [
        'error',
        {
          allow: [{ from: 'file', name: 'PlainError' }],
          allowThrowingAny: true,
          allowThrowingUnknown: true,
        },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', UNUSED],
      // Off: JSON, IndexedDB, messages and pages' functions give `any`, and the line that takes it gives it a type.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      // Off: messages contain what was caught, lists, and addresses, whose text is what is meant.
      '@typescript-eslint/no-base-to-string': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
      // Off: it reports functions in plain objects that have no `this`, and tests that replace methods of the browser.
      '@typescript-eslint/unbound-method': 'off',
      // Off: a function is `async` also so that what it throws becomes a rejection.
      '@typescript-eslint/require-await': 'off',
      // Off: the error of a failed request of IndexedDB or FileReader has a type with `null`.
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      // Off: an event target has the types of its events from an interface of the same name.
      '@typescript-eslint/no-unsafe-declaration-merging': 'off',
      // Off: what the build defines, and types that lib.dom lacks, are declared for all files.
      '@typescript-eslint/triple-slash-reference': 'off',
      // Not on: no-unnecessary-condition. Nearly all that it finds is asked on purpose: what older browsers lack, and what callers
      // without types pass.
    },
  },
  {
    // A listener that rejects ends a test by its unhandled rejection. Those of the demo page show their errors themselves.
    files: ['{tests,www,bench}/**/*.{ts,tsx}'],
    rules: { '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }] },
  },
  {
    // Global names are declared by `var`, and the types of JSX in a namespace.
    files: ['**/*.d.ts', 'js/react/jsx.ts'],
    rules: { 'no-var': 'off', '@typescript-eslint/no-namespace': 'off' },
  },
  {
    // Without types.
    files: ['**/*.{js,mjs}'],
    extends: [tseslint.configs.recommended],
    rules: { '@typescript-eslint/no-unused-vars': ['error', UNUSED] },
  },
);
