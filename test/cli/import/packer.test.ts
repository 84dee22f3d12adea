import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { importDocument } from '../../../cli/import/import-file.ts';
import { parseTemplate } from '../../../shared/template/parse.ts';
import { NEWEST } from '../../../shared/template/versions/all.ts';
import { REF } from '../../support/sample-templates.ts';
import { fill } from './fill.ts';

const read = (document: unknown, parameters: Record<string, string> = {}) =>
  importDocument(document, { parameters, fallbackName: 'web', file: (name) => `./${name}` });

const linux = {
  variables: {
    group: 'images',
    prefix: 'web-{{user `group`}}',
    client_id: '{{env `ARM_CLIENT_ID`}}',
    secret: '',
  },
  builders: [
    {
      type: 'azure-arm',
      client_id: '{{user `client_id`}}',
      client_secret: '{{user `secret`}}',
      os_type: 'Linux',
      image_publisher: 'Canonical',
      image_offer: '0001-com-ubuntu-server-jammy',
      image_sku: '22_04-lts',
      location: 'West Europe',
      vm_size: 'Standard_D2s_v5',
      os_disk_size_gb: 64,
      ssh_username: 'packer',
      managed_image_name: '{{user `prefix`}}',
      managed_image_resource_group_name: '{{user `group`}}',
      shared_image_gallery_destination: {
        resource_group: '{{user `group`}}',
        gallery_name: 'goldens',
        image_name: 'web',
        image_version: '{{isotime `2006.01.02`}}',
        replication_regions: ['westeurope', 'northeurope'],
      },
      azure_tags: { team: 'web' },
      spot: { eviction_policy: 'Deallocate' },
    },
    { type: 'amazon-ebs' },
  ],
  provisioners: [
    {
      type: 'shell',
      inline: ['apt-get update', "echo it's {{`{{`}}"],
      environment_vars: ['DEBIAN_FRONTEND=noninteractive', "Q=it's"],
    },
    {
      type: 'shell',
      scripts: ['scripts/a.sh', 'scripts/b.sh'],
      execute_command: "chmod +x {{ .Path }}; sudo sh -c '{{ .Path }}'",
    },
    { type: 'file', source: 'files/motd', destination: '/etc/motd' },
    { type: 'file', source: 'files/', destination: '/opt/' },
    { type: 'shell', only: ['amazon-ebs'], inline: ['never'] },
    { type: 'ansible', playbook_file: 'site.yml' },
    { type: 'shell', inline: ['/usr/sbin/waagent -force -deprovision+user && export HISTSIZE=0 && sync'] },
  ],
  'post-processors': [{ type: 'manifest' }],
};

