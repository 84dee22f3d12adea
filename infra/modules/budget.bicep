// What builds may cost a month. A budget warns; it stops nothing.
targetScope = 'subscription'

param name string
param amount int
param startDate string
@description('Value of the tag kiln-app, which everything has that this deployment makes.')
param kilnName string
param emails array

resource budget 'Microsoft.Consumption/budgets@2023-11-01' = {
  name: name
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: { startDate: startDate }
    filter: {
      tags: {
        name: 'kiln-app'
        operator: 'In'
        values: [kilnName]
      }
    }
    notifications: {
      nearlySpent: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: emails
      }
      spent: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 100
        thresholdType: 'Actual'
        contactEmails: emails
      }
    }
  }
}
