import { describe, expect, it } from 'vitest';
import { functionVariables } from '../../../lib/local/run-environment.ts';

const variablesWith = (variables: Readonly<Record<string, string | undefined>>, log = 'sqlite:/state') =>
  functionVariables({
    environment: 'dev',
    platform: { FRESHET_LOG: log, FRESHET_STORE: 'sqlite:/state' },
    params: ['URL', 'TOKEN'],
    known: { URL: 'http://127.0.0.1:1' },
    variables: { TOKEN: 't', ...variables },
  });

describe('the environment of a function in the local run', () => {
  it('says where log and stores are, and what the action asks for', () => {
    expect(variablesWith({ UNASKED: 'x' })).toEqual({
      FRESHET_ENVIRONMENT: 'dev',
      FRESHET_LOG: 'sqlite:/state',
      FRESHET_STORE: 'sqlite:/state',
      FRESHET_REGISTRY: 'none',
      URL: 'http://127.0.0.1:1',
      TOKEN: 't',
    });
  });

  it('has no schema registry where none is given and only the player writes, which is JSON', () => {
    expect(variablesWith({ FRESHET_REGISTRY: '' })['FRESHET_REGISTRY']).toBe('none');
    expect(variablesWith({ FRESHET_REGISTRY: 'http://127.0.0.1:8081' })['FRESHET_REGISTRY']).toBe(
      'http://127.0.0.1:8081',
    );
    // A function that asks for one then says so at its cold start.
    expect(variablesWith({}, 'kafka:127.0.0.1:9092')['FRESHET_REGISTRY']).toBe('');
  });

  it('lacks a parameter that nobody knows', () => {
    expect(() => variablesWith({ TOKEN: undefined })).toThrow('TOKEN: got nothing');
  });
});