test('a Packer template for Linux becomes a template that the API accepts, with every difference told', () => {
  const imported = read(linux);
  const [one] = imported.templates;
  assert.ok(one);
  const group = '/subscriptions/{{subscription}}/resourceGroups/images/providers/Microsoft.Compute';
  assert.deepEqual(one.template, {
    name: 'web',
    location: 'West Europe',
    properties: {
      source: {
        type: 'PlatformImage',
        publisher: 'Canonical',
        offer: '0001-com-ubuntu-server-jammy',
        sku: '22_04-lts',
        version: 'latest',
      },
      customize: [
        {
          type: 'Shell',
          environment: { DEBIAN_FRONTEND: 'noninteractive', Q: "it's" },
          inline: ['apt-get update', "echo it's {{{{"],
        },
        { type: 'Shell', scriptUri: './scripts/a.sh' },
        { type: 'Shell', scriptUri: './scripts/b.sh' },
        { type: 'File', sourceUri: './files/motd', destination: '/etc/motd' },
      ],
      distribute: [
        {
          type: 'ManagedImage',
          runOutputName: 'web-images',
          imageId: `${group}/images/web-images`,
          location: 'West Europe',
          artifactTags: { team: 'web' },
        },
        {
          type: 'SharedImage',
          runOutputName: 'web',
          galleryImageId: `${group}/galleries/goldens/images/web/versions/{{image_version}}`,
          artifactTags: { team: 'web' },
          targetRegions: [{ name: 'westeurope' }, { name: 'northeurope' }],
        },
      ],
      vmProfile: { vmSize: 'Standard_D2s_v5', osDiskSizeGB: 64 },
    },
  });
  const told = imported.notes
    .map(({ level, pointer, message }) => `${level} ${pointer} ${message}`)
    .join('\n');
  for (const line of [
    /^untranslated \/builders\/1 The builder "amazon-ebs"/m,
    /^untranslated \/builders\/0\/spot /m,
    /^left-out \/builders\/0\/client_secret Kiln signs in/m,
    /^left-out \/builders\/0\/ssh_username .*no SSH/m,
    /^left-out \/provisioners\/1\/execute_command Steps run as root/m,
    /^untranslated \/provisioners\/3 "files\/" is a folder/m,
    /^untranslated \/provisioners\/5 The provisioner "ansible"/m,
    /^left-out \/provisioners\/6\/inline Kiln generalizes/m,
    /^untranslated \/post-processors\/0 /m,
    /^changed \/provisioners\/0 Packer ran it as the account of the SSH/m,
    /^open \/builders\/0\/shared_image_gallery_destination\/image_version .*differs with each build/m,
  ])
    assert.match(told, line);
  // Local files are uploaded by `kiln build`, which makes addresses of them.
  const filled = JSON.stringify(fill(one.template).template).replaceAll('"./', '"https://example.com/');
  const { name: _name, ...body } = JSON.parse(filled) as Record<string, unknown>;
  const parsed = parseTemplate(body, NEWEST, REF);
  assert.equal(parsed.ok, true, JSON.stringify(parsed.ok || parsed.failures));
});

test('a Packer template for Windows keeps elevation, restarts and updates', () => {
  const imported = read(
    {
      variables: { version: '' },
      builders: [
        {
          type: 'azure-arm',
          os_type: 'Windows',
          location: 'westeurope',
          communicator: 'winrm',
          shared_image_gallery: {
            subscription: 'sub',
            resource_group: 'rg',
            gallery_name: 'g',
            image_name: 'base',
          },
          virtual_network_name: 'net',
          virtual_network_subnet_name: 'build',
          virtual_network_resource_group_name: 'network',
          capture_name_prefix: 'win',
        },
      ],
      provisioners: [
        {
          type: 'powershell',
          inline: ['Install-Thing {{user `version`}}'],
          elevated_user: 'SYSTEM',
          elevated_password: '',
          valid_exit_codes: [0, 3010],
        },
        { type: 'windows-restart', restart_timeout: '10m' },
        {
          type: 'windows-update',
          search_criteria: 'IsInstalled=0',
          filters: ['include:$true'],
          update_limit: 25,
        },
        {
          type: 'powershell',
          inline: ['& $env:SystemRoot\\System32\\Sysprep\\Sysprep.exe /oobe /generalize /quiet /quit'],
        },
      ],
    },
    { version: '9' },
  );
  const { properties } = imported.templates[0]!.template as { properties: Record<string, unknown> };
  assert.deepEqual(properties['customize'], [
    {
      type: 'PowerShell',
      runElevated: true,
      runAsSystem: true,
      validExitCodes: [0, 3010],
      inline: ['Install-Thing 9'],
    },
    { type: 'WindowsRestart', restartTimeout: '10m' },
    { type: 'WindowsUpdate', searchCriteria: 'IsInstalled=0', filters: ['include:$true'], updateLimit: 25 },
  ]);
  assert.deepEqual(properties['source'], {
    type: 'SharedImageVersion',
    imageVersionId:
      '/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Compute/galleries/g/images/base/versions/latest',
  });
  assert.match(
    JSON.stringify(properties['vmProfile']),
    /network\/providers\/Microsoft\.Network\/virtualNetworks\/net\/subnets\/build/,
  );
  assert.deepEqual(imported.open, []);
  assert.deepEqual(
    imported.notes.filter(({ level }) => level === 'untranslated'),
    [],
  );
});

