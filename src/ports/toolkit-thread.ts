import { parentPort, workerData } from 'node:worker_threads';
import type { ToolkitReply, ToolkitTask } from './toolkit.ts';

type Value = Readonly<Record<string, unknown>>;

/** In the toolkit's thread: does the task that it was started with. */
export async function toolkitThread(): Promise<void> {
  parentPort?.postMessage(await perform(workerData as ToolkitTask));
}

async function perform(task: ToolkitTask): Promise<ToolkitReply> {
  try {
    return { ok: true, value: await outcomeOf(task) };
  } catch (error) {
    const { name, message, cause } = error instanceof Error ? error : new Error(String(error));
    // Some of its packages say in the cause what went wrong.
    return { ok: false, name, message: cause instanceof Error ? `${message}: ${cause.message}` : message };
  }
}

async function outcomeOf(task: ToolkitTask): Promise<Value> {
  switch (task.kind) {
    case 'upload-artifact':
      return uploadArtifact(task);
    case 'attest':
      return attest(task);
  }
}

/** Several steps of a job, and the jobs of a matrix, ask for the same name; a run has each name once. */
const MAX_NAMES = 20;

async function uploadArtifact(task: ToolkitTask & { kind: 'upload-artifact' }): Promise<Value> {
  const { DefaultArtifactClient } = await import('@actions/artifact');
  const client = new DefaultArtifactClient();
  const { retentionDays } = task;
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? task.name : `${task.name}-${n}`;
    try {
      const options = retentionDays === undefined ? {} : { retentionDays };
      const { id } = await client.uploadArtifact(name, [...task.files], task.root, options);
      return { name, id };
    } catch (error) {
      const taken = error instanceof Error && /\(409\)|already exists/i.test(error.message);
      if (!taken || n === MAX_NAMES) throw error;
    }
  }
}

async function attest(task: ToolkitTask & { kind: 'attest' }): Promise<Value> {
  const { attest: sign } = await import('@actions/attest');
  const { bundle, certificate } = await sign({
    subjects: [{ name: task.subject.name, digest: { sha256: task.subject.sha256 } }],
    predicateType: task.predicateType,
    predicate: task.predicate,
    token: task.token,
  });
  return { bundle, certificate };
}
