// A hundred mistakes as they are typed: each is told its cause and the next step, ends with 2, and shows no stack.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { runProgram } from '../../cli/program.ts';
import { StandIn, SUBSCRIPTION, TOKEN } from './stand-in.ts';
import { succeeding } from './scripts.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kiln-wrong-'));
const server = new StandIn(succeeding);
const home = process.cwd();
const SETTINGS = ['KILN_ENDPOINT', 'KILN_TOKEN', 'KILN_SUBSCRIPTION', 'KILN_RESOURCE_GROUP', 'KILN_DATA'];
const kept = SETTINGS.map((name) => [name, process.env[name]] as const);

before(async () => {
  process.env['KILN_ENDPOINT'] = await server.listen();
  Object.assign(process.env, {
    KILN_TOKEN: TOKEN,
    KILN_SUBSCRIPTION: SUBSCRIPTION,
    KILN_RESOURCE_GROUP: 'images',
  });
  delete process.env['KILN_DATA'];
  process.chdir(folder);
  mkdirSync('sub');
  const step = (scriptUri: string): string =>
    JSON.stringify({ properties: { customize: [{ type: 'Shell', name: 's', scriptUri }] } });
  for (const [name, content] of Object.entries({
    'ok.json': '{"properties": {}}',
    'var.json': '{"properties": {"x": "{{region}}"}}',
    'cut.json': '{"properties": ',
    'text.json': '"text"',
    'list.json': '[]',
    'empty.json': '',
    'packer.json': '{"builders": []}',
    'azuredeploy.json': '{"resources": []}',
    'main.bicep': 'param location string\n',
    'web.pkr.hcl': 'source "azure-arm" "web" {}\n',
    'main.tf': 'resource "azapi_resource" "x" {}\n',
    't.yaml': 'location: westeurope\n',
    'name.json': '{"name": "a b", "properties": {}}',
    'noscript.json': step('./none.sh'),
    'folder.json': step('./sub'),
    'outside.json': step('../x.sh'),
    'large.json': step('./large.bin'),
    'large.bin': '',
    'request.json': '{"reason": "x"}',
    'bom.json': '\uFEFF{"properties": ',
    'program.json': '\u007FELF\u0002\u0001\u0000\u0000',
  }))
    writeFileSync(name, content);
  writeFileSync('utf16.json', '\uFEFF{"properties": {}}', 'utf16le');
  symlinkSync('round.json', 'round.json');
  truncateSync('large.bin', 21 * 1024 * 1024);
});