const packer = (provisioners: readonly object[], builder: object = {}, more: object = {}) => {
  const base = { type: 'azure-arm', os_type: 'Linux', location: 'westeurope', managed_image_name: 'i' };
  const names = {
    image_publisher: 'p',
    image_offer: 'o',
    image_sku: 's',
    managed_image_resource_group_name: 'g',
  };
  const imported = importDocument(
    { ...more, builders: [{ ...base, ...names, ...builder }], provisioners },
    {
      parameters: {},
      fallbackName: 'web',
      file: (name) => `./${path.join('.', name)}`,
      local: {
        kind: (name) => (name === 'app' ? 'folder' : 'file'),
        text: (name) => (name.endsWith('sysprep.ps1') ? '& Sysprep.exe /oobe /generalize /quit' : 'echo'),
      },
    },
  );
  const properties = imported.templates[0]?.template['properties'] as Record<string, any>;
  return {
    ...imported,
    properties,
    steps: properties['customize'] as Record<string, unknown>[],
    levels: new Set(imported.notes.map(({ level }) => level)),
    told: imported.notes.map(({ level, message }) => `${level} ${message}`).join('\n'),
  };
};

test('a step that generalizes is left out with the wait for it, and what comes before it stays', () => {
  const windows = [
    '& $env:SystemRoot\\System32\\Sysprep\\Sysprep.exe /oobe /generalize /quiet /quit',
    "while($true) { $s = Get-ItemProperty HKLM:\\SOFTWARE\\…\\State | Select ImageState; if($s.ImageState -ne 'IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE') { Start-Sleep -s 10 } else { break } }",
  ];
  const left = packer([{ type: 'powershell', inline: ['Write-Host hi', ...windows] }]);
  assert.deepEqual(
    left.steps.map(({ inline }) => inline),
    [['Write-Host hi']],
  );
  assert.ok(!left.levels.has('untranslated'), left.told);
  assert.deepEqual(packer([{ type: 'powershell', inline: windows }]).steps, []);

  const chained = packer([
    { type: 'shell', inline: ['apt-get clean && rm -rf /x && waagent -force -deprovision+user && sync'] },
  ]);
  assert.deepEqual(
    chained.steps.map(({ inline }) => inline),
    [['apt-get clean && rm -rf /x']],
  );
  assert.match(chained.told, /left-out .*waagent -force -deprovision\+user/);

  const after = packer([
    { type: 'shell', inline: ['waagent -deprovision', 'curl -d done https://example.com'] },
  ]);
  assert.match(after.told, /untranslated .*curl -d done/);
  const script = packer([{ type: 'powershell', script: 'sysprep.ps1' }]);
  assert.match(script.told, /untranslated sysprep\.ps1 generalizes/);
});

test('whatever is left of a step after generalizing is told, and nothing before it is lost', () => {
  const before = fc.constantFrom('apt-get clean', 'rm -rf /x', 'echo "a;b"', 'touch /y');
  const line = fc.oneof(before, fc.constantFrom('waagent -deprovision+user', 'sync', 'curl https://e.com'));
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), (inline) => {
      const { steps, told } = packer([{ type: 'shell', inline }]);
      const at = inline.findIndex((one) => one.startsWith('waagent'));
      const kept = at === -1 ? inline : inline.slice(0, at);
      assert.deepEqual(steps[0]?.['inline'] ?? [], kept);
      for (const lost of at === -1 ? [] : inline.slice(at + 1)) assert.ok(told.includes(lost), lost);
    }),
  );
});

