import { parentPort } from 'node:worker_threads';
import { createAnswering } from './answering.ts';
import type { Question } from './questions.ts';

/** The entry of the thread: one question in, one reply out. `scripts/dist.ts` makes one file of it. */
const answer = createAnswering();
parentPort?.on('message', (question: Question) => parentPort?.postMessage(answer(question)));
parentPort?.postMessage('ready');
