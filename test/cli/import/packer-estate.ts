// Packer templates as people write them, of our own making, each with what Packer makes of it: told by hand from Packer's documentation, not
// by the import. https://developer.hashicorp.com/packer/integrations/hashicorp/azure/latest/components/builder/arm
type Json = Readonly<Record<string, unknown>>;

export type Case = {
  readonly name: string;
  readonly document: Json;
  /** The steps of the image; absent where the import has to say that something is not in the result. */
  readonly steps?: readonly Json[];
  /** Further parts of the result. */
  readonly more?: Json;
};

const IMAGE = { image_publisher: 'Debian', image_offer: 'debian-12', image_sku: '12-gen2' };
const TARGET = { managed_image_name: 'web', managed_image_resource_group_name: 'images' };
const linux = (more: Json = {}): Json => ({
  ...{ type: 'azure-arm', os_type: 'Linux', location: 'westeurope' },
  ...{ ...IMAGE, ...TARGET, ...more },
});
const SERVER = { image_publisher: 'MicrosoftWindowsServer', image_offer: 'WindowsServer', image_sku: '2022' };
const windows = (more: Json = {}): Json =>
  linux({ os_type: 'Windows', communicator: 'winrm', ...SERVER, ...more });
const doc = (builder: Json, ...provisioners: readonly Json[]): Json => ({
  builders: [builder],
  provisioners,
});
const shell = (...inline: string[]): Json => ({ type: 'shell', inline });
const power = (...inline: string[]): Json => ({ type: 'powershell', inline });

const SYSPREP = '& $env:SystemRoot\\System32\\Sysprep\\Sysprep.exe /oobe /generalize /quiet /quit';
const WAIT =
  "while($true) { $s = Get-ItemProperty HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Setup\\State | Select ImageState; if($s.ImageState -ne 'IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE') { Start-Sleep -s 10 } else { break } }";
const WAAGENT = '/usr/sbin/waagent -force -deprovision+user && export HISTSIZE=0 && sync';
/** Packer's own default runs lines by `/bin/sh -e`, and so does Kiln. */
const step = (...inline: string[]): Json => ({ type: 'Shell', inline });
const windowsStep = (...inline: string[]): Json => ({ type: 'PowerShell', inline });

const VERSIONED = {
  shared_image_gallery_destination: {
    resource_group: 'images',
    gallery_name: 'g',
    image_name: 'web',
    image_version: '1.0.0',
    replication_regions: ['northeurope'],
  },
};

