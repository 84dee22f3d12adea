// The custom roles, from the files that the local cloud enforces and the tests compare with the calls of the app.
targetScope = 'subscription'

param environmentName string
@description('Ids of the subscriptions in which the roles are assigned.')
param assignableSubscriptionIds array

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
    name: guid(subscription().id, 'kiln', environmentName, role.key)
    properties: {
      roleName: '${role.value.name} (${environmentName})'
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

// items() sorts by key.
output builderId string = definitions[0].id
output catalogueReaderId string = definitions[1].id
output groupMakerId string = definitions[2].id
output identityAssignerId string = definitions[3].id
output networkUserId string = definitions[4].id
output publisherId string = definitions[5].id
