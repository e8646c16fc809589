// Lint rules: the strict type-checked preset, and the house's own bans on clocks and randomness in the domain.
// It must not hold formatting rules: prettier owns those.
import tseslint from 'typescript-eslint';

const impure = [
  { object: 'Date', property: 'now', message: 'Time comes in with each input.' },
  { object: 'Math', property: 'random', message: 'Randomness comes in as data.' },
];

export default tseslint.config(
  {
    ignores: [
      'node_modules',
      '.lab',
      '.tap',
      'coverage',
      'console/dist',
      'console/**',
      '**/*.js',
      '**/*.cjs',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-console': 'error',
    },
  },
  {
    files: ['server/domain/**/*.ts'],
    rules: {
      'no-restricted-properties': ['error', ...impure],
      'no-restricted-globals': [
        'error',
        'setTimeout',
        'setInterval',
        'process',
        'fetch',
        'crypto',
        'performance',
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'AwaitExpression', message: 'The domain never waits.' },
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: 'Time comes in with each input.',
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        { allowForKnownSafeCalls: [{ from: 'package', package: 'tap', name: ['test'] }] },
      ],
      '@typescript-eslint/no-non-null-assertion': 'off',
      // An async test is ended by tap when it returns; that needs no await.
      '@typescript-eslint/require-await': 'off',
    },
  },
  { files: ['lab/**/*.ts', 'bench/**/*.ts', 'test/*.ts'], rules: { 'no-console': 'off' } },
);
