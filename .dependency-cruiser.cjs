// Which room may look into which (design §2). It must not be loosened to make an import fit: move the code instead.
const from = (path, to, name, comment) => ({ name, severity: 'error', comment, from: { path }, to });
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    from('^server/domain', { pathNot: '^server/(domain|protocol)' }, 'domain-is-pure', 'no I/O, no packages'),
    from(
      '^server/protocol',
      { pathNot: '^(server/protocol|node_modules/zod)' },
      'protocol-is-a-leaf',
      'shared with the console',
    ),
    from('^server/engine', { path: '^server/(adapters|api|exchange)' }, 'engine-knows-ports-only', ''),
    from('^server/exchange', { path: '^server/(adapters|api|engine)' }, 'exchange-knows-ports-only', ''),
    from(
      '^server/adapters/([^/]+)/',
      { path: '^server/adapters/', pathNot: '^server/adapters/$1/' },
      'adapters-are-strangers',
      '',
    ),
    from('^server/adapters', { path: '^server/(api|wire|main)' }, 'adapters-never-see-the-api', ''),
    from('^server/api', { path: '^server/(adapters|wire|main)' }, 'api-never-sees-adapters', ''),
    from(
      '^server/(?!(main|wire)\\.ts|wire/)',
      { path: '^server/((main|wire)\\.ts|wire/)' },
      'only-main-wires',
      '',
    ),
    from('^server', { path: '^(lab|bench|test|console)' }, 'server-stands-alone', ''),
    from('^console', { path: '^server/(?!protocol)' }, 'console-sees-the-protocol-alone', ''),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
