import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDynamoDb, type DynamoStores } from '../../lib/adapters/dynamodb/dynamodb.ts';
import { openKafka, type Kafka } from '../../lib/adapters/kafka/kafka.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import { tableNames } from '../../lib/core/contract/tables.ts';
import { topicIn, type StageName } from '../../lib/core/contract/resolved.ts';
import { namesIn, stageSource, type SourceNames } from '../../lib/core/contract/stage-sources.ts';
import { epochMsOf } from '../../lib/core/units.ts';
import { seededRandom } from '../../lib/core/seeded-random.ts';
import { localEnvironment } from '../../lib/local/pipeline-choice.ts';
import { localCredentials, localRegion } from '../services/dynamodb-local.ts';
import { freePorts } from '../services/free-ports.ts';
import type { Evidence } from '../support/evidence.ts';
import { startActsReceiver, type ActsReceiver } from './acts-receiver.ts';
import { DynamoDbProxy } from './dynamodb-proxy.ts';
import { Emulator } from './emulator.ts';
import { EventProducer } from './event-producer.ts';
import type { FaultServices } from './fault-services.ts';
import { commitsOf, gatherEvidence } from './gather-evidence.ts';
import { copyPipeline, type PipelineCopy, type Variant } from './pipeline-copy.ts';
import { isMetWithin } from './waiting.ts';

const patienceMs = 30_000;

/** Nothing came for so long: nothing comes. */
const restMs = 1_500;

/** What goes on and on is stuck, too. */
const longestMs = 300_000;

interface Parts {
  readonly services: FaultServices;
  readonly variant: Variant;
  readonly random: () => number;
  readonly copy: PipelineCopy;
  readonly receiver: ActsReceiver;
  readonly dynamodb: DynamoDbProxy;
  readonly kafka: Kafka;
  readonly stores: DynamoStores;
}

/** A pipeline of its own on real services: who sends to it, who runs it, whom it acts on, and what came of it. */
export class Stream {
  readonly #parts: Parts;
  readonly producer: EventProducer;
  readonly #emulators: Emulator[] = [];
  readonly #folders: string[] = [];
  #judged: Evidence | undefined;

  private constructor(parts: Parts) {
    this.#parts = parts;
    const { kafka, random } = parts;
    this.producer = new EventProducer(kafka.log, this.namesOf('features').source, random);
  }

  static async open(services: FaultServices, name: string, seed: number, variant: Variant): Promise<Stream> {
    const copy = await copyPipeline(name, variant);
    const dynamodb = await DynamoDbProxy.start(services.dynamodb.endpoint);
    const random = seededRandom(seed);
    dynamodb.random = random;
    const tables = Object.fromEntries(
      tableNames.map((table) => [table, `${localEnvironment}-${name}-${table}`]),
    );
    return new Stream({
      services,
      variant,
      random,
      copy,
      receiver: await startActsReceiver(),
      dynamodb,
      kafka: openKafka({ bootstrap: [services.broker.bootstrap], clientId: name, clock: systemClock }),
      stores: openDynamoDb({
        endpoint: services.dynamodb.endpoint,
        region: localRegion,
        credentials: localCredentials,
        clock: systemClock,
        deadline: () => epochMsOf(Date.now() + patienceMs),
        tables,
        historyMs: {},
      }),
    });
  }

  get pipeline(): string {
    return this.#parts.copy.name;
  }

  get services(): FaultServices {
    return this.#parts.services;
  }

  get kafka(): Kafka {
    return this.#parts.kafka;
  }

  /** Between the pipeline, and nobody else, and DynamoDB. */
  get dynamodb(): DynamoDbProxy {
    return this.#parts.dynamodb;
  }

  get requests(): Evidence['requests'] {
    return this.#parts.receiver.requests;
  }

  /** A whole number from `least` to `most`; the same ones for the same seed. */
  chance(least: number, most: number): number {
    return least + Math.floor(this.#parts.random() * (most - least + 1));
  }

  /** Topic, group and dead-letter topic of a stage. */
  namesOf(stage: StageName): SourceNames {
    return namesIn(localEnvironment, stageSource(this.#parts.copy.contract, stage));
  }

  /** The topic that action writes to. */
  get outcomes(): string {
    return topicIn(localEnvironment, this.#parts.copy.contract.outcomes);
  }

  /** A state folder for an emulator. */
  folder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'freshet-faults-'));
    this.#folders.push(folder);
    return folder;
  }

  /** Starts an emulator; several may run side by side, each in a state folder of its own. */
  async start(state: string): Promise<Emulator> {
    const { copy, services, dynamodb, receiver } = this.#parts;
    const [pagePort = 0] = await freePorts(1);
    const emulator = new Emulator({
      pipeline: copy.name,
      functions: copy.functions,
      state,
      bootstrap: services.kafka.address,
      dynamodb: dynamodb.endpoint,
      env: { ACTS_URL: receiver.url },
      pagePort,
    });
    this.#emulators.push(emulator);
    await emulator.started();
    return emulator;
  }

  /** At once, and all that run. */
  killEmulators(): void {
    for (const emulator of this.#emulators) emulator.signal('SIGKILL');
  }

  /** What is committed of each partition, of all stages or of one. */
  async commits(of?: StageName): Promise<Evidence['commits']> {
    const commits = await commitsOf({ contract: this.#parts.copy.contract, ...this.#parts.kafka });
    return of === undefined ? commits : commits.filter(({ stage }) => stage === of);
  }

  /**
   * Waits until every stage has processed all that it has to, and nothing more comes, or until it stands still before that; the
   * evidence says which. What one stage has just finished is the next one's work, and a worker that stood still may yet emit
   * once more.
   *
   * @param stillMs - without a commit or a request for so long it stands still: a slow machine goes on, slowly
   */
  async settled(stillMs = 90_000): Promise<void> {
    let seen = '';
    let since = performance.now();
    await isMetWithin(longestMs, async () => {
      const commits = await this.commits().catch(() => []);
      const isDone = commits.length > 0 && commits.every(({ committed, end }) => committed === end);
      const now = JSON.stringify([commits, this.requests.length]);
      if (now !== seen) since = performance.now();
      seen = now;
      return performance.now() - since >= (isDone ? restMs : stillMs);
    });
  }

  /** What is judged instead of what there is in the end: that is no more what it was. */
  judge(evidence: Evidence): void {
    this.#judged = evidence;
  }

  get judged(): Evidence | undefined {
    return this.#judged;
  }

  async evidence(): Promise<Evidence> {
    const { copy, kafka, stores, receiver, variant } = this.#parts;
    return {
      policy: variant.policy,
      sent: this.producer.sent,
      requests: [...receiver.requests],
      ...(await gatherEvidence({ contract: copy.contract, ...kafka, stores })),
    };
  }

  /** What emulators and functions wrote, for whoever looks for a reason. */
  get output(): string {
    const logs = this.#folders.map((folder) => join(folder, 'functions.log')).filter(existsSync);
    return [
      ...this.#emulators.map(({ output }) => output.replaceAll(/^.* UTC \| .*\n/gm, '')),
      ...logs.map((log) => readFileSync(log, 'utf8')),
    ]
      .map((text) => text.slice(-4_000))
      .join('\n── next\n');
  }

  async close(): Promise<void> {
    const { copy, receiver, dynamodb, kafka, stores } = this.#parts;
    await Promise.all(
      this.#emulators.map((emulator) => {
        emulator.signal('SIGCONT');
        return emulator.kill();
      }),
    );
    kafka.close();
    stores.close();
    await Promise.all([receiver.close(), dynamodb.close()]);
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
    copy.remove();
  }
}
