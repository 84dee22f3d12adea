import assert from 'node:assert/strict';
import { test } from 'node:test';
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
          inline: ['apt-get update', "echo it's {{{{`{{{{`}}"],
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
    /^untranslated \/provisioners\/3 Folders are not copied/m,
    /^untranslated \/provisioners\/5 The provisioner "ansible"/m,
    /^left-out \/provisioners\/6\/inline Kiln generalizes/m,
    /^untranslated \/post-processors\/0 /m,
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
