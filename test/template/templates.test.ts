import { freshetPipelineSuite } from './freshet-pipeline.ts';
import { mappingDetailsSuite } from './mapping-details.ts';
import { payloadsSuite } from './payloads.ts';
import { registrySuite } from './registry.ts';

// Tests of one file, for files are dealt out to processes, and each would load the CDK, which takes it seconds.
freshetPipelineSuite();
mappingDetailsSuite();
payloadsSuite();
registrySuite();
