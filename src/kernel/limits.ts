/**
 * Every limit of the application: a name with a unit at its end, and the reason for its value. Anything without a
 * limit here is a bug.
 */
export const limits = {
  /** The heap growth beyond the live data that starts a garbage collection. */
  heapGrowthPercent: 30,
  /** A request body: etcd refuses requests over 1.5 MiB, and a job holds a config twice (body and params). */
  requestBodyBytes: 256 * 1024,
  /** A whole resource as JSON: a body and the server's additions. Changes may not make it larger. */
  resourceBytes: 320 * 1024,
  /** Nesting of a JSON body: deep ones exist only to break parsers. */
  jsonDepth: 32,
  /** All headers of a request together. */
  requestHeaderBytes: 16 * 1024,
  /** From the first byte of a request to its last: slower is an attack or a broken client. */
  requestTimeoutMs: 30_000,
  /** An idle kept-alive connection. */
  keepAliveTimeoutMs: 5_000,
  /** Connections at once. If the process may have few open files, that limit counts, less those left for other uses. */
  connections: 10_000,
  filesForOthers: 128,
  /** Requests of one connection that are processed at once: their answers are sent in order anyway. */
  requestsPerConnection: 1,
  /**
   * Requests of one connection that may wait. Beyond them the connection isn't read, so its end isn't noticed either.
   */
  requestsAhead: 32,
  /** Requests in all that wait behind others of their connection. A connection that sends one more is closed. */
  pipelinedRequests: 10_000,
  /** The time that a request waits for memory before it is refused. */
  admissionWaitMs: 5_000,
  /** Bodies that are being received or processed, over all connections. Small ones are not counted. */
  bodyMemoryBytes: 64 * 1024 ** 2,
  smallBodyBytes: 4 * 1024,
  /** Requests that are being processed, and unsent parts of answers, over all connections. */
  answerMemoryBytes: 64 * 1024 ** 2,
  /**
   * The part of it that a request reserves until its answer is made: for most requests; for those with related rows, a
   * hook's answer, a schema or a look into the store; and for pages.
   */
  requestWorkBytes: 512 * 1024,
  largeWorkBytes: 4 * 1024 ** 2,
  pageWorkBytes: 32 * 1024 ** 2,
  /** An answer is sent in slices. If a client doesn't accept one for so long, the connection is closed. */
  answerSliceBytes: 256 * 1024,
  answerStallMs: 10_000,
  /** Answers that are made, and data of devices that is read, in one turn of the event loop: a few milliseconds. */
  turnBytes: 256 * 1024,
  /** A page of a list ends at this size as JSON. A single row or entry is always sent whole. */
  pageBytes: 8 * 1024 ** 2,
  /** Rows of a list if the client sets no limit. */
  defaultPageSize: 1_000,
  /** The maximum number of rows of a list. */
  largestPageSize: 10_000,
  /** The length of a resource's id, which occurs in keys, paths and job ids. */
  idLength: 255,
  /** Headers of a request; a browser sends some twenty. */
  requestHeaders: 100,
  /** The interval of the check for slow requests. */
  connectionCheckMs: 1_000,
  /** Values of all filters of one list: SQLite limits the nesting of expressions to 1,000. */
  listFilterValues: 500,
  /** Depth of the relations that lists and GETs join, rows read at a time, and joined rows in one answer. */
  joinDepth: 4,
  joinBatchRows: 500,
  joinRows: 50_000,
  /** Rows of a list that are rendered together: their related rows are read at once, and are in memory at once. */
  listSliceRows: 200,
  /** Attempts of a PUT that loses the race between creating and updating. */
  createOrUpdateAttempts: 3,
  /** The time for which an answer about health is cached, and the time that the check may take. */
  healthCacheMs: 500,
  healthTimeoutMs: 1_000,
  /** Streams of changes that are open at once. */
  streams: 100,
  /** The lag of a stream behind the changes, and of all streams together, at which it is cut off. */
  streamBufferBytes: 4 * 1024 * 1024,
  streamsBufferBytes: 64 * 1024 ** 2,
  /** History that is read at a time for a stream that begins in the past, and kept for other such streams. */
  streamSliceBytes: 256 * 1024,
  streamCacheBytes: 8 * 1024 ** 2,
  /** The time of a reader for pending data before more is read for it; and the interval of heartbeats. */
  streamStallMs: 10_000,
  streamHeartbeatMs: 15_000,
  /** Keys that the view of the store reads at first; then as many as fit into `storePageBytes`. */
  storeViewKeys: 100,
  /** The time of pending requests when the server shuts down. */
  apiDrainMs: 750,

  /** Operations of one store transaction (etcd: --max-txn-ops 128). */
  transactionOperations: 128,
  /** Bytes of one store transaction, keys and values (etcd: --max-request-bytes 1.5 MiB, less its framing). */
  transactionBytes: 1_400_000,
  /** Keys read from the store at a time: at first; then as many as fit into these bytes, up to the maximum. */
  storePageKeys: 1_000,
  storePageBytes: 4 * 1024 ** 2,
  storePageKeysMost: 10_000,
  /** A request to the store, without a wait. */
  storeRequestTimeoutMs: 5_000,
  /** The pause before a lost connection to the store or the database is tried again: the first, and the longest. */
  reconnectFirstMs: 50,
  reconnectLongestMs: 2_000,
  /** The time that closing a connection to the store or the database waits for the server. */
  storeCloseMs: 200,
  databaseCloseMs: 200,
  /** Revisions that the store keeps for watchers that reconnect. */
  storeHistoryRevisions: 100_000,
  /**
   * Memory of all keys and values in the embedded store beyond which clients can't add to it. It is at most that share
   * of the heap that the process may have: the controller holds much of it a second time.
   */
  embeddedStoreBytes: 2 * 1024 ** 3,
  embeddedStoreHeapShare: 0.2,
  /** The share of it below which clients can add again. */
  embeddedStoreLowWater: 0.9,
  /**
   * The factor up to which jobs, states and deletions are still accepted. Beyond it, only changes with little growth
   * are, so that work under way can end.
   */
  embeddedStoreReserve: 2,
  embeddedSmallGrowthBytes: 64 * 1024,
  /** The history in it: beyond this, fewer revisions are kept; and the minimum, if the store is nearly full. */
  embeddedHistoryBytes: 256 * 1024 ** 2,
  embeddedHistoryLeast: 1 / 16,
  /** Longer values stay in the log of the embedded store, except for so many characters of the most recent ones. */
  embeddedInlineCharacters: 16 * 1024,
  embeddedRecentCharacters: 16 * 1024 ** 2,
  /** Memory of a key besides its text. */
  embeddedEntryBytes: 200,
  /** Revisions removed by one step of the automatic compaction: more would block the event loop. */
  embeddedCompactionRevisions: 256,
  /** On a full disk, rows of removed history in one transaction, and the number of such transactions in one turn. */
  embeddedCompactionPartRows: 32,
  embeddedCompactionParts: 8,
  /** Revisions that a watch which lags behind receives in one turn. */
  embeddedWatchRevisions: 1_000,
  /** Requests to a store that are pending at once. */
  storeQueueRequests: 20_000,

  /**
   * Disk space that is reserved for deletions and for work under way on a full disk, and its share of a small disk. It
   * has to hold the write-ahead logs, which are then copied into their files: on a small disk they are shorter.
   */
  diskReserveBytes: 32 * 1024 ** 2,
  diskReserveShare: 1 / 16,
  /** The pause before a full storage is checked again: the first, and the longest. */
  storageProbeFirstMs: 250,
  storageProbeLongestMs: 5_000,
  /** The maximum age of the known free space of another server when it matters. */
  storageCheckMs: 2_000,
  /** The test for free space in a database: rows of so many bytes that are written and rolled back. */
  storageProbeRows: 512,
  storageProbeRowBytes: 1_900,

  /** The lease of a leader: how long a dead leader delays its successor. */
  leaderLeaseMs: 3_000,
  /** The lease of a claimed job: how long a dead worker delays it. */
  claimLeaseMs: 10_000,

  /** Puts of one sync transaction. Two operations are for the cursor and the writer. */
  syncBatchPuts: 100,
  /** States that are applied to the database at a time. */
  stateConcurrency: 256,
  /** The jobs of a workflow and its config: one transaction holds them, and the previously applied config. */
  workflowBytes: 1_000_000,
  /** The writes of a workflow that supersedes an older one: beyond them, both run. */
  enqueueOperations: 100,
  enqueueBytes: 1_000_000,
  /** The pauses before the controller tries again what it could not process. */
  controllerRetryFirstMs: 1_000,
  controllerRetryLongestMs: 60_000,
  /** Resources and jobs that the controller processes in one turn: more would block the event loop. */
  controllerTurnItems: 500,
  /** The length of an error text in a state record. */
  stateErrorLength: 4_096,
  /** Workers that a job may lose before it is abandoned: the job itself may crash them. */
  claimAttempts: 5,
  /** The pause before a job that lost its worker is tried again: the first, and the longest. It doubles each time. */
  lossPauseFirstMs: 1_000,
  lossPauseLongestMs: 60_000,
  /**
   * The number of such jobs that are tried at a time: all after the first loss; after the second so many, or that
   * fraction if there are more; after the third the fraction squared; then one. A job counts as being tried for so
   * long.
   */
  lossGroupJobs: 8,
  lossGroupParts: 4,
  lossTrialMs: 30_000,
  /** The time for which such a job lets all others go first: so many times its pause, up to a maximum. */
  lossPatiencePauses: 4,
  lossPatienceMs: 30_000,
  /** The time that a request about a job waits for the controller, and the time for which its answer is kept. */
  jobRequestMs: 5_000,
  jobAnswerMs: 60_000,
  /** Jobs in one answer: the maximum, and the default; and the jobs that are searched with filters. */
  jobPageMost: 200,
  jobPageSize: 50,
  jobPageScanned: 2_000,
  /** The length of a job's id: names of handler and type, and the id of a resource. */
  jobIdLength: 512,
  /** Ids in one answer of the jobs that depend on a job, or that it waits for. */
  jobDependentsShown: 100,
  /** Limits of a schema's retries: attempts after a failure of the handler, and the pauses before them. */
  retryAttempts: 10,
  retryDelaySeconds: 3_600,

  /** Jobs that one worker runs at a time, per handler. */
  workerSlots: 32,
  /** Leases that a worker keeps ready for its next claims. */
  workerFreeLeases: 8,
  /** For a longer ready job, a worker keeps only the id until it has a slot for it. */
  readyJobCharacters: 16 * 1024,
  /** Claimed jobs of a handler that a worker has suspended: they wait without a slot. */
  workerSuspendedJobs: 10_000,
  /** The time of a handler for one job: the longest stack (compatibility W5), and as much again. */
  handlerTimeoutMs: 7_200_000,
  /** Default wait of the monitoring plug-ins. */
  etcdReaderTimeoutMs: 120_000,
  netconfTimeoutMs: 60_000,
  /** One attempt to reach a device, and the pause before the next. */
  netconfAttemptTimeoutMs: 10_000,
  netconfRetryMs: 1_000,
  /** A NETCONF message: a hello is a few KiB. */
  netconfMessageBytes: 4 * 1024 * 1024,
  /** A device's hello: a router with a thousand YANG modules announces some 100 KiB. */
  netconfHelloBytes: 512 * 1024,
  /** Nesting of a NETCONF message, attributes of one element, and characters that are parsed in one turn. */
  netconfXmlDepth: 100,
  netconfXmlAttributes: 256,
  netconfXmlSliceLength: 64 * 1024,
  /** The cost of a byte from a device in shared turns, relative to a byte of an answer. */
  netconfTurnCost: 4,
  /** Requests of one NETCONF session that wait for their reply. */
  netconfPendingRequests: 16,
  /** Prompts for the password that a device may send in one login. */
  netconfPromptRounds: 4,
  /** The time that closing a NETCONF session waits for the device. */
  netconfCloseTimeoutMs: 1_000,

  /** A request to a stack engine or to Keystone; its answer; the part of an error answer that is read. */
  stackRequestTimeoutMs: 30_000,
  stackAnswerBytes: 4 * 1024 * 1024,
  stackErrorBytes: 64 * 1024,
  /** Nesting of an answer: a stack's outputs are any JSON. The printed part of a service's reason, in characters. */
  stackAnswerDepth: 64,
  /** Values in an answer: making each takes far longer than reading its bytes. */
  stackAnswerValues: 100_000,
  stackReasonLength: 2_000,
  /** Connections to one service of a cloud, and how long one may be idle. */
  stackConnections: 16,
  stackIdleMs: 10_000,
  /** Requests to a cloud that are pending or wait for a connection. */
  stackPendingRequests: 20_000,
  /** A token is not used for the last part of its life. */
  stackTokenMarginMs: 60_000,
  /** Projects whose tokens are kept. */
  stackTokens: 1_000,
  /** Stacks whose ids are cached: a call by id saves a lookup. */
  stackIds: 10_000,
  /** A file of certificates for etcd: many authorities may be in it. */
  certificateFileBytes: 1024 * 1024,
  /** A file of clouds or certificates, and the expanded nodes of the aliases in one. */
  cloudFileBytes: 256 * 1024,
  cloudFileAliases: 100,
  /** The names in the query of a request: with its path, Heat's server takes 8,192 bytes. */
  stackQueryBytes: 7_000,
  /** Events of a stack that are read. */
  stackEvents: 100,
  /** The time of a stack whose template maps no heat_timeout, and the maximum: the handler's time, less some grace. */
  stackTimeoutMinutes: 10,
  stackTimeoutMinutesMost: 110,
  /** The time that a job waits beyond that for the engine to report the timeout. */
  stackGraceMs: 60_000,
  /**
   * The pauses between checks whether a stack is done: the first one, which doubles up to the usual one; then a share
   * of the elapsed time, up to the longest.
   */
  stackLookFirstMs: 50,
  stackLookUsualMs: 250,
  stackLookLongestMs: 5_000,
  stackLookShare: 0.1,
  /** The time for which the observed status of a stack may still belong to the request before the last one. */
  stackStaleMs: 5_000,
  /** The time that a job waits for another client's operation on a stack: an engine that was killed never ends it. */
  stackPatienceMs: 60_000,
  /** The pause before a retryable call is tried again: the first, and the longest. */
  stackRetryFirstMs: 250,
  stackRetryLongestMs: 10_000,
  /** Successive server errors (500) of an engine for the same job. */
  stackServerErrors: 5,

  /** A template's source, its rendered text, its steps and its nesting. */
  templateBytes: 256 * 1024,
  renderedBytes: 1024 * 1024,
  templateSteps: 200_000,
  templateDepth: 64,
  /** Scalars and collections that the aliases of a Heat template may expand to: Heat writes them all out. */
  templateAliasedNodes: 50_000,
  /**
   * Scalars, marks, blanks and line ends of a rendered document: some 5,000 lines. Parsing them takes most of the time,
   * and blocks all other work meanwhile. A block of text is one scalar.
   */
  templateLexemes: 30_000,
  /** Parsed templates that a worker caches. */
  parsedTemplates: 1_000,
  /** An integer in a template: far larger than any identifier, far smaller than one that is slow to print. */
  templateIntegerBits: 1_024,

  /** Types of the model that are published in one transaction: a few KiB each. */
  modelTypesPerTransaction: 20,
  /** A schema file; the number of schemas in all of them. */
  schemaFileBytes: 8 * 1024 * 1024,
  schemas: 5_000,
  /** Nesting of a schema file, and of files that include files. */
  schemaFileDepth: 64,
  includeDepth: 16,
  /** Steps of one example of a catalogue, and rounds in which pending work is settled in one of them. */
  exampleSteps: 1_000,
  exampleSettleRounds: 100,
  /** The time for which the files of a catalogue have to stay unchanged before it is read again. */
  catalogSettledMs: 150,
  /** The name of a type or a property: PostgreSQL cuts identifiers at 63 bytes, and tables have a prefix. */
  nameLength: 48,
  /** Faults that are listed, and validation errors of one body. */
  listedFaults: 200,
  validationErrors: 20,
  /** Elements of a list that have to differ: each is compared with each. */
  uniqueItems: 1_000,
  /** Relations walked by one mapping, references of one resource. */
  mappingDepth: 32,
  /** Nodes and hops that one evaluation of a mapping visits: nested lists multiply. */
  mappingSteps: 100_000,
  /** Texts that a mapping is assumed to yield: enumerations multiply. */
  mappingOutcomes: 1_000,
  /** The text that explains a mapping, in characters: a line for a person. */
  explanationLength: 2_000,
  /** Characters of a generated password: minimum, maximum, and default. */
  passwordLengthLeast: 8,
  passwordLengthMost: 128,
  passwordLength: 12,
  /** Ranges in a value, such as those that a pool reserves: at least all VLANs. They are searched for each number. */
  poolRanges: 4_096,
  /** Bits of a pool in base64: it has to fit into its resource (resourceBytes). */
  poolBitmapBits: 2 ** 20,
  /** A regular expression: its characters, the nesting of its groups, and its states. */
  patternLength: 10_000,
  patternDepth: 100,
  patternStates: 10_000,
  /** The work of matching the patterns of its schema for one body: about 50 ms. */
  patternSteps: 5_000_000,
  /** Steps of a pattern that count as one step of a mapping. */
  patternStepsOfMappingStep: 16,
  /** The length of a text that is matched against a format: time can grow faster than length. */
  regexpSubjectLength: 4_096,

  /** A module of hooks, and how many a catalogue has. */
  hookModuleBytes: 1024 * 1024,
  hookModules: 1_000,
  /** The time that a module may take to load: it can wait for something that never comes. */
  hookLoadMs: 10_000,
  /**
   * The time of a hook outside of transactions, which may wait; and of the code of one inside of a transaction, which
   * blocks others.
   */
  hookTimeoutMs: 30_000,
  hookTransactionMs: 1_000,
  /** Calls that one hook makes of its transaction, and rows of one list inside of a transaction. */
  hookStatements: 1_000,
  transactionListRows: 1_000,
  /** The answer of an action, or of a hook that renders resources, as JSON. */
  hookAnswerBytes: 16 * 1024 * 1024,
  /** The text of a hook's refusal, in characters. */
  refusalLength: 1_000,
  /** The pause before a state whose hook failed is applied again. */
  stateRetryMs: 10_000,

  /** Rows of the event queue that are read at a time. */
  eventBatchRows: 500,
  /** Transactions that wait for their group commit. */
  databaseQueueTransactions: 20_000,
  /** The delay of a write that no request waits for, to join the commit of others. */
  databaseSoonMs: 50,
  /** Pages of 4 KiB in SQLite's write-ahead log before it is copied into the file, and the size of the page cache. */
  walPages: 8_000,
  sqliteCacheKib: 16 * 1024,
  /** Reserved space in a database of PostgreSQL for deletions on a full disk. */
  postgresReserveBytes: 4 * 1024 ** 2,
  /** Transactions of one group commit: more would block the event loop. */
  databaseGroupTransactions: 256,
  /** Connections to PostgreSQL of one process. */
  databaseConnections: 10,
  databaseConnectTimeoutMs: 5_000,
  /** A statement, and the pause between two of a transaction; statements that make tables and indexes of many rows. */
  databaseStatementTimeoutMs: 30_000,
  databaseSchemaTimeoutMs: 600_000,
  /** The interval of checks of the connection that listens for commits, and the time for an answer. */
  databaseListenCheckMs: 5_000,
  /** Text in an index, all columns together, in UTF-8: PostgreSQL accepts 2,704. */
  indexedTextBytes: 2_600,
  /** Statements kept prepared on a connection. */
  preparedStatements: 2_000,
  /**
   * Attempts of a transaction that loses conflicts (serialization, deadlock), and those of them beside other
   * transactions.
   */
  databaseAttempts: 10,
  databaseSharedAttempts: 3,
  /** The time that a transaction waits for its turn, if the number of concurrent ones is limited to avoid conflicts. */
  databaseTurnMs: 30_000,
  /** Locks that a transaction takes before it begins. One that needs more runs alone. */
  databaseLocksAhead: 200,
  /** Rows that one DELETE removes along (on_delete_cascade). */
  cascadeResources: 1_000,
  /** Resources that one transaction may write: children, related ones, writes of hooks. */
  transactionResources: 2_000,
  /** Nesting of writes that cause each other. */
  transactionDepth: 50,
  /** Dependents that are evaluated again when a status changes: depth of the cascade, and resources. */
  statusCascadeDepth: 8,
  statusCascadeResources: 10_000,
  /** Rules of one status machine: each evaluation tries them in order. */
  statusRules: 200,

  /** The size and age of the timeline. */
  timelineEntries: 1_000_000,
  timelineAgeMs: 30 * 24 * 3_600_000,
  timelineQueueEntries: 50_000,
  timelineBatchEntries: 1_000,
  /** Entries that are written between two removals of old ones. */
  timelinePruneEntries: 10_000,
  timelineValueBytes: 64 * 1024,
  /** Entries of one answer, and entries read at a time: more than one revision has. */
  timelinePageEntries: 10_000,
  timelineReadEntries: 256,

  /** A request of the command line to a server, and the size of its answer. */
  clientRequestMs: 30_000,
  clientAnswerBytes: 256 * 1024 ** 2,

  /** A recorded run: its events, and the length and nesting of one: a job holds the body of its resource. */
  runEvents: 1_000_000,
  runEventDepth: 64,
  runEventLength: 16 * 1024 ** 2,
  /** The description of a run: its template mappings. */
  runFileBytes: 64 * 1024 ** 2,

  /** The time of an orderly shutdown before pending work is aborted, and before the end is forced. */
  closeInOrderMs: 400,
  shutdownMs: 1_500,
  /**
   * The length from which a secret is unlike ordinary words and numbers: of letters and digits, or with other
   * characters; of letters; of digits.
   */
  distinctSecretLength: 8,
  distinctWordLength: 24,
  distinctNumberLength: 12,
  /**
   * Characters of all secrets that a foreign text is searched for; with more, it is withheld. The printed part of the
   * text.
   */
  redactedSecretCharacters: 8 * 1024,
  redactedTextLength: 4_096,
  /** Marks of secrets that a view of the store keeps in memory, for jobs and for stacks each. */
  secretMarks: 100_000,

  /** Signals that arrive together count as one: npm repeats the signals that the terminal has sent already. */
  signalEchoMs: 500,
} as const;
