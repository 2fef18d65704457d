/**
 * Every limit of the house: a name, a unit at its end, and why it is what it is. What has no limit here is a bug.
 */
export const limits = {
  /** By how much the heap may grow beyond what is alive before garbage is collected. */
  heapGrowthPercent: 30,
  /** A request body: etcd refuses requests over 1.5 MiB, and a config stands in a job twice (body and params). */
  requestBodyBytes: 256 * 1024,
  /** A whole resource as JSON: a body and what the server adds; changes may not make it larger than that. */
  resourceBytes: 320 * 1024,
  /** Nesting of a JSON body: deep ones exist only to break parsers. */
  jsonDepth: 32,
  /** All headers of a request together. */
  requestHeaderBytes: 16 * 1024,
  /** From the first byte of a request to its last: slower is an attack or a broken client. */
  requestTimeoutMs: 30_000,
  /** An idle kept-alive connection. */
  keepAliveTimeoutMs: 5_000,
  /** Connections at once; fewer where the process may have few files open: so many are left to everything else. */
  connections: 10_000,
  filesForOthers: 128,
  /** Requests of one connection that are worked on at once: their answers go out one after the other anyway. */
  requestsPerConnection: 1,
  /** Requests of one connection that may wait: beyond them it isn't read, and it isn't seen either whether it ends. */
  requestsAhead: 32,
  /** Requests in all that wait behind others of their connection; a connection that sends one more is ended. */
  pipelinedRequests: 10_000,
  /** How long a request waits for memory before it is refused. */
  admissionWaitMs: 5_000,
  /** Bodies on their way in and being worked on, over all connections; small ones are not counted. */
  bodyMemoryBytes: 64 * 1024 ** 2,
  smallBodyBytes: 4 * 1024,
  /** Requests that are worked on, and answers that are not with their clients yet, over all connections. */
  answerMemoryBytes: 64 * 1024 ** 2,
  /**
   * What of it a request takes until its answer is made: most; those with related rows, a hook's answer, a schema or what the
   * store holds under a key; and pages.
   */
  requestWorkBytes: 512 * 1024,
  largeWorkBytes: 4 * 1024 ** 2,
  pageWorkBytes: 32 * 1024 ** 2,
  /** An answer goes to its client in slices; one that isn't taken for so long ends the connection. */
  answerSliceBytes: 256 * 1024,
  answerStallMs: 10_000,
  /** What is made of answers, and read of what devices send, in one turn of the event loop: a few milliseconds. */
  turnBytes: 256 * 1024,
  /** A page of a list ends when it holds so much, as JSON; a single row or entry is shown whole. */
  pageBytes: 8 * 1024 ** 2,
  /** Rows of a list where the client asks for no limit. */
  defaultPageSize: 1_000,
  /** Rows of a list at most. */
  largestPageSize: 10_000,
  /** The length of a resource's id; it stands in keys, paths and job ids. */
  idLength: 255,
  /** Headers of a request; a browser sends some twenty. */
  requestHeaders: 100,
  /** How often slow requests are looked for. */
  connectionCheckMs: 1_000,
  /** Values of all filters of one list: SQLite nests expressions 1,000 deep at most. */
  listFilterValues: 500,
  /** Relations that lists and GETs join one inside another, rows asked for at a time, and rows shown in one answer. */
  joinDepth: 4,
  joinBatchRows: 500,
  joinRows: 50_000,
  /** Rows of a list that are shown together: their related rows are looked for at once, and are in memory at once. */
  listSliceRows: 200,
  /** How often a PUT tries again that loses the race between creating and updating. */
  createOrUpdateAttempts: 3,
  /** How long an answer about health may be repeated, and how long one is waited for. */
  healthCacheMs: 500,
  healthTimeoutMs: 1_000,
  /** Streams of changes that are followed at once. */
  streams: 100,
  /** How far a stream may lag behind the changes that come, and all of them together, before it is cut off. */
  streamBufferBytes: 4 * 1024 * 1024,
  streamsBufferBytes: 64 * 1024 ** 2,
  /** What is read of the history at a time for a stream that begins in the past, and kept for others that do. */
  streamSliceBytes: 256 * 1024,
  streamCacheBytes: 8 * 1024 ** 2,
  /** How long a reader may take for what waits before more is read for it, or comes; and a sign of life. */
  streamStallMs: 10_000,
  streamHeartbeatMs: 15_000,
  /** Keys that a look into the store reads at first; then as many as hold `storePageBytes`. */
  storeViewKeys: 100,
  /** What requests under way get to finish in when the server ends. */
  apiDrainMs: 750,

  /** Operations of one store transaction (etcd: --max-txn-ops 128). */
  transactionOperations: 128,
  /** Bytes of one store transaction, keys and values (etcd: --max-request-bytes 1.5 MiB, less its framing). */
  transactionBytes: 1_400_000,
  /** Keys read from the store at a time: at first, then as many as hold so many bytes, but no more than the most. */
  storePageKeys: 1_000,
  storePageBytes: 4 * 1024 ** 2,
  storePageKeysMost: 10_000,
  /** A request to the store, without a wait. */
  storeRequestTimeoutMs: 5_000,
  /** The pause before a lost connection to the store or the database is tried again: the first, and the longest. */
  reconnectFirstMs: 50,
  reconnectLongestMs: 2_000,
  /** How long the end of a connection to the store or the database waits for the server. */
  storeCloseMs: 200,
  databaseCloseMs: 200,
  /** Revisions that the store keeps for watchers that come back. */
  storeHistoryRevisions: 100_000,
  /**
   * Memory of all keys and values in the embedded store from which on clients can't add to it. It is at most that share of
   * the heap that the process may have: the controller holds much of it a second time.
   */
  embeddedStoreBytes: 2 * 1024 ** 3,
  embeddedStoreHeapShare: 0.2,
  /** From so much of it on, clients can add to it again. */
  embeddedStoreLowWater: 0.9,
  /**
   * What is still taken of jobs, states and deletions: so many times as much. From there on, what grows by a little, so
   * that work under way can end.
   */
  embeddedStoreReserve: 2,
  embeddedSmallGrowthBytes: 64 * 1024,
  /** What of it may be history: beyond it, fewer revisions are kept; and at least, where the store is nearly full. */
  embeddedHistoryBytes: 256 * 1024 ** 2,
  embeddedHistoryLeast: 1 / 16,
  /** Longer values stay in the log of the embedded store, but for so many characters of the last ones. */
  embeddedInlineCharacters: 16 * 1024,
  embeddedRecentCharacters: 16 * 1024 ** 2,
  /** Memory of a key beside its text. */
  embeddedEntryBytes: 200,
  /** Revisions forgotten by one step of the automatic compaction: more would hold the event loop. */
  embeddedCompactionRevisions: 256,
  /** On a full disk, rows of forgotten history that one transaction removes, and such transactions of one turn. */
  embeddedCompactionPartRows: 32,
  embeddedCompactionParts: 8,
  /** Revisions that a watch which is behind is given in one turn. */
  embeddedWatchRevisions: 1_000,
  /** Requests to a store that are under way at once. */
  storeQueueRequests: 20_000,

  /**
   * Disk that is kept for deletions and for work under way once the disk is full, and its share of a small disk. It has to
   * hold what the write-ahead logs hold, which are then copied into their files: on a small disk they are shorter.
   */
  diskReserveBytes: 32 * 1024 ** 2,
  diskReserveShare: 1 / 16,
  /** The pause before something that is full is looked at again: the first, and the longest. */
  storageProbeFirstMs: 250,
  storageProbeLongestMs: 5_000,
  /** How old what is known of the room of another server may be where it counts. */
  storageCheckMs: 2_000,
  /** What is written to a database, and taken back, to see whether it has room: rows of so many bytes. */
  storageProbeRows: 512,
  storageProbeRowBytes: 1_900,

  /** The lease of a leader: how long a dead one is waited for. */
  leaderLeaseMs: 3_000,
  /** The lease of a claimed job: how long a dead worker is waited for. */
  claimLeaseMs: 10_000,

  /** Puts of one sync transaction; two operations are the cursor's and the writer's. */
  syncBatchPuts: 100,
  /** States that are applied to the database at a time. */
  stateConcurrency: 256,
  /** The jobs of a workflow and its config: one transaction holds them, and the config that was applied before. */
  workflowBytes: 1_000_000,
  /** What a workflow writes that takes the place of an older one: beyond it, both run. */
  enqueueOperations: 100,
  enqueueBytes: 1_000_000,
  /** The pauses before the controller looks again at what it could not look at. */
  controllerRetryFirstMs: 1_000,
  controllerRetryLongestMs: 60_000,
  /** Resources and jobs that the controller looks at in one turn: more would hold the event loop. */
  controllerTurnItems: 500,
  /** Text of an error in a state record. */
  stateErrorLength: 4_096,
  /** How many workers a job may lose before it is given up: it may be what ended them. */
  claimAttempts: 5,
  /** The pause before a job is tried again that lost its worker: the first, and the longest; twice as long each time. */
  lossPauseFirstMs: 1_000,
  lossPauseLongestMs: 60_000,
  /**
   * Such jobs that are tried at a time: after the first loss all, after the second so many, or one of so many parts where
   * they are more, after the third one of that squared, then one. One counts as tried for so long.
   */
  lossGroupJobs: 8,
  lossGroupParts: 4,
  lossTrialMs: 30_000,
  /** How long such a job lets all others go first: so many times its pause, and at most. */
  lossPatiencePauses: 4,
  lossPatienceMs: 30_000,
  /** How long a request about a job waits for the controller, and how long its answer is kept. */
  jobRequestMs: 5_000,
  jobAnswerMs: 60_000,
  /** Jobs in one answer: at most, and if no limit is asked for; those that are looked through for one with filters. */
  jobPageMost: 200,
  jobPageSize: 50,
  jobPageScanned: 2_000,
  /** The length of a job's id: names of handler and type, and the id of a resource. */
  jobIdLength: 512,
  /** Ids that one answer lists of what depends on a job, or of what it waits for. */
  jobDependentsShown: 100,
  /** What a schema may ask for: how often a job is tried again whose handler failed, and the pauses before that. */
  retryAttempts: 10,
  retryDelaySeconds: 3_600,

  /** Jobs that one worker runs at a time, of each handler. */
  workerSlots: 32,
  /** Leases that a worker keeps for its next claims. */
  workerFreeLeases: 8,
  /** Of a ready job that is longer, a worker keeps the id alone until it has a slot for it. */
  readyJobCharacters: 16 * 1024,
  /** Jobs of a handler that one worker has claimed but that wait for something else, without a slot. */
  workerSuspendedJobs: 10_000,
  /** What a handler may take for one job: the longest stack (compatibility W5), and as much again. */
  handlerTimeoutMs: 7_200_000,
  /** Default wait of the monitoring plug-ins. */
  etcdReaderTimeoutMs: 120_000,
  netconfTimeoutMs: 60_000,
  /** One try of a device, and the pause before the next. */
  netconfAttemptTimeoutMs: 10_000,
  netconfRetryMs: 1_000,
  /** A NETCONF message: a hello is a few KiB. */
  netconfMessageBytes: 4 * 1024 * 1024,
  /** A device's hello: a router with a thousand YANG modules announces some 100 KiB. */
  netconfHelloBytes: 512 * 1024,
  /** Nesting of a NETCONF message, attributes of one element, and the characters of it that are read in one turn. */
  netconfXmlDepth: 100,
  netconfXmlAttributes: 256,
  netconfXmlSliceLength: 64 * 1024,
  /** What a byte of a device costs of the turns that all share, beside a byte of an answer. */
  netconfTurnCost: 4,
  /** Requests of one NETCONF session that wait for their reply. */
  netconfPendingRequests: 16,
  /** How often a device may ask for the password in one login. */
  netconfPromptRounds: 4,
  /** How long the end of a NETCONF session waits for the device. */
  netconfCloseTimeoutMs: 1_000,

  /** A request to a stack engine or to Keystone; its answer; what is read of one that says an error. */
  stackRequestTimeoutMs: 30_000,
  stackAnswerBytes: 4 * 1024 * 1024,
  stackErrorBytes: 64 * 1024,
  /** Nesting of an answer: a stack's outputs are any JSON. What is shown of the reason that a service gives, in characters. */
  stackAnswerDepth: 64,
  /** Values in an answer: to make each takes far longer than to read its bytes. */
  stackAnswerValues: 100_000,
  stackReasonLength: 2_000,
  /** Connections to one service of a cloud, and how long one may be idle. */
  stackConnections: 16,
  stackIdleMs: 10_000,
  /** Requests to a cloud that are under way or wait for a connection. */
  stackPendingRequests: 20_000,
  /** A token is not used for the last part of its life. */
  stackTokenMarginMs: 60_000,
  /** Projects whose tokens are kept. */
  stackTokens: 1_000,
  /** Stacks whose ids are remembered: a call by id saves the one that looks it up. */
  stackIds: 10_000,
  /** A file of certificates for etcd: many authorities may be in it. */
  certificateFileBytes: 1024 * 1024,
  /** A file of clouds or certificates, and what the aliases of one may stand for. */
  cloudFileBytes: 256 * 1024,
  cloudFileAliases: 100,
  /** The names in the query of a request: with its path, Heat's server takes 8,192 bytes. */
  stackQueryBytes: 7_000,
  /** Events of a stack that are read. */
  stackEvents: 100,
  /** What a stack may take where its template maps no heat_timeout, and at most: the handler's time, less some grace. */
  stackTimeoutMinutes: 10,
  stackTimeoutMinutesMost: 110,
  /** How long a job waits beyond that for the engine to say so. */
  stackGraceMs: 60_000,
  /**
   * How often it is looked whether a stack is done: at first, and each time after twice as long, up to the usual pause;
   * then after a share of the time waited so far, at most the longest.
   */
  stackLookFirstMs: 50,
  stackLookUsualMs: 250,
  stackLookLongestMs: 5_000,
  stackLookShare: 0.1,
  /** How long what is seen of a stack may still be about a request before the last one. */
  stackStaleMs: 5_000,
  /** How long something that somebody else asked of a stack is waited for: an engine that was killed leaves it so for ever. */
  stackPatienceMs: 60_000,
  /** The pause before a call that failed and may pass is tried again: the first, and the longest. */
  stackRetryFirstMs: 250,
  stackRetryLongestMs: 10_000,
  /** How often in a row an engine may fail (500) at the same job. */
  stackServerErrors: 5,

  /** A template's source, what it renders to, its steps and its nesting. */
  templateBytes: 256 * 1024,
  renderedBytes: 1024 * 1024,
  templateSteps: 200_000,
  templateDepth: 64,
  /** What the aliases of a Heat template may stand for, in scalars and collections: Heat writes them all out. */
  templateAliasedNodes: 50_000,
  /**
   * Scalars, marks, blanks and line ends of a rendered document: some 5,000 lines. Reading them is what takes its time, and
   * holds up everything else meanwhile. A block of text is one scalar.
   */
  templateLexemes: 30_000,
  /** Templates that a worker keeps parsed. */
  parsedTemplates: 1_000,
  /** An integer in a template: far beyond any identifier, far below what is slow to print. */
  templateIntegerBits: 1_024,

  /** Types of the model that are published in one transaction: a few KiB each. */
  modelTypesPerTransaction: 20,
  /** A schema file, and what all of them hold. */
  schemaFileBytes: 8 * 1024 * 1024,
  schemas: 5_000,
  /** Nesting of a schema file, and of files that include files. */
  schemaFileDepth: 64,
  includeDepth: 16,
  /** Steps of one example of a catalogue, and how often all that waits is settled in one of them. */
  exampleSteps: 1_000,
  exampleSettleRounds: 100,
  /** How long the files of a catalogue have to stay as they are before it is read again. */
  catalogSettledMs: 150,
  /** The name of a type or a property: PostgreSQL cuts identifiers at 63 bytes, and tables carry a prefix. */
  nameLength: 48,
  /** Faults that are listed at most, and validation errors of one body. */
  listedFaults: 200,
  validationErrors: 20,
  /** Elements of a list that have to differ: each is compared with each. */
  uniqueItems: 1_000,
  /** Relations walked by one mapping, references of one resource. */
  mappingDepth: 32,
  /** Nodes and hops that one evaluation of a mapping visits: nested lists multiply. */
  mappingSteps: 100_000,
  /** Texts that a mapping is thought to be able to give: enumerations multiply. */
  mappingOutcomes: 1_000,
  /** The text that explains a mapping, in characters: a line for a person. */
  explanationLength: 2_000,
  /** Characters of a password that is generated: at least, at most, and where the schema doesn't say. */
  passwordLengthLeast: 8,
  passwordLengthMost: 128,
  passwordLength: 12,
  /** Ranges that a value names, as those that a pool reserves: all VLANs at least. They are gone through for each number. */
  poolRanges: 4_096,
  /** Bits of a pool that is shown as base64: it has to fit into its resource (resourceBytes). */
  poolBitmapBits: 2 ** 20,
  /** A regular expression: its characters, its groups inside each other, and the states that it is run with. */
  patternLength: 10_000,
  patternDepth: 100,
  patternStates: 10_000,
  /** What matching the patterns of its schema may take for one body: about 50 ms. */
  patternSteps: 5_000_000,
  /** Steps of a pattern that count as one step of a mapping. */
  patternStepsOfMappingStep: 16,
  /** What a format is matched against: time can grow faster than length. */
  regexpSubjectLength: 4_096,

  /** A module of hooks, and how many a catalogue has. */
  hookModuleBytes: 1024 * 1024,
  hookModules: 1_000,
  /** What a module may take to load: it can wait for something that never comes. */
  hookLoadMs: 10_000,
  /** A hook outside of transactions, which may wait; and the code of one inside of a transaction, which holds up others. */
  hookTimeoutMs: 30_000,
  hookTransactionMs: 1_000,
  /** Calls that one hook makes of its transaction, and rows that one list inside of a transaction gives. */
  hookStatements: 1_000,
  transactionListRows: 1_000,
  /** What an action or a hook that shows resources answers, as JSON. */
  hookAnswerBytes: 16 * 1024 * 1024,
  /** A text that a hook refuses with, in characters. */
  refusalLength: 1_000,
  /** The pause before a state is applied again whose hook failed. */
  stateRetryMs: 10_000,

  /** Rows of the event queue that are read at a time. */
  eventBatchRows: 500,
  /** Units that wait for their group commit. */
  databaseQueueTransactions: 20_000,
  /** How long a write that nobody waits for waits for company. */
  databaseSoonMs: 50,
  /** Pages of 4 KiB in SQLite's write-ahead log before it is copied into the file, and what of the file is cached. */
  walPages: 8_000,
  sqliteCacheKib: 16 * 1024,
  /** What is kept free in a database of PostgreSQL for deletions on a full disk. */
  postgresReserveBytes: 4 * 1024 ** 2,
  /** Units of one group commit: more would hold the event loop. */
  databaseGroupTransactions: 256,
  /** Connections to PostgreSQL of one process. */
  databaseConnections: 10,
  databaseConnectTimeoutMs: 5_000,
  /** A statement, and the pause between two of a transaction; those that make tables and indexes of many rows. */
  databaseStatementTimeoutMs: 30_000,
  databaseSchemaTimeoutMs: 600_000,
  /** How often the connection that hears of commits is asked whether it lives, and how long for an answer. */
  databaseListenCheckMs: 5_000,
  /** Text that is looked up by an index, all columns of it together, in UTF-8: PostgreSQL takes 2,704. */
  indexedTextBytes: 2_600,
  /** Statements kept prepared on a connection. */
  preparedStatements: 2_000,
  /** How often a transaction that lost to another one (serialization, deadlock) is run, and how often of these among others. */
  databaseAttempts: 10,
  databaseSharedAttempts: 3,
  /** How long a transaction waits for its turn, where only so many run at a time as rarely lose to each other. */
  databaseTurnMs: 30_000,
  /** What a transaction locks before it begins; one that would lock more has nobody else beside it. */
  databaseLocksAhead: 200,
  /** Rows that one DELETE takes along (on_delete_cascade). */
  cascadeResources: 1_000,
  /** Resources that one transaction may write: children, related ones, what hooks write. */
  transactionResources: 2_000,
  /** Writes that cause each other, one in the other. */
  transactionDepth: 50,
  /** Dependents that are evaluated again when a status changes: depth of the walk, and resources. */
  statusCascadeDepth: 8,
  statusCascadeResources: 10_000,
  /** Rules of one status machine: each evaluation tries them in order. */
  statusRules: 200,

  /** What the timeline keeps. */
  timelineEntries: 1_000_000,
  timelineAgeMs: 30 * 24 * 3_600_000,
  timelineQueueEntries: 50_000,
  timelineBatchEntries: 1_000,
  /** Entries that are written from one removal of old ones to the next. */
  timelinePruneEntries: 10_000,
  timelineValueBytes: 64 * 1024,
  /** Entries of one answer, and those that are read at a time: more than one revision has. */
  timelinePageEntries: 10_000,
  timelineReadEntries: 256,

  /** A request of the command line to a server, and what its answer may hold. */
  clientRequestMs: 30_000,
  clientAnswerBytes: 256 * 1024 ** 2,

  /** A recorded run: its events, and the text and the nesting of one: a job holds the body of its resource. */
  runEvents: 1_000_000,
  runEventDepth: 64,
  runEventLength: 16 * 1024 ** 2,
  /** What describes a run: its template mappings. */
  runFileBytes: 64 * 1024 ** 2,

  /** What a clean end may take before what is waited for is closed as well, and before it is forced. */
  closeInOrderMs: 400,
  shutdownMs: 1_500,
  /**
   * From how many characters on a secret is no word or number that others use as well: one of letters and digits, or with
   * signs; one of letters; one of digits.
   */
  distinctSecretLength: 8,
  distinctWordLength: 24,
  distinctNumberLength: 12,
  /** Characters of all secrets that a foreign text is searched for; with more, it is withheld. What is shown of the text. */
  redactedSecretCharacters: 8 * 1024,
  redactedTextLength: 4_096,
  /** Marks of secrets that a view of the store keeps in memory, of jobs and of stacks each. */
  secretMarks: 100_000,

  /** Signals that come together are one: npm passes on what the terminal has sent already. */
  signalEchoMs: 500,
} as const;