test('lines run under the interpreter that Packer gave them', () => {
  const bash = packer([{ type: 'shell', inline_shebang: '/bin/bash -e', inline: ["a=(one two); echo 'x'"] }]);
  assert.deepEqual(bash.steps[0]?.['inline'], [
    "exec /bin/bash -e -c '",
    String.raw`a=(one two); echo '\''x'\''`,
    "'",
  ]);
  const loose = packer([
    {
      type: 'shell',
      inline_shebang: '/bin/sh -x',
      execute_command: "chmod +x {{ .Path }}; {{ .Vars }} sudo -E sh '{{ .Path }}'",
      inline: ['grep -q nothing /etc/hostname', 'echo went on'],
    },
  ]);
  assert.match(JSON.stringify(loose.steps[0]), /"inline":\["exec \/bin\/sh -c '"/);
  const other = packer([
    { type: 'shell', execute_command: 'sudo -u postgres -H bash -l {{ .Path }}', script: 'a.sh' },
    {
      type: 'shell',
      execute_command: 'sudo -E bash -eux -o pipefail {{ .Path }} --role web',
      script: 'a.sh',
    },
  ]);
  assert.deepEqual(
    [other.steps[0]?.['runAs'], other.steps[1]?.['arguments']],
    ['postgres', ['--role', 'web']],
  );
  assert.match(other.told, /untranslated .*"-eux -o pipefail"/);
});

test('files go where Packer would put them, or are told', () => {
  const { steps, told } = packer(
    [
      { type: 'shell', script: '{{template_dir}}/scripts/x.sh', max_retries: 2, timeout: '5m' },
      { type: 'file', source: '{{template_dir}}/../a.txt', destination: '/tmp/' },
      { type: 'file', sources: ['b.txt', 'c.txt'], destination: '/opt/' },
      { type: 'file', source: 'app', destination: '/opt/app' },
      { type: 'file', source: 'd.txt', destination: '~/d.txt' },
    ],
    {},
  );
  const where = steps.map(({ scriptUri, sourceUri, destination }) => [scriptUri ?? sourceUri, destination]);
  assert.deepEqual(where, [
    ['./scripts/x.sh', undefined],
    ['./../a.txt', '/tmp/a.txt'],
    ['./b.txt', '/opt/b.txt'],
    ['./c.txt', '/opt/c.txt'],
  ]);
  assert.deepEqual([steps[0]?.['retry'], steps[0]?.['timeout']], [{ attempts: 3 }, '5m']);
  assert.match(told, /untranslated "app" is a folder/);
  assert.match(told, /untranslated The destination "~\/d\.txt"/);
});

test('galleries of others, regions, replicas and tags of a target keep what Packer did', () => {
  const source = { community_gallery_image_id: '/CommunityGalleries/g-1/Images/web' };
  const { properties, told } = packer([], {
    shared_image_gallery: source,
    shared_image_gallery_destination: {
      resource_group: 'rg',
      gallery_name: 'g',
      image_name: 'web',
      replication_regions: ['northeurope'],
      target_region: [{ name: 'uksouth', replicas: 3 }],
      specialized: true,
    },
    shared_gallery_image_version_end_of_life_date: '2027-06-30T00:00:00Z',
    azure_tag: [{ name: 'team', value: 'web' }],
    disk_additional_size: [32],
  });
  assert.equal(properties['source'].imageVersionId, '/CommunityGalleries/g-1/Images/web/versions/latest');
  const gallery = properties['distribute'][1];
  assert.deepEqual(gallery.targetRegions, [
    { name: 'westeurope' },
    { name: 'northeurope' },
    { name: 'uksouth', replicaCount: 3 },
  ]);
  assert.deepEqual([gallery.endOfLifeDate, gallery.artifactTags], ['2027-06-30T00:00:00Z', { team: 'web' }]);
  assert.deepEqual(properties['additionalDataDisks'], [{ sizeGB: 32 }]);
  assert.match(told, /untranslated "specialized" has no counterpart/);
});

test('nothing is asked for that the result does not hold, and no secret of the file is written into it', () => {
  const imported = packer(
    [{ type: 'shell', inline: ['git clone https://{{user `token`}}@example.com/x'] }],
    { client_secret: '{{user `secret`}}', managed_image_name: '{{user `name`}}' },
    {
      variables: { secret: '{{env `ARM_CLIENT_SECRET`}}', token: 'abc', name: 'web-{{timestamp}}' },
      'sensitive-variables': ['token'],
    },
  );
  // A secret is never asked for on a command line: it is told.
  assert.deepEqual(imported.open, ['name']);
  assert.match(
    imported.notes.find(({ level }) => level === 'untranslated')?.message ?? '',
    /\{\{token\}\} is a secret.*`secrets`/,
  );
  assert.doesNotMatch(JSON.stringify(imported), /ARM_CLIENT_SECRET|abc/);
  assert.match(imported.properties['distribute'][0].imageId, /\/images\/web-\{\{name\}\}$/);
});
