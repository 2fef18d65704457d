// What may import what: `npm run check` holds it, docs/tour.md explains it. Layers from the lowest to the highest.
const layers = [
  ['kernel'],
  ['records'],
  ['schema'],
  ['redaction'],
  ['hot'],
  ['template'],
  ['store', 'database', 'southbound'],
  ['api', 'sync', 'controller', 'worker', 'timeline'],
  ['hooks'],
  ['catalog'],
  ['explain'],
  ['app'],
  ['examples'],
  ['replay'],
  ['cli'],
];

/** A component imports from itself and from layers below its own. */
const layerRules = layers.flatMap((components, i) => {
  return components.map((component) => {
    const allowed = [component, ...layers.slice(0, i).flat()].join('|');
    return {
      name: `layer-of-${component}`,
      comment: `src/${component} imports from itself and from layers below its own.`,
      severity: 'error',
      from: { path: `^src/${component}/` },
      to: { path: '^(src|lab|tools|bench|test)/', pathNot: `^src/(${allowed})/` },
    };
  });
});

export default {
  forbidden: [
    ...layerRules,
    {
      name: 'unknown-component',
      comment: 'Every folder of src stands on a layer.',
      severity: 'error',
      from: {},
      to: { path: '^src/', pathNot: `^src/(${layers.flat().join('|')})/` },
    },
    {
      name: 'face',
      comment: 'Other components are imported through an index.ts.',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: { path: '^src/', pathNot: '^src/($1/|.+/index\\.ts$)' },
    },
    {
      name: 'face-of-southbound',
      comment: 'The clients of the southbound know each other through an index.ts.',
      severity: 'error',
      from: { path: '^src/southbound/([^/]+)/' },
      to: { path: '^src/southbound/', pathNot: '^src/southbound/($1/|.+/index\\.ts$)' },
    },
    {
      name: 'face-from-beside',
      comment: 'What stands beside src uses its components through an index.ts.',
      severity: 'error',
      from: { path: '^(lab|tools|bench)/' },
      to: { path: '^src/', pathNot: '/index\\.ts$' },
    },
    {
      name: 'own-face',
      comment: 'A file does not import the face of its own component.',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: { path: '^src/$1/index\\.ts$' },
    },
    { name: 'circle', comment: 'No circle of imports.', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: { doNotFollow: { path: 'node_modules' }, tsPreCompilationDeps: true, parser: 'swc', moduleSystems: ['es6'] },
};
