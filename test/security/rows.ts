/**
 * The rows of the security report, and what holds each of them: a file below test/, and words of the name of a test in it.
 * rows.test.ts asks that they are there.
 */
export const ROWS: Readonly<Record<string, readonly (readonly [file: string, name: string])[]>> = {
  C1: [
    ['security/wire-rows.test.ts', 'C1: the name of a trigger'],
    ['security/names.test.ts', 'no trigger of any name deletes, shows or makes another document'],
    ['security/names.test.ts', 'no blob client is made for a name with a segment that a URL would fold'],
  ],
  H1: [
    ['security/eleven-names.test.ts', 'all eleven are refused to a restricted caller'],
    ['security/linked-scopes.test.ts', 'a gallery to publish to'],
    ['security/linked-scopes.test.ts', 'a published VHD of another team, in the account of Kiln'],
    ['security/linked-scopes.test.ts', 'new targets of a run, and the repetition of old ones'],
  ],
  H2: [
    ['infra/deployment-roles.test.ts', 'by default it touches nothing but what the deployment itself made'],
  ],
  H3: [
    ['security/wire-rows.test.ts', 'H3: a message replaces'],
    ['security/queue.test.ts', 'brings no template along'],
    ['security/queue.test.ts', 'sets the parameters that the template declares'],
  ],
  H4: [
    ['infra/janitor.test.ts', 'leaves what is not ours'],
    ['security/janitor.test.ts', 'of a run that Kiln knows nothing of stays'],
    ['shared/janitor/judge.test.ts', 'two templates of one name in two subscriptions'],
  ],
  H5: [
    ['security/bodies.test.ts', 'the three requests that once stopped the service cost less than 200 ms'],
    ['security/bodies.test.ts', '/health is answered while the three requests'],
    ['security/bodies.test.ts', 'no body of 4 MiB holds the event loop for 50 ms'],
    ['shared/planning/reader.test.ts', 'no template makes more than fifty reads'],
  ],
  H6: [
    ['security/wire-rows.test.ts', 'H6: a template tells'],
    ['security/audit.test.ts', 'names who did each of 20 writes of two callers'],
    ['security/audit.test.ts', 'outlives the template'],
    ['security/every-route.test.ts', 'that changes something leaves one line of who did it'],
    ['security/every-route.test.ts', 'that could not be written down is written down'],
  ],
  H7: [
    ['security/wire-rows.test.ts', 'H7: the token endpoint'],
    ['security/guest-reach.test.ts', 'a guest has no connection to any port of its host'],
    ['security/local-mode.test.ts', 'gives a token to nobody who does not know the secret of the folder'],
  ],
  H8: [['security/cli-trust.test.ts', 'a template can name no file outside of its folder']],
  M1: [
    ['security/wire-rows.test.ts', 'M1: a VHD goes'],
    ['security/own-account.test.ts', 'no path at all makes a template name a blob outside of its folder'],
  ],
  M2: [
    ['security/wire-rows.test.ts', 'M2: neither'],
    ['security/local-mode.test.ts', 'answers no request of a web page, whatever it asks for'],
    ['security/local-mode.test.ts', 'answers no request of a web page, and starts no orchestration for one'],
    ['security/storage-emulator.test.ts', 'the storage emulator answers nobody but this machine'],
  ],
  M3: [['security/cli-trust.test.ts', 'KILN_TOKEN never goes to a local mode that was found']],
  M4: [
    ['security/wire-rows.test.ts', 'M4: what an error'],
    ['security/cli-output.test.ts', 'no command writes what drives a terminal or a pipeline'],
  ],
  M5: [['security/lock-file.test.ts', 'the Node that builds the package comes from the lock']],
  M6: [['infra/deployment.test.ts', 'a private network closes storage, messaging and the API']],
  M7: [['infra/deployment.test.ts', 'what it sends has a fixed address where one was asked for']],
  M8: [
    ['security/wire-rows.test.ts', 'M8: who is named'],
    ['security/policy.test.ts', 'nobody who is not listed gets anything, whatever the role'],
    ['security/policy.test.ts', 'groups of the token count'],
    ['security/every-route.test.ts', 'gives nothing of another team to a restricted caller'],
  ],
  M9: [
    ['security/wire-rows.test.ts', 'M9: nobody stores'],
    ['security/lifecycle.test.ts', 'a subscription has so many artifacts and no more'],
    ['security/lists.test.ts', 'runs come a hundred at a time'],
    ['security/retention.test.ts', 'logs go by themselves'],
  ],
  M10: [['infra/deployment.test.ts', 'what was overwritten or deleted can be put back']],
  M11: [['security/cli-trust.test.ts', 'no page and no example pastes an output of a step into a script']],
  M12: [
    ['security/rows.test.ts', 'there are the documents that a security review asks for'],
    ['packaging/release.test.ts', 'lists each package inside with the checksum that npm has checked'],
  ],
  L1: [
    ['security/wire-rows.test.ts', 'L1: an address'],
    ['security/addresses-and-tags.test.ts', 'a URL with a line break, a tab or another control character'],
  ],
  L2: [
    ['security/redaction.test.ts', 'a secret is redacted in every form that a tool prints it in'],
    ['security/masked-tails.test.ts', 'a secret is masked in every form'],
    ['shared/guest/windows-steps.test.ts', 'the forms of a secret are redacted as on Linux'],
  ],
  L3: [
    ['security/wire-rows.test.ts', 'L3: the links'],
    ['security/policy.test.ts', 'their links name nothing of others'],
  ],
  L4: [
    ['security/wire-rows.test.ts', 'L4: tags of Kiln'],
    ['security/addresses-and-tags.test.ts', 'the tags that the janitor goes by are refused in any case'],
  ],
  L5: [
    ['security/wire-rows.test.ts', 'L5: an address'],
    [
      'security/addresses-and-tags.test.ts',
      'names and addresses of private networks are refused in every form',
    ],
  ],
  L6: [
    ['security/wire-rows.test.ts', 'L6: the authority'],
    [
      'security/local-mode.test.ts',
      'has an authority that can sign for this machine alone, and not for long',
    ],
  ],
  L7: [['security/id-tokens.test.ts', 'ID tokens of the same registration are refused']],
};
