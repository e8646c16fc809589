// Lint rules: the strict type-checked preset, and the house's own bans on clocks and randomness in the domain.
// It must not hold formatting rules: prettier owns those.
import vue from 'eslint-plugin-vue';
import tseslint from 'typescript-eslint';

/** The console's own sources: checked by vue-tsc for types, here for the rest. Rules that need types would read every .vue twice. */
const page = ['console/src/**/*.ts', 'console/src/**/*.vue'];

const impure = [
  { object: 'Date', property: 'now', message: 'Time comes in with each input.' },
  { object: 'Math', property: 'random', message: 'Randomness comes in as data.' },
];

export default tseslint.config(
  {
    ignores: ['node_modules', '.lab', '.tap', 'coverage', 'console/dist', '**/*.js', '**/*.cjs'],
  },
  ...tseslint.configs.strictTypeChecked.map((each) => ({ ...each, ignores: page })),
  {
    ignores: page,
    languageOptions: {
      parserOptions: {
        // Run by themselves, imported by nothing.
        projectService: { allowDefaultProject: ['console/screenshots.ts', 'console/vite.config.ts'] },
      },
    },
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
  ...[...tseslint.configs.strict, ...tseslint.configs.stylistic].map((each) => ({ ...each, files: page })),
  ...vue.configs['flat/recommended'].map((each) => ({ ...each, files: ['console/src/**/*.vue'] })),
  {
    files: page,
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['console/src/**/*.vue'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    rules: {
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/block-order': ['error', { order: ['script', 'template', 'style'] }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/define-macros-order': 'off',
      'vue/no-undef-components': ['error', { ignorePatterns: ['RouterView', 'RouterLink'] }],
      'vue/no-unused-emit-declarations': 'error',
      'vue/no-unused-properties': 'error',
      'vue/no-unused-refs': 'error',
      'vue/no-useless-v-bind': 'error',
      'vue/no-v-html': 'error',
      // Screens are one word where the word is enough; layout is prettier's.
      'vue/multi-word-component-names': 'off',
      'vue/require-default-prop': 'off',
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/attributes-order': 'off',
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
