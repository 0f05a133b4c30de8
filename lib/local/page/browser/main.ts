import { getPipelines } from './model/api.ts';
import { poll } from './parts/poll.ts';
import { Shell } from './shell/shell.ts';

/** Runs come to a server and end while a page of it is open. */
const everyMs = 2_000;

const shell = new Shell(document.body);

poll(async () => {
  const answer = await getPipelines();
  if (answer.ok) shell.offer(answer.value.pipelines);
  else shell.unheard();
}, everyMs);
