import type { Publication, PublicationPorts, Wanted } from './wanted.ts';

/**
 * Check run, artifact and signature of one run. All that does the work is loaded when there is something to do, and after
 * the mode has begun: a run does not start later for it.
 */
export function openPublication(wanted: Wanted, ports: PublicationPorts): Publication {
  let publisher: Promise<Publication> | undefined;
  const load = () => {
    publisher ??= import('./publisher.ts').then(({ createPublisher }) => createPublisher(wanted, ports));
    return publisher;
  };
  return {
    begin() {
      if (!wanted.checkRun) return;
      // What goes wrong here is heard of at the end.
      void load().then(
        (loaded) => loaded.begin(),
        () => {},
      );
    },
    async finish(proof, folder) {
      if (!wanted.checkRun && !wanted.artifact && !wanted.attest) return { events: [], notes: [] };
      try {
        return await (await load()).finish(proof, folder);
      } catch (error) {
        // A bug of ours must not turn what was proved into something else. Its message may hold anything.
        const { name } = error instanceof Error ? error : new Error();
        return { events: [{ published: 'none', problem: `ship-proof itself failed: ${name}` }], notes: [] };
      }
    },
  };
}
