// What Azure would refuse in the middle of a deployment, or take for something else, is refused before it: all of it at once.

func isId(id string, lengths array, type string) bool =>
  contains(lengths, length(split(id, '/'))) && length(split(id, '/')[2]) == 36 && contains(toLower(id), '/${type}/')

func misfits(ids array, lengths array, type string, what string) array =>
  map(
    filter(ids, id => length(split(id, '/')) < 5 || !isId(id, lengths, type)),
    id => '"${id}" is not the id of ${what}.'
  )

@export()
@description('Every problem of the parameters, in words. budgetStart is null where no budget is wanted.')
func inputProblems(input object) array =>
  concat(
    empty(filter(['_', '.', '(', ')', ' '], mark => contains(input.environmentName, mark)))
      ? []
      : ['environmentName "${input.environmentName}" may hold letters, digits and "-" only: it becomes part of names.'],
    misfits(input.groupIds, [5], 'resourcegroups', 'a resource group: /subscriptions/<id>/resourceGroups/<name>'),
    misfits(input.virtualNetworkIds, [9, 11], 'virtualnetworks', 'a virtual network or of a subnet of one'),
    misfits(input.buildIdentityIds, [9], 'userassignedidentities', 'a user-assigned identity'),
    misfits(input.keyVaultIds, [9], 'vaults', 'a Key Vault'),
    input.budgetStart == null || endsWith(input.budgetStart, '-01')
      ? []
      : [
          'budgetStart is needed for a budget: the first day of this month, YYYY-MM-01. Keep it for later deployments: Azure does not let it change.'
        ],
    input.needsPrivate && !input.isPrivate ? ['privateApi and fixedOutboundAddress need privateNetwork.'] : [],
    input.isPrivate && int(split(input.networkAddressPrefix, '/')[1]) > 25
      ? [
          'networkAddressPrefix "${input.networkAddressPrefix}" is smaller than a /25: two /26 subnets are taken from it.'
        ]
      : [],
    input.hasKeyVaultOnly ? ['provenanceKeyVaultId needs provenanceKeyId: the role is given on the key alone.'] : [],
    input.hasKey == input.hasKeyIdentity
      ? []
      : ['encryptionKeyUri and encryptionIdentityId are given together or not at all.']
  )

@export()
@description('Empty text when there is no problem; otherwise the deployment ends before it has made anything.')
func refuse(problems array) string => empty(problems) ? '' : fail(join(problems, ' '))

@export()
@description('A list of ids, given as one text with commas between them.')
func textList(text string) array => filter(map(split(text, ','), part => trim(part)), part => !empty(part))
