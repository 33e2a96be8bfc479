import { CommandEnd, EXIT, type BuildView, type FrontendClient } from './frontend-client.js';

const LOOK_EACH_MS = 400;
const PATIENCE_MS = 60_000;

/** Prints each change of state until the build is over; returns the exit status. */
export async function followBuild(
  client: FrontendClient,
  first: BuildView,
  print: (line: string) => void,
): Promise<number> {
  const shown = new Map<string, string>();
  const show = (build: BuildView): void => {
    for (const { what, state } of statesOf(build)) {
      if (shown.get(what) !== state) print(`${clock()}  ${what.padEnd(22)} ${state}`);
      shown.set(what, state);
    }
  };
  let build = first;
  show(build);
  let lastAnswer = Date.now();
  while (!build.over) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EACH_MS));
    try {
      build = await client.build(String(first.id));
      lastAnswer = Date.now();
      show(build);
    } catch (error) {
      const isOut = error instanceof CommandEnd && error.status === EXIT.unreachable;
      if (!isOut || Date.now() - lastAnswer > PATIENCE_MS) throw error;
    }
  }
  return sayEnd(build, print);
}

function statesOf(build: BuildView): readonly { readonly what: string; readonly state: string }[] {
  const source = build.importError === null ? build.source.state : `${build.source.state} (${build.importError})`;
  return [
    { what: 'source', state: source },
    ...build.chroots.map((chroot) => ({
      what: chroot.name,
      state: chroot.reason === null ? chroot.state : `${chroot.state} (${chroot.reason})`,
    })),
  ];
}

function clock(): string {
  return new Date().toTimeString().slice(0, 8);
}

function sayEnd(build: BuildView, print: (line: string) => void): number {
  const title = [build.package, build.version].filter((part) => part !== null).join(' ');
  print(`${clock()}  build ${build.id}${title === '' ? '' : ` (${title})`}: ${build.state}`);
  for (const chroot of build.chroots) {
    if (chroot.resultUrl !== null) print(`results: ${chroot.resultUrl}`);
  }
  if (build.state !== 'succeeded') {
    const failed = [build.source, ...build.chroots].find((task) => task.state === 'failed');
    if (failed?.resultUrl !== undefined && failed.resultUrl !== null) {
      print(`what the builder said: ${failed.resultUrl}builder-live.log`);
    }
    return EXIT.failed;
  }
  for (const chroot of build.chroots.filter((candidate) => candidate.state === 'succeeded')) {
    print(`repository: curl -o copr.repo ${chroot.repoFileUrl}`);
  }
  return EXIT.succeeded;
}
