// The custom roles, from the files that the local cloud enforces and the tests compare with the calls of the app.
targetScope = 'subscription'

@description('What tells the roles of this deployment from those of another: the name of a role is unique in a tenant.')
param suffix string
@description('Ids of the subscriptions in which the roles are assigned.')
param assignableSubscriptionIds array
@description('Name (a GUID) of each role by its key, made by the caller, so that it knows them before the deployment.')
param names object

var roles = {
  builder: loadJsonContent('../roles/builder.json')
  catalogueReader: loadJsonContent('../roles/catalogue-reader.json')
  groupMaker: loadJsonContent('../roles/group-maker.json')
  identityAssigner: loadJsonContent('../roles/identity-assigner.json')
  networkUser: loadJsonContent('../roles/network-user.json')
  publisher: loadJsonContent('../roles/publisher.json')
}

resource definitions 'Microsoft.Authorization/roleDefinitions@2022-04-01' = [
  for role in items(roles): {
    name: names[role.key]
    properties: {
      roleName: '${role.value.name} (${suffix})'
      description: role.value.description
      type: 'CustomRole'
      assignableScopes: assignableSubscriptionIds
      permissions: [
        {
          actions: map(role.value.actions, entry => entry.action)
          notActions: []
        }
      ]
    }
  }
]
