/** Runs a script; a failure is one line and exit code 1, no stack trace. */
export async function runScript(task) {
  try {
    await task();
  } catch (error) {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