export const ESTATE: readonly Case[] = [
  { name: 'one line', document: doc(linux(), shell('apt-get update')), steps: [step('apt-get update')] },
  {
    name: 'lines and the agent at the end',
    document: doc(linux(), shell('apt-get update', WAAGENT)),
    steps: [step('apt-get update')],
  },
  {
    name: 'the agent in a step of its own',
    document: doc(linux(), shell('a'), shell(WAAGENT)),
    steps: [step('a')],
  },
  {
    name: 'Sysprep and the wait for it',
    document: doc(windows(), power('Write-Host hi'), power(SYSPREP, WAIT)),
    steps: [windowsStep('Write-Host hi')],
  },
  {
    name: 'a restart',
    document: doc(windows(), { type: 'windows-restart', restart_timeout: '10m' }),
    steps: [{ type: 'WindowsRestart', restartTimeout: '10m' }],
  },
  {
    name: 'updates',
    document: doc(windows(), { type: 'windows-update', update_limit: 25 }),
    steps: [{ type: 'WindowsUpdate', updateLimit: 25 }],
  },
  {
    name: 'a file',
    document: doc(linux(), { type: 'file', source: 'a.txt', destination: '/etc/a.txt' }),
    steps: [{ type: 'File', sourceUri: './a.txt', destination: '/etc/a.txt' }],
  },
  {
    name: 'a file into a folder',
    document: doc(linux(), { type: 'file', source: 'a.txt', destination: '/tmp/' }),
    steps: [{ type: 'File', sourceUri: './a.txt', destination: '/tmp/a.txt' }],
  },
  {
    name: 'values of the environment',
    document: doc(linux(), { ...shell('a'), environment_vars: ['A=<b c>', 'Q=1'] }),
    steps: [{ ...step('a'), environment: { A: '<b c>', Q: '1' } }],
  },
  {
    name: 'a variable',
    document: { variables: { p: 'nginx' }, ...doc(linux(), shell('apt-get install {{user `p`}}')) },
    steps: [step('apt-get install nginx')],
  },
  {
    name: 'a timestamp in a name',
    document: {
      variables: { n: 'web-{{timestamp}}' },
      ...doc(linux({ managed_image_name: '{{user `n`}}' }), shell('a')),
    },
    steps: [step('a')],
  },
  {
    name: 'several tries',
    document: doc(linux(), { ...shell('a'), max_retries: 2, timeout: '5m' }),
    steps: [{ ...step('a'), retry: { attempts: 3 }, timeout: '5m' }],
  },
  {
    name: 'another user',
    document: doc(linux(), {
      type: 'shell',
      inline: ['a'],
      execute_command: 'sudo -u postgres -H sh -e {{ .Path }}',
    }),
    steps: [{ ...step('a'), runAs: 'postgres' }],
  },
  {
    name: 'bash',
    document: doc(linux(), { ...shell('set -o pipefail'), inline_shebang: '/bin/bash -e' }),
    steps: [step("exec /bin/bash -e -c '", 'set -o pipefail', "'")],
  },
  {
    name: 'a gallery without the region of the build',
    document: doc(linux(VERSIONED), shell('a')),
    steps: [step('a')],
    more: { targetRegions: [{ name: 'westeurope' }, { name: 'northeurope' }] },
  },
  {
    name: 'exit codes',
    document: doc(windows(), { ...power('a'), valid_exit_codes: [0, 3010] }),
    steps: [{ ...windowsStep('a'), validExitCodes: [0, 3010] }],
  },
  {
    name: 'only for another builder',
    document: doc(linux(), { ...shell('never'), only: ['amazon-ebs'] }, shell('a')),
    steps: [step('a')],
  },
  { name: 'ansible', document: doc(linux(), { type: 'ansible', playbook_file: 'site.yml' }) },
  { name: 'lines after the agent', document: doc(linux(), shell(WAAGENT, 'curl -d done https://e.com')) },
  {
    name: 'a post-processor',
    document: { ...doc(linux(), shell('a')), 'post-processors': [{ type: 'shell-local', inline: ['b'] }] },
  },
  {
    name: 'a download',
    document: doc(linux(), { type: 'file', direction: 'download', source: '/a', destination: 'b' }),
  },
  { name: 'a folder', document: doc(linux(), { type: 'file', source: 'files/', destination: '/opt/' }) },
  { name: 'windows-shell', document: doc(windows(), { type: 'windows-shell', inline: ['dir'] }) },
  { name: 'cloud-init of the build', document: doc(linux({ custom_data_file: 'cloud.yml' }), shell('a')) },
  {
    name: 'a specialized version',
    document: doc(
      linux({
        shared_image_gallery_destination: {
          ...VERSIONED.shared_image_gallery_destination,
          specialized: true,
        },
      }),
      shell('a'),
    ),
  },
  { name: 'a file at home', document: doc(linux(), { type: 'file', source: 'a', destination: '~/a' }) },
  {
    name: 'steps of the error',
    document: { ...doc(linux(), shell('a')), 'error-cleanup-provisioner': shell('b') },
    steps: [step('a')],
  },
  {
    name: 'shell options of bash',
    document: doc(linux(), {
      type: 'shell',
      script: 'a.sh',
      execute_command: 'sudo -E bash -eux -o pipefail {{ .Path }}',
    }),
  },
  {
    name: 'one text of several lines, the agent at its end',
    document: doc(linux(), { type: 'shell', inline: `apt-get update\n${WAAGENT}` }),
    steps: [step('apt-get update')],
  },
  {
    name: 'a comment about the agent',
    document: doc(linux(), shell('# waagent -deprovision comes last', 'apt-get update')),
    steps: [step('# waagent -deprovision comes last', 'apt-get update')],
  },
  {
    name: 'quotes in values of the environment',
    document: doc(linux(), { ...shell('a'), environment_vars: [`A=it's "x" $B`, 'B=c=d', 'E'] }),
    steps: [{ ...step('a'), environment: { A: `it's "x" $B`, B: 'c=d', E: '' } }],
  },
  {
    name: 'values that its command does not pass on',
    document: doc(linux(), {
      ...{ ...shell('a'), environment_vars: ['A=1'] },
      execute_command: "sudo sh -e '{{ .Path }}'",
    }),
    steps: [step('a')],
  },
  {
    name: 'a builder that is named in a text',
    document: doc(linux(), { ...shell('never'), only: 'amazon-ebs' }, shell('a')),
    steps: [step('a')],
  },
  {
    name: 'an override for another builder',
    document: doc(linux(), { ...shell('a'), override: { other: { inline: ['b'] } } }),
    steps: [step('a')],
  },
  {
    name: 'shallow replication as a text',
    document: doc(
      linux({
        shared_image_gallery_destination: {
          ...VERSIONED.shared_image_gallery_destination,
          use_shallow_replication: 'true',
        },
      }),
      shell('a'),
    ),
    steps: [step('a')],
    more: { replicationMode: 'Shallow' },
  },
  {
    name: 'lines of Python',
    document: doc(linux(), { ...shell('print(1)'), inline_shebang: '/usr/bin/env python3' }),
    steps: [step("exec /usr/bin/env python3 -c '", 'print(1)', "'")],
  },
  {
    name: 'lines of Perl',
    document: doc(linux(), { ...shell('print 1'), inline_shebang: '/usr/bin/perl' }),
  },
  {
    name: 'an override for this builder',
    document: doc(linux({ name: 'web' }), { ...shell('a'), override: { web: { inline: ['b'] } } }),
  },
  {
    name: 'the agent inside of quotes',
    document: doc(linux(), shell(`sh -c "apt-get clean && ${WAAGENT}"`)),
  },
  {
    name: 'the agent in a file that a step writes',
    document: doc(linux(), shell("cat > /x <<'EOF'\nwaagent -deprovision+user\nEOF")),
  },
  {
    name: 'the agent in a condition',
    document: doc(linux(), shell(`if [ -x /usr/sbin/waagent ]; then ${WAAGENT}; fi`)),
  },
  { name: 'a restart in a script', document: doc(linux(), { ...shell('a'), expect_disconnect: true }) },
  { name: 'a restart in a line', document: doc(linux(), shell('sudo reboot'), shell('a')) },
  { name: 'commands of this machine', document: doc(linux(), { type: 'shell-local', inline: ['a'] }) },
  { name: 'another cloud', document: doc(linux({ cloud_environment_name: 'USGovernment' }), shell('a')) },
  {
    name: 'a snapshot beside the image',
    document: doc(linux({ managed_image_os_disk_snapshot_name: 'disk' }), shell('a')),
  },
  {
    name: 'a plan of a gallery image',
    document: doc(
      linux({
        shared_image_gallery: { resource_group: 'images', gallery_name: 'g', image_name: 'base' },
        plan_info: { plan_name: 'a', plan_product: 'b', plan_publisher: 'c' },
      }),
      shell('a'),
    ),
  },
  {
    name: 'a region with a key of its own',
    document: doc(
      linux({
        shared_image_gallery_destination: {
          ...VERSIONED.shared_image_gallery_destination,
          target_region: [{ name: 'northeurope', disk_encryption_set_id: '/subscriptions/s' }],
        },
      }),
      shell('a'),
    ),
  },
  {
    name: 'lines and a script at once',
    document: doc(linux(), { ...shell('a'), script: 'a.sh' }),
  },
  {
    name: 'a secret',
    document: {
      variables: { token: 'abc' },
      'sensitive-variables': ['token'],
      ...doc(linux(), shell('login {{user `token`}}')),
    },
  },
];
