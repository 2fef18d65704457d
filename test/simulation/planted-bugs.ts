/** A bug that is planted into the built product: texts that are found once each, and what takes their place. */
export interface PlantedBug {
  readonly name: string;
  readonly changes: readonly { readonly file: string; readonly from: string; readonly to: string }[];
}

function bug(name: string, file: string, from: string, to: string): PlantedBug {
  return { name, changes: [{ file, from, to }] };
}

const reactor = 'controller/reactor.js';
const settle = 'controller/settle.js';
const enqueue = 'controller/enqueue.js';
const mirror = 'controller/mirror.js';
const reconcile = 'controller/reconcile.js';
const claim = 'worker/claim.js';

/** Bugs of every kind that was ever thought of, or made. */
export const plantedBugs: readonly PlantedBug[] = [
  bug('a leader writes without its fence', reactor, '[this.#guard, ...batch.compare]', '[...batch.compare]'),
  bug(
    'a candidate takes the lead from another one',
    'store/leadership.js',
    "compare: [{ key, target: 'createRevision', is: '=', value: 0 }]",
    'compare: []',
  ),
  bug(
    'a leader’s fence is that of its process, not of its term',
    'store/leadership.js',
    "target: 'lease', is: '=', value: lease.id",
    "target: 'value', is: '=', value: options.value",
  ),
  {
    name: 'who waited is never promoted',
    changes: [
      { file: settle, from: '...promoted.flatMap((dependent) => promotion(dependent)),', to: '' },
      { file: reactor, from: "this.#list.push({ kind: 'promote', jobId: dependent.id })", to: 'void dependent' },
    ],
  },
  bug(
    'a job is promoted when one of its dependencies is gone',
    settle,
    'return others.length === 0 && isWaiting',
    'return isWaiting',
  ),
  bug(
    'a workflow waits for nobody',
    enqueue,
    '? blockers(views, planned, job).filter((id) => !ignored.has(id))',
    '? []',
  ),
  bug('a builder doesn’t wait for readers', enqueue, '...views.referringTo(own),', ''),
  bug('a version doesn’t wait for the one before', enqueue, ', ...views.ofResource(own)];', '];'),
  bug(
    'a claim doesn’t compare that the job is ready',
    claim,
    "{ key: jobKey('ready', job.id), target: 'modRevision', is: '=', value: ready.readyRevision },",
    '',
  ),
  bug(
    'a worker reports without its claim',
    'worker/claim-write.js',
    '? [guard] : [guard, unwritten]',
    '? [] : [unwritten]',
  ),
  bug('a claim outlives its worker', claim, 'value: claimId, lease: lease.id', 'value: claimId'),
  bug(
    'a lost job is never put back',
    reactor,
    "if (job.queue === 'working' && event.type === 'delete')",
    "if (job.queue === 'working' && event.type === 'nothing')",
  ),
  bug('attempts aren’t counted', settle, 'attempt: attempt + 1', 'attempt'),
  bug('failures aren’t noted', 'worker/retry.js', 'attempt: claim.attempt + 1', 'attempt: claim.attempt'),
  bug(
    'a cancelled version gets no state',
    settle,
    'flatMap((job) => [\n                ...stateOf(model, job, error),',
    'flatMap((job) => [',
  ),
  bug(
    'only those are cancelled that wait for the failed job directly',
    settle,
    'views.transitiveDependentsOf([jobId], (other) => isOtherWorkflow(other, job))',
    'views.dependentsOf(jobId).filter((other) => !isOtherWorkflow(other, job))',
  ),
  bug(
    'a version is cancelled before an older one has ended',
    settle,
    'const hasOlder = others',
    'const hasOlder = false && others',
  ),
  bug(
    'superseding doesn’t compare that no worker has begun',
    enqueue,
    'compare: superseded.flatMap((job) => unclaimed(views, job))',
    'compare: []',
  ),
  bug(
    'nobody is pointed to what took the place of a superseded job',
    enqueue,
    'last === undefined ? [] : repoint(views, superseded, overtaken, last.id)',
    '[]',
  ),
  bug('two that have failed wait for each other', 'controller/workflow.js', 'if (hasFailed(views, id))', 'if (false)'),
  bug('late news takes back what is newer', mirror, 'if (modRevision > newest && ', 'if ('),
  bug('a write that failed stays in the mirror', reactor, 'mirror.takeBack();', ''),
  bug('what had no reference is never planned again', reactor, 'this.#unresolved.set(path, awaits)', 'undefined'),
  bug(
    'a plan doesn’t compare the config',
    reconcile,
    'compare: [isUnchanged(decision), ...queued.compare]',
    'compare: queued.compare',
  ),
  bug('the last state of an abandoned job stays', settle, ', ...jobStateRemoval(model, job)] : []', '] : []'),
  bug(
    'a revision is skipped between list and watch',
    'store/follow.js',
    'fromRevision: start + 1',
    'fromRevision: start + 2',
  ),
  bug('a list that is made again forgets nothing', mirror, '!listed.has(key)', 'false'),
  bug(
    'history that was lost isn’t made up for',
    'store/follow.js',
    'onCompacted: () => over.abort()',
    'onCompacted: () => {}',
  ),
  bug(
    'the claims of an earlier store live on',
    'store/embedded/embedded-store.js',
    'await store.endEarlierLeases();',
    '',
  ),
  bug(
    'the absence of the store fails a job',
    'worker/attempt.js',
    "isKamadoError(error, 'STORE_UNAVAILABLE')",
    "isKamadoError(error, 'CLAIM_LOST')",
  ),
];