after(async () => {
  process.chdir(home);
  for (const [name, value] of kept) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What is typed, and words of the cause and of the way out, in this order. */
const MISTAKES: readonly (readonly [typed: string, told: RegExp])[] = [
  ['bild', /unknown command 'bild'[\s\S]*build[\s\S]*kiln --help/],
  ['', /Usage: kiln/],
  ['--nope', /unknown option '--nope'[\s\S]*kiln --help/],
  ['build', /missing required argument 'file'[\s\S]*kiln build --help/],
  ['build ok.json more', /too many arguments[\s\S]*kiln build --help/],
  ['build ok.json --wiat', /unknown option[\s\S]*--wait[\s\S]*kiln build --help/],
  ['build ok.json --var', /argument missing[\s\S]*kiln build --help/],
  ['build ok.json --var foo', /not of the form name=value/],
  [
    'build ok.json --var foo=bar',
    /Nothing in the template asks for --var foo[\s\S]*remedy.*no {{placeholder}}/,
  ],
  ['build var.json --var regoin=x --var region=y', /--var regoin[\s\S]*remedy.*{{region}}/],
  ['build var.json', /asks for {{region}}[\s\S]*--var region=VALUE/],
  ['build none.json', /There is no file none\.json[\s\S]*remedy/],
  ['build sub', /sub is a folder[\s\S]*remedy/],
  ['build cut.json', /cut\.json is not JSON/],
  ['build empty.json', /empty\.json is not JSON/],
  ['build text.json', /holds no JSON object/],
  ['build list.json', /holds no JSON object/],
  ['build packer.json', /Packer template[\s\S]*kiln import/],
  ['build azuredeploy.json', /ARM deployment[\s\S]*kiln import/],
  ['build main.bicep', /Bicep[\s\S]*az bicep build/],
  ['build web.pkr.hcl', /HCL[\s\S]*migrate\.md/],
  ['build main.tf', /Terraform[\s\S]*remedy/],
  ['build t.yaml', /YAML[\s\S]*yq/],
  ['build name.json', /cannot be a template name/],
  ['build ok.json --name a/b', /cannot be a template name/],
  ['build noscript.json', /none\.sh/],
  ['build folder.json', /sub/],
  ['build outside.json', /x\.sh/],
  ['build large.json', /large\.bin has 21\.0 MiB, and a step takes 20\.0 MiB at most[\s\S]*remedy/],
  ['build ok.json --endpoint nothing', /not an http or https URL/],
  ['build ok.json --endpoint ftp://kiln.test', /not an http or https URL/],
  ['build ok.json --endpoint http://kiln.test', /unencrypted[\s\S]*https/],
  ['import', /missing required argument[\s\S]*kiln import --help/],
  ['import none.json', /There is no file none\.json[\s\S]*remedy/],
  ['import sub', /is a folder[\s\S]*remedy/],
  ['import main.bicep', /Bicep[\s\S]*az bicep build/],
  ['import web.pkr.hcl', /HCL[\s\S]*remedy/],
  ['import ok.json -o /proc/x.json', /\/proc\/x\.json cannot be used[\s\S]*remedy/],
  ['import ok.json -o /proc/a/b.json', /\/proc\/a cannot be used[\s\S]*remedy/],
  ['import ok.json -o ok.json/x.json', /ok\.json\/x\.json cannot be used.*ENOTDIR[\s\S]*remedy/],
  ['import ok.json --parameters none.json', /There is no file[\s\S]*remedy/],
  ['import ok.json --param x', /not of the form name=value/],
  ['local --machines foo', /Allowed choices are qemu, simulated, auto[\s\S]*kiln local --help/],
  ['local --host foo', /Allowed choices are embedded, core-tools[\s\S]*kiln local --help/],
  ['local --port x', /A port is a number[\s\S]*kiln local --help/],
  ['local --amqp-port 70000', /A port is a number[\s\S]*kiln local --help/],
  ['local --data /proc/foo', /\/proc\/foo cannot be used[\s\S]*remedy/],
  ['local --data ok.json/x', /cannot be used.*ENOTDIR[\s\S]*remedy/],
  ['local --profile none.json', /none\.json cannot be used[\s\S]*remedy/],
  ['demo --machines foo', /Allowed choices are auto, simulated[\s\S]*kiln demo --help/],
  ['runs --wait', /--wait needs --active[\s\S]*kiln runs --active --wait/],
  ['runs nosuch', /ResourceNotFound/],
  ['show', /missing required argument 'run'[\s\S]*kiln show --help/],
  ['show web', /There is no run "web"[\s\S]*kiln runs/],
  ['show web/ffff', /There is no run[\s\S]*kiln runs/],
  ['logs web', /There is no run[\s\S]*kiln runs/],
  ['retry web', /There is no run[\s\S]*kiln runs/],
  ['cancel', /missing required argument[\s\S]*kiln cancel --help/],
  ['cancel nosuch', /ResourceNotFound/],
  ['delete nosuch', /There is no template nosuch[\s\S]*remedy/],
  ['download web', /missing required argument 'output'[\s\S]*kiln download --help/],
  ['download web vhd -o /nonexist/x.vhd', /\/nonexist\/x\.vhd\.part cannot be used[\s\S]*remedy/],
  ['send none.json --service-bus kiln.servicebus.windows.net', /none\.json/],
  ['send request.json --service-bus Endpoint=sb://x', /not a Service Bus namespace[\s\S]*host name/],
  ['dlq nope', /unknown command 'nope'[\s\S]*kiln dlq --help/],
  ['dlq resubmit', /No message is named[\s\S]*kiln dlq list/],
  ['build program.json', /program\.json is no text[\s\S]*remedy/],
  ['build utf16.json', /utf16\.json is UTF-16[\s\S]*remedy.*UTF-8/],
  ['build bom.json', /bom\.json is not JSON/],
  ['build round.json', /round\.json cannot be used.*circle[\s\S]*remedy/],
  ['import program.json', /program\.json is no text[\s\S]*remedy/],
  ['send utf16.json --service-bus kiln.servicebus.windows.net', /utf16\.json is UTF-16[\s\S]*remedy.*UTF-8/],
  ['show ..', /"\.\." cannot be the name of a template[\s\S]*remedy/],
  ['delete .. --yes', /"\.\." cannot be the name of a template[\s\S]*remedy/],
  ["show ''", /"" cannot be the name of a template[\s\S]*remedy.*variable that is not set/],
  ["delete '' --yes", /"" cannot be the name of a template[\s\S]*remedy/],
  ['cancel *', /"\*" cannot be the name of a template[\s\S]*remedy/],
  ['logs "', /cannot be the name of a template[\s\S]*remedy/],
  ['show /subscriptions/x', /is not the id of an image template[\s\S]*remedy.*imageTemplates\/NAME/],
  ['drain of', /too many arguments|unknown command/],
  ['build ok.json --until usable', /--until usable needs --wait[\s\S]*remedy.*--wait --until usable/],
  ['build ok.json --wait --until later', /Allowed choices are end, usable[\s\S]*kiln build --help/],
  ['import ok.json --name ..', /"\.\." cannot be the name of a template[\s\S]*remedy/],
  ['keep web --for 90d', /Write hours and minutes, such as 24h, 90m or 1h30m[\s\S]*kiln keep --help/],
  ['keep web --for h', /Write hours and minutes[\s\S]*kiln keep --help/],
  ['keep web', /There is no run[\s\S]*kiln runs/],
  ['release web', /There is no run[\s\S]*kiln runs/],
  ['verify web', /--key FILE[\s\S]*remedy/],
  ['verify none.vhd', /There is no file none\.vhd[\s\S]*remedy.*kiln download/],
  ['verify web --key none.pem', /none\.pem cannot be used[\s\S]*remedy/],
  ['verify web --key ok.json', /no public key[\s\S]*remedy/],
  ['sbom', /missing required argument 'image'[\s\S]*kiln sbom --help/],
  ['sbom web --format xml', /Allowed choices are cyclonedx, spdx[\s\S]*kiln sbom --help/],
  ['sbom web@', /"web@" has no version after the @[\s\S]*remedy.*web@1\.0\.0/],
  ['sbom web@9', /No run of web has made a version 9[\s\S]*remedy.*kiln show web/],
  ['diff', /missing required argument 'from'[\s\S]*kiln diff --help/],
  ['diff web@7', /No run of web has made a version 7[\s\S]*remedy/],
  ['find', /missing required argument 'package'[\s\S]*kiln find --help/],
  ['trends', /missing required argument 'template'[\s\S]*kiln trends --help/],
  ['trends web more', /too many arguments[\s\S]*kiln trends --help/],
  ['trends *', /"\*" cannot be the name of a template[\s\S]*remedy/],
  ['revisions ..', /cannot be the name of a template[\s\S]*remedy/],
  ['revisions web 1 2 3', /too many arguments[\s\S]*kiln revisions --help/],
  ["audit ''", /"" cannot be the name of a template[\s\S]*remedy/],
  ['audit --limit 0', /Write a number from 1[\s\S]*kiln audit --help/],
  ['audit --from 2026-11-30 --to 2026-11-01', /--from 2026-11-30 is not before --to[\s\S]*remedy/],
  ['access', /Usage: kiln access/],
  ['access check a', /missing required argument 'action'[\s\S]*kiln access check --help/],
  ['vulns web --fail-on huge', /Allowed choices are negligible[\s\S]*kiln vulns --help/],
  ['checks', /missing required argument[\s\S]*kiln checks --help/],
  ['doctor more', /too many arguments[\s\S]*kiln doctor --help/],
  ['drain on --reason', /argument missing[\s\S]*kiln drain on --help/],
  ['dlq show', /missing required argument[\s\S]*kiln dlq show --help/],
  ['dlq discard', /No message is named[\s\S]*kiln dlq list/],
  ['open web@', /has no version after the @[\s\S]*remedy/],
];

test('there are a hundred of them and more', () => {
  assert.ok(new Set(MISTAKES.map(([typed]) => typed)).size >= 100);
});

for (const [typed, told] of MISTAKES)
  test(`kiln ${typed}`, async (t) => {
    let said = '';
    const take = (text: string): boolean => {
      said += text;
      return true;
    };
    const stderr = t.mock.method(process.stderr, 'write', take);
    const before = process.exitCode;
    const code = await runProgram(
      typed === '' ? [] : typed.split(' ').map((word) => (word === "''" ? '' : word)),
    );
    process.exitCode = before;
    stderr.mock.restore();
    assert.equal(code, 2, said);
    assert.match(said, told);
    assert.match(said, /\nremedy |--help|Usage:/, 'a next step');
    assert.doesNotMatch(said, /\n +at \S+ \(|node:internal/);
  });
