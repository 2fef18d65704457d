/** An error in the catalogue. */
export interface CatalogueEntry {
  readonly status: number;
  /** Whether the cause may pass by itself: the operation is tried again, with growing pauses. Absent: it doesn't. */
  readonly retryable?: boolean;
  readonly message: string;
  readonly remedy: string;
}

/**
 * Every error of the product: a stable code, the HTTP status if it answers a request, the message, and the remedy for
 * the reader. Messages name the resource, the field and the value's type; a value only if it can't be a secret.
 */
export const errorCatalogue = {
  // requests
  BODY_NOT_JSON: {
    status: 400,
    message: 'Failed to parse data: {reason}',
    remedy: 'Send one JSON object as the body.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    message: 'The body is larger than {limitBytes} bytes.',
    remedy: 'Send a smaller body; large content belongs outside a resource.',
  },
  RESOURCE_TOO_LARGE: {
    status: 413,
    message: '{type} {id} would be larger than {limitBytes} bytes.',
    remedy: 'Make its contents smaller; large content belongs outside a resource.',
  },
  BODY_TOO_DEEP: {
    status: 400,
    message: 'The body is nested deeper than {limit} levels.',
    remedy: 'Flatten the body.',
  },
  MEDIA_TYPE_UNSUPPORTED: {
    status: 415,
    message: 'The body is of type {type}, not application/json.',
    remedy: 'Send Content-Type: application/json.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    message: '{method} is not possible on {path}; possible are {allowed}.',
    remedy: 'Use one of: {allowed}.',
  },
  PATH_NOT_FOUND: {
    status: 404,
    message: 'Nothing is served at {path}.',
    remedy: 'GET /gohan/v0.1/schemas lists the types and their URLs.',
  },
  HOST_REFUSED: {
    status: 403,
    message: 'Requests for host {host} are refused.',
    remedy: 'Address the server by localhost, by its IP address, or by the name given with --host.',
  },
  ORIGIN_REFUSED: {
    status: 403,
    message: 'Requests from pages of {origin} are refused.',
    remedy: 'Use a page that is served from an address of this server.',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    message: 'The request did not arrive in time.',
    remedy: 'Send the whole request at once.',
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    message: 'The headers of the request are too large.',
    remedy: 'Send fewer or shorter headers.',
  },
  REQUEST_MALFORMED: {
    status: 400,
    message: 'The request is not valid HTTP: {reason}',
    remedy: 'Check the client.',
  },
  EXPECTATION_FAILED: {
    status: 417,
    message: 'The request expects something other than 100-continue, the only supported expectation.',
    remedy: 'Send the request without the header Expect.',
  },
  QUERY_INVALID: {
    status: 400,
    message: 'Query parameter {parameter}: {reason}',
    remedy: 'See the list parameters in the API guide.',
  },
  VALIDATION_FAILED: {
    status: 400,
    message: 'Validation error: {type}: {details}',
    remedy: 'Correct the fields named; GET /gohan/v0.1/schemas/{type} shows what is allowed.',
  },
  PATTERN_TOO_COSTLY: {
    status: 400,
    message: 'To match the regular expression {pattern} would take more than {limit} steps.',
    remedy: 'Send shorter text; the operator can make the regular expression simpler.',
  },
  RELATED_NOT_FOUND: {
    status: 400,
    message: 'Related resource does not exist: {type}.{field} refers to a {related} that is not there.',
    remedy: 'Create the {related} first, or correct {field}.',
  },
  RELATED_MARKED: {
    status: 409,
    message: '{type}.{field} refers to a {related} that is being deleted.',
    remedy: 'Refer to another {related}.',
  },
  RESOURCE_NOT_FOUND: {
    status: 404,
    message: 'Resource not found: {type} {id}',
    remedy: 'Check the id; GET the list of the type.',
  },
  RESOURCE_MARKED: {
    status: 409,
    message: '{type} {id} is being deleted.',
    remedy: 'Wait until it is gone; a new one can then be created.',
  },
  REQUIREMENT_NOT_MET: {
    status: 409,
    message: '{reason} ({type}, {requirement})',
    remedy: 'kamado schema explain {type} describes the requirements.',
  },
  RESOURCE_MANAGED: {
    status: 409,
    message: '{type} {id} belongs to {parent} {parentId}, which made it.',
    remedy: 'Delete or change {parent} {parentId}; the resources that belong to it follow.',
  },
  POOL_EXHAUSTED: {
    status: 409,
    message: '{type} {id} has no free number left in {pool}.',
    remedy: 'Delete a resource that has one of them, or make the pool larger.',
  },
  POOL_NUMBER_TAKEN: {
    status: 409,
    message: '{number} of {pool} of {type} {id} is taken by {holder}.',
    remedy: 'Choose another one, or none to get the lowest that is free.',
  },
  COUNTER_EXHAUSTED: {
    status: 409,
    message: 'Not enough is left of {counter} of {type} {id}.',
    remedy: 'Delete a resource that takes of it, or raise its capacity.',
  },
  TRANSACTION_TOO_DEEP: {
    status: 422,
    message: 'The request would cause a chain of more than {limit} writes; the last one is of {type}.',
    remedy:
      'Find the part of the behaviour or the hooks that causes itself: a pass whose condition stays true, a child of its own type.',
  },
  TRANSACTION_TOO_LARGE: {
    status: 422,
    message: 'The request would touch more than {limit} resources at once.',
    remedy: 'Split it, or take the behaviour of the type apart.',
  },
  RESOURCE_IN_USE: {
    status: 409,
    message: '{type} {id} is still used by {user} {userId} ({field}).',
    remedy: 'Delete {user} {userId} first, or let it refer to something else.',
  },
  DUPLICATE_VALUE: {
    status: 409,
    message: 'Another {type} has this {field} already.',
    remedy: 'Use another value for {field}.',
  },
  VERSION_CONFLICT: {
    status: 412,
    message: '{type} {id} is at config version {current}, not {expected}.',
    remedy: 'GET it again, and repeat the change on the current version.',
  },
  NAME_AMBIGUOUS: {
    status: 409,
    message: '{count} resources of type {type} are named like that.',
    remedy: 'Use the id.',
  },
  OVERLOADED: {
    status: 503,
    retryable: true,
    message: 'Too much is waiting: {queue} holds its limit of {limit}.',
    remedy: 'Try again in a moment, with fewer requests at once.',
  },
  SHUTTING_DOWN: {
    status: 503,
    retryable: true,
    message: 'The server is shutting down.',
    remedy: 'Try again in a moment.',
  },
  INTERNAL: {
    status: 500,
    message: 'An internal error occurred; the log has it under {reference}.',
    remedy: 'Report it with the reference.',
  },

  // model and catalogue
  SCHEMA_INVALID: {
    status: 500,
    message: '{count} fault(s) in the schema files:\n{faults}',
    remedy: 'Correct the files named; nothing was started and nothing changed.',
  },
  EXAMPLES_INVALID: {
    status: 500,
    message: '{count} fault(s) in the examples:\n{faults}',
    remedy: 'Correct the files named; nothing was tried.',
  },
  EXAMPLES_FAILED: {
    status: 500,
    message: '{count} of {total} examples failed.',
    remedy: 'Each is listed above with its place: correct the example, or the catalogue.',
  },
  CATALOG_UNREADABLE: {
    status: 500,
    message: 'The catalogue {path} cannot be read: {reason}',
    remedy: 'Give a folder with schema files, by --catalog, by KAMADO_CATALOG, or where the command takes one.',
  },
  CATALOG_UNWRITABLE: {
    status: 500,
    message: 'The catalogue cannot be written to {path}: {reason}',
    remedy: 'Name a folder that is not there yet, or an empty one.',
  },
  FILE_UNWRITABLE: {
    status: 500,
    message: '{path} cannot be written: {reason}',
    remedy: 'Name a file in a folder that is there and that you may write to.',
  },
  RUN_UNREADABLE: {
    status: 500,
    message: 'The recorded run cannot be read: {path}: {reason}',
    remedy: 'Give a folder with run.json, an events file and schemas, as kamado record writes it (docs/replay.md).',
  },
  RUN_UNWRITABLE: {
    status: 500,
    message: 'The run cannot be recorded into {path}: {reason}',
    remedy: 'Name a folder that is not there yet, or an empty one.',
  },
  RECORDING_INTERRUPTED: {
    status: 500,
    message: 'The recording cannot continue: {reason}.',
    remedy: 'The part recorded so far is in the folder, marked as not lossless. Record again, into another one.',
  },
  REPLAY_DIFFERS: {
    status: 500,
    message: '{count} of {total} recorded or planned writes differ.',
    remedy: 'Each is listed above with the number of its event: see docs/replay.md.',
  },
  MAPPING_INVALID: {
    status: 400,
    message: 'Mapping at {place}: {reason}',
    remedy: 'Correct the mapping at that place.',
  },
  TYPE_UNKNOWN: {
    status: 404,
    message: 'There is no type {type}.',
    remedy: 'GET /gohan/v0.1/schemas lists the types.',
  },

  // hooks
  HOOK_REFUSED: {
    status: 409,
    message: '{message}',
    remedy: '{remedy}',
  },
  HOOK_FAILED: {
    status: 500,
    message: 'The hook {hook} of {type} failed: {reason}',
    remedy: 'Correct the hook in the catalogue; the changes of the request were undone, unless it was a post_ hook.',
  },
  HOOK_TIMED_OUT: {
    status: 500,
    message: 'The hook {hook} of {type} took longer than {timeoutMs} ms and was ended.',
    remedy: 'Make the hook shorter; work that waits for something belongs in a hook outside of the transaction.',
  },
  HOOKS_MISSING: {
    status: 500,
    message: 'The API serves hooks that this component does not have: the catalogue {catalog} has {found}.',
    remedy: 'Give this component the catalogue of the API, by --catalog or KAMADO_CATALOG, and start it again.',
  },

  // template
  TEMPLATE_INVALID: {
    status: 400,
    message: 'Template {template}, line {line}: {reason}',
    remedy: 'Correct the template at that line.',
  },
  TEMPLATE_LIMIT: {
    status: 400,
    message: 'Template {template} exceeds the limit {limit} of {value}.',
    remedy: 'Make the template or its values smaller.',
  },
  TEMPLATE_STRUCTURE: {
    status: 400,
    message: 'Template {template}, line {line}: a value would change the structure of the document.',
    remedy: 'Quote the value in the template (| tojson), or correct the value of the resource.',
  },

  // database and store
  STORAGE_FULL: {
    status: 507,
    retryable: true,
    message: 'The {what} is full: {reason}',
    remedy: '{remedy}',
  },

  // database
  DATABASE_UNAVAILABLE: {
    status: 503,
    retryable: true,
    message: 'The database is not available: {reason}',
    remedy: 'Check that it runs and that --database names it.',
  },
  DATABASE_BUSY: {
    status: 503,
    retryable: true,
    message: 'The request conflicted with others; it was tried {attempts} times, and nothing was written.',
    remedy: 'Try again in a moment.',
  },
  DATABASE_SCHEMA_CHANGE: {
    status: 500,
    message: 'The schemas ask for changes of existing tables that could lose data:\n{changes}',
    remedy:
      'Take back the change in the schema, or migrate the table by hand (rename the column or copy the rows) and start again.',
  },
  DATABASE_NEWER: {
    status: 500,
    message: 'The database has format {found}; this program knows {known}.',
    remedy: 'Use the program that wrote it, or a newer one.',
  },
  DATA_FOLDER_IN_USE: {
    status: 500,
    message: 'The data folder {path} is used by another process.',
    remedy: 'End that process, or use another --data-dir.',
  },
  DATA_FOLDER_UNUSABLE: {
    status: 500,
    message: 'The data folder {path} cannot be used: {reason}',
    remedy: 'Check its permissions and free space, or use another --data-dir.',
  },

  // store
  STORE_UNAVAILABLE: {
    status: 503,
    retryable: true,
    message: 'The store is not available: {reason}',
    remedy:
      'Check that etcd runs and that --etcd names it; with the embedded store, check the disk of the data folder and start again.',
  },
  STORE_REFUSED: {
    status: 500,
    retryable: true,
    message: 'The store refused a request: {reason}',
    remedy: 'Check the user, its roles and the limits of etcd.',
  },
  STORE_TOO_LARGE: {
    status: 400,
    message: 'A store transaction of {count} {unit} exceeds the limit of {limit}.',
    remedy: 'Make the resource smaller.',
  },
  CLUSTER_MISMATCH: {
    status: 500,
    message: 'The store belongs to cluster {store}, the database to cluster {database}.',
    remedy: 'Name the store and the database that belong together.',
  },

  // jobs
  REFERENCE_UNRESOLVED: {
    status: 409,
    message: 'Unresolved reference {type}:{id} (param {param}).',
    remedy: 'Create the {type}; the resource is planned again when it appears.',
  },
  JOB_TOO_LARGE: {
    status: 400,
    message: 'The job of {type} {id} would be of {bytes} bytes; the limit is {limit}.',
    remedy: 'Make the resource smaller.',
  },
  JOB_CANCELLED: {
    status: 409,
    message: 'canceled: dependency {job} failed',
    remedy: 'Correct what failed there; then change or create this resource again.',
  },
  JOB_ABANDONED: {
    status: 500,
    message: 'Its worker was lost {attempts} times.',
    remedy:
      'The job may crash its worker: see the log of the workers; then change the resource, or use kamado job retry.',
  },
  JOB_CANCELLED_BY_OPERATOR: {
    status: 409,
    message: 'canceled: job {job} was canceled by an operator',
    remedy: 'Change the resource, or use kamado job retry, to try again.',
  },
  JOB_OBSOLETE: {
    status: 409,
    message: 'Job {job} was superseded, and too many other jobs wait for it to be moved to its successor.',
    remedy: 'Try it, and the jobs that waited for it, again with kamado job retry, which plans them anew.',
  },
  JOB_NOT_FOUND: {
    status: 404,
    message: 'There is no job {job}, neither in the queue nor as the last failure of a resource.',
    remedy: 'kamado job list shows the existing jobs.',
  },
  JOB_RUNNING: {
    status: 409,
    message: 'Job {job} is running, and a running job is never interrupted.',
    remedy: 'Wait for its end; kamado job show reports its progress.',
  },
  JOB_HAS_DEPENDENTS: {
    status: 409,
    message: '{count} jobs depend on {job}, and would be canceled with it.',
    remedy: 'List them with ?dry_run=true; then send {"dependents": {count}} to cancel them as well.',
  },
  JOB_NOT_RETRYABLE: {
    status: 409,
    message: 'Job {job} cannot be tried now: {reason}.',
    remedy: 'kamado job show lists what it waits for.',
  },
  CONTROLLER_AWAY: {
    status: 503,
    message: 'No controller has answered within {timeoutMs} ms.',
    remedy: 'Check that one runs, and that it reaches the store; then try again.',
  },
  JOB_TIMEOUT: {
    status: 500,
    message: 'The handler was not done after {timeoutMs} ms.',
    remedy: 'Check the device or the service that it works on; then change the resource to try again.',
  },
  CLAIM_LOST: {
    status: 500,
    message: 'The claim of job {job} was lost.',
    remedy: 'Nothing: the controller puts the job back.',
  },
  HANDLER_FAILED: {
    status: 500,
    message: '{reason}',
    remedy: 'See the reason.',
  },
  CHECK_TIMEOUT: {
    status: 504,
    message: '{name}: {what} was not observed within {timeoutMs} ms.',
    remedy: 'Check the device or the resource that is waited for; then change this resource to try again.',
  },
  CHECK_FAILED: {
    status: 502,
    message: '{name}: {reason}',
    remedy: 'Check the device or the resource named.',
  },
  TEMPLATE_NOT_FOUND: {
    status: 500,
    message: 'There is no template {template} for {type}.',
    remedy: 'Create the heat_template {template}.',
  },

  // stacks
  STACK_UNAVAILABLE: {
    status: 503,
    retryable: true,
    message: '{service} at {endpoint} is not available: {reason}',
    remedy: 'Check that it runs and can be reached from the worker; then change the resource to try again.',
  },
  STACK_SERVER_ERROR: {
    status: 502,
    retryable: true,
    message: '{service} at {endpoint} failed: {reason}',
    remedy: 'See the log of the service; then change the resource to try again.',
  },
  STACK_ACCESS: {
    status: 502,
    message: '{service} at {endpoint} refused access to project {project}: {reason}',
    remedy: 'Check the credentials of the worker (OS_* or clouds.yaml), and that its user has a role in the project.',
  },
  STACK_ANSWER_INVALID: {
    status: 502,
    message: '{service} at {endpoint} does not answer as it should: {reason}',
    remedy: 'Check that the address is that of the service, and any proxy in between.',
  },
  STACK_REFUSED: {
    status: 400,
    message: 'Stack {stack} was refused: {reason}',
    remedy: 'Correct the template or the resource.',
  },
  STACK_EXISTS: {
    status: 409,
    message: 'There is a stack {stack} already.',
    remedy: 'Nothing: it is taken over.',
  },
  STACK_NOT_FOUND: {
    status: 404,
    message: 'There is no stack {stack}.',
    remedy: 'Nothing: it is created.',
  },
  STACK_BUSY: {
    status: 409,
    message: 'Stack {stack} is busy: {reason}',
    remedy: 'Nothing: it is waited for.',
  },
  STACK_FAILED: {
    status: 502,
    message: 'Stack {stack} is {stackStatus}: {reason}',
    remedy: 'Correct what the reason names; then change the resource to try again.',
  },
  STACK_TIMEOUT: {
    status: 504,
    message: 'Stack {stack} was not done within {timeoutMs} ms: {reason}',
    remedy: 'Look at the stack and at the log of the engine; then change the resource to try again.',
  },
  STACK_OUTPUT_MISSING: {
    status: 409,
    message: 'Parameter {param} is the output {output} of {type} {id}, whose stack has none.',
    remedy: 'Check the outputs of the template of {type}, and the state of {type} {id}.',
  },
  STACK_PARAMETER_INVALID: {
    status: 400,
    message: 'Parameter {param}: {reason}',
    remedy: 'Correct the parameter_mappings of the template.',
  },
  CLOUD_INVALID: {
    status: 500,
    message: 'The settings of the cloud cannot be used: {place}: {reason}',
    remedy: 'Correct OS_* in the environment or clouds.yaml; docs/openstack.md shows what is read.',
  },

  // NETCONF
  NETCONF_UNREACHABLE: {
    status: 502,
    message: 'The device at {address} cannot be reached: {reason}',
    remedy: 'Check address, port and the way to the device.',
  },
  NETCONF_AUTHENTICATION: {
    status: 502,
    message: 'The device at {address} refused the login.',
    remedy: 'Check login and password of the resource.',
  },
  NETCONF_HOST_KEY: {
    status: 502,
    message: 'The device at {address} shows another host key than the one pinned for it.',
    remedy:
      'If the device was replaced, delete the resource and create it again; otherwise the connection may be intercepted.',
  },
  NETCONF_PROTOCOL: {
    status: 502,
    message: 'The device at {address} does not speak NETCONF as it should: {reason}',
    remedy: 'Check that NETCONF over SSH is enabled on that port (RFC 6242).',
  },
  NETCONF_RPC_ERROR: {
    status: 502,
    message: 'The device at {address} refused a request: {tag}.',
    remedy: 'See the log of the device; the tags are explained in RFC 6241, appendix A.',
  },

  // command line
  PORT_IN_USE: {
    status: 500,
    message: 'Port {port} on {host} is in use.',
    remedy: 'End the program that uses it, or choose another port.',
  },
  ADDRESS_UNUSABLE: {
    status: 500,
    message: 'Cannot listen on {host}:{port}: {reason}',
    remedy: 'Choose an address of this machine with --host.',
  },
  SERVER_UNREACHABLE: {
    status: 500,
    message: 'No Kamado answers at {endpoint}: {reason}',
    remedy: 'Start one with kamado up, or name it with --endpoint.',
  },
  SERVER_REFUSED: {
    status: 500,
    message: '{reason}',
    remedy: '{remedy}',
  },
  USAGE: {
    status: 400,
    message: '{reason}',
    remedy: 'See --help.',
  },
} as const satisfies { readonly [code: string]: CatalogueEntry };

/** The stable code of an error. */
export type ErrorCode = keyof typeof errorCatalogue;
