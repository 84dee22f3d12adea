// Generated from shared/template/schema by test/docs/generated.test.ts; do not edit.
import type { Shape } from './shape.ts';

export const TEMPLATE_SHAPE: Shape = {
 "type": "object",
 "title": "image template",
 "required": [
  "location",
  "properties"
 ],
 "properties": {
  "location": {
   "type": "string"
  },
  "tags": {
   "type": "object",
   "values": {
    "type": "string"
   }
  },
  "identity": {
   "type": "object",
   "title": "identity",
   "properties": {
    "type": {
     "type": "string",
     "enum": [
      "UserAssigned",
      "None"
     ]
    },
    "userAssignedIdentities": {
     "type": "object",
     "title": "userAssignedIdentities",
     "values": {
      "type": "object",
      "title": "user-assigned identity",
      "properties": {
       "principalId": {
        "readOnly": true
       },
       "clientId": {
        "readOnly": true
       }
      }
     }
    }
   }
  },
  "properties": {
   "type": "object",
   "title": "template properties",
   "required": [
    "source",
    "distribute"
   ],
   "properties": {
    "source": {
     "type": "object",
     "title": "source",
     "required": [
      "type"
     ],
     "tag": "type",
     "branches": {
      "PlatformImage": {
       "type": "object",
       "title": "PlatformImage source",
       "required": [
        "type",
        "publisher",
        "offer",
        "sku",
        "version"
       ],
       "properties": {
        "type": {
         "type": "string"
        },
        "publisher": {
         "type": "string"
        },
        "offer": {
         "type": "string"
        },
        "sku": {
         "type": "string"
        },
        "version": {
         "type": "string",
         "kind": "version"
        },
        "exactVersion": {
         "readOnly": true
        },
        "planInfo": {
         "type": "object",
         "title": "purchase plan",
         "required": [
          "planName",
          "planProduct",
          "planPublisher"
         ],
         "properties": {
          "planName": {
           "type": "string"
          },
          "planProduct": {
           "type": "string"
          },
          "planPublisher": {
           "type": "string"
          }
         }
        }
       }
      },
      "ManagedImage": {
       "type": "object",
       "title": "ManagedImage source",
       "required": [
        "type",
        "imageId"
       ],
       "properties": {
        "type": {
         "type": "string"
        },
        "imageId": {
         "type": "string",
         "kind": "id"
        }
       }
      },
      "SharedImageVersion": {
       "type": "object",
       "title": "SharedImageVersion source",
       "required": [
        "type",
        "imageVersionId"
       ],
       "properties": {
        "type": {
         "type": "string"
        },
        "imageVersionId": {
         "type": "string",
         "kind": "id"
        },
        "exactVersion": {
         "readOnly": true
        }
       }
      },
      "ISO": {
       "type": "object",
       "title": "ISO source",
       "required": [
        "type",
        "sourceUri",
        "sha256Checksum"
       ],
       "properties": {
        "type": {
         "type": "string"
        },
        "sourceUri": {
         "type": "string",
         "kind": "download"
        },
        "sha256Checksum": {
         "type": "string"
        }
       }
      }
     }
    },
    "customize": {
     "type": "array",
     "title": "customizer",
     "items": {
      "type": "object",
      "title": "customizer",
      "required": [
       "type"
      ],
      "tag": "type",
      "branches": {
       "Shell": {
        "type": "object",
        "title": "Shell customizer",
        "exactlyOne": [
         "inline",
         "scriptUri"
        ],
        "required": [
         "type"
        ],
        "properties": {
         "type": {
          "type": "string"
         },
         "name": {
          "type": "string"
         },
         "inline": {
          "type": "array",
          "items": {
           "type": "string"
          }
         },
         "scriptUri": {
          "type": "string",
          "kind": "download"
         },
         "sha256Checksum": {
          "type": "string"
         },
         "arguments": {
          "type": "array",
          "items": {
           "type": "string"
          }
         },
         "environment": {
          "type": "object",
          "values": {
           "type": "string"
          }
         },
         "secrets": {
          "type": "object",
          "values": {
           "type": "string"
          }
         },
         "checkpoint": {
          "type": "object",
          "title": "checkpoint of a step",
          "properties": {
           "days": {
            "type": "integer"
           },
           "afterSecrets": {
            "type": "boolean"
           }
          }
         },
         "timeout": {
          "type": "string"
         },
         "retry": {
          "type": "object",
          "title": "retry of a step",
          "required": [
           "attempts"
          ],
          "properties": {
           "attempts": {
            "type": "integer"
           },
           "pause": {
            "type": "string"
           }
          }
         },
         "runIf": {
          "type": "string"
         },
         "runAs": {
          "type": "string"
         }
        }
       },
       "PowerShell": {
        "type": "object",
        "title": "PowerShell customizer",
        "exactlyOne": [
         "inline",
         "scriptUri"
        ],
        "required": [
         "type"
        ],
        "properties": {
         "type": {
          "type": "string"
         },
         "name": {
          "type": "string"
         },
         "inline": {
          "type": "array",
          "items": {
           "type": "string"
          }
         },
         "scriptUri": {
          "type": "string",
          "kind": "download"
         },
         "sha256Checksum": {
          "type": "string"
         },
         "runElevated": {
          "type": "boolean"
         },
         "runAsSystem": {
          "type": "boolean"
         },
         "validExitCodes": {
          "type": "array",
          "items": {
           "type": "integer"
          }
         },
         "arguments": {
          "type": "array",
          "items": {
           "type": "string"
          }
         },
         "environment": {
          "type": "object",
          "values": {
           "type": "string"
          }
         },
         "secrets": {
          "type": "object",
          "values": {
           "type": "string"
          }
         },
         "checkpoint": {
          "type": "object",
          "title": "checkpoint of a step",
          "properties": {
           "days": {
            "type": "integer"
           },
           "afterSecrets": {
            "type": "boolean"
           }
          }
         },
         "timeout": {
          "type": "string"
         },
         "retry": {
          "type": "object",
          "title": "retry of a step",
          "required": [
           "attempts"
          ],
          "properties": {
           "attempts": {
            "type": "integer"
           },
           "pause": {
            "type": "string"
           }
          }
         },
         "runIf": {
          "type": "string"
         }
        }
       },
       "File": {
        "type": "object",
        "title": "File customizer",
        "required": [
         "type",
         "sourceUri",
         "destination"
        ],
        "properties": {
         "type": {
          "type": "string"
         },
         "name": {
          "type": "string"
         },
         "sourceUri": {
          "type": "string",
          "kind": "download"
         },
         "sha256Checksum": {
          "type": "string"
         },
         "destination": {
          "type": "string"
         },
         "mode": {
          "type": "string"
         },
         "checkpoint": {
          "type": "object",
          "title": "checkpoint of a step",
          "properties": {
           "days": {
            "type": "integer"
           },
           "afterSecrets": {
            "type": "boolean"
           }
          }
         },
         "timeout": {
          "type": "string"
         },
         "retry": {
          "type": "object",
          "title": "retry of a step",
          "required": [
           "attempts"
          ],
          "properties": {
           "attempts": {
            "type": "integer"
           },
           "pause": {
            "type": "string"
           }
          }
         },
         "runIf": {
          "type": "string"
         }
        }
       },
       "WindowsRestart": {
        "type": "object",
        "title": "WindowsRestart customizer",
        "required": [
         "type"
        ],
        "properties": {
         "type": {
          "type": "string"
         },
         "name": {
          "type": "string"
         },
         "restartCommand": {
          "type": "string"
         },
         "restartCheckCommand": {
          "type": "string"
         },
         "restartTimeout": {
          "type": "string"
         }
        }
       },
       "WindowsUpdate": {
        "type": "object",
        "title": "WindowsUpdate customizer",
        "required": [
         "type"
        ],
        "properties": {
         "type": {
          "type": "string"
         },
         "name": {
          "type": "string"
         },
         "searchCriteria": {
          "type": "string"
         },
         "filters": {
          "type": "array",
          "items": {
           "type": "string"
          }
         },
         "updateLimit": {
          "type": "integer"
         }
        }
       },
       "LinuxRestart": {
        "type": "object",
        "title": "LinuxRestart customizer",
        "required": [
         "type"
        ],
        "properties": {
         "type": {
          "type": "string"
         },
         "name": {
          "type": "string"
         },
         "restartTimeout": {
          "type": "string"
         },
         "checkpoint": {
          "type": "object",
          "title": "checkpoint of a step",
          "properties": {
           "days": {
            "type": "integer"
           },
           "afterSecrets": {
            "type": "boolean"
           }
          }
         }
        }
       }
      }
     }
    },
    "optimize": {
     "type": "object",
     "title": "optimize section",
     "properties": {
      "vmBoot": {
       "type": "object",
       "title": "vmBoot",
       "properties": {
        "state": {
         "type": "string",
         "enum": [
          "Enabled",
          "Disabled"
         ]
        }
       }
      },
      "workload": {
       "type": "object",
       "title": "workload",
       "properties": {
        "state": {
         "type": "string",
         "enum": [
          "Enabled",
          "Disabled"
         ]
        },
        "scriptUri": {
         "type": "string",
         "kind": "download"
        },
        "sha256Checksum": {
         "type": "string"
        }
       }
      }
     }
    },
    "validate": {
     "type": "object",
     "title": "validate section",
     "properties": {
      "continueDistributeOnFailure": {
       "type": "boolean"
      },
      "sourceValidationOnly": {
       "type": "boolean"
      },
      "inVMValidations": {
       "type": "array",
       "items": {
        "type": "object",
        "required": [
         "type"
        ],
        "tag": "type",
        "branches": {
         "Shell": {
          "type": "object",
          "title": "Shell validator",
          "exactlyOne": [
           "inline",
           "scriptUri"
          ],
          "required": [
           "type"
          ],
          "properties": {
           "type": {
            "type": "string"
           },
           "name": {
            "type": "string"
           },
           "inline": {
            "type": "array",
            "items": {
             "type": "string"
            }
           },
           "scriptUri": {
            "type": "string",
            "kind": "download"
           },
           "sha256Checksum": {
            "type": "string"
           },
           "arguments": {
            "type": "array",
            "items": {
             "type": "string"
            }
           },
           "environment": {
            "type": "object",
            "values": {
             "type": "string"
            }
           },
           "secrets": {
            "type": "object",
            "values": {
             "type": "string"
            }
           },
           "checkpoint": {
            "type": "object",
            "title": "checkpoint of a step",
            "properties": {
             "days": {
              "type": "integer"
             },
             "afterSecrets": {
              "type": "boolean"
             }
            }
           },
           "timeout": {
            "type": "string"
           },
           "retry": {
            "type": "object",
            "title": "retry of a step",
            "required": [
             "attempts"
            ],
            "properties": {
             "attempts": {
              "type": "integer"
             },
             "pause": {
              "type": "string"
             }
            }
           },
           "runIf": {
            "type": "string"
           },
           "runAs": {
            "type": "string"
           }
          }
         },
         "PowerShell": {
          "type": "object",
          "title": "PowerShell validator",
          "exactlyOne": [
           "inline",
           "scriptUri"
          ],
          "required": [
           "type"
          ],
          "properties": {
           "type": {
            "type": "string"
           },
           "name": {
            "type": "string"
           },
           "inline": {
            "type": "array",
            "items": {
             "type": "string"
            }
           },
           "scriptUri": {
            "type": "string",
            "kind": "download"
           },
           "sha256Checksum": {
            "type": "string"
           },
           "runElevated": {
            "type": "boolean"
           },
           "runAsSystem": {
            "type": "boolean"
           },
           "validExitCodes": {
            "type": "array",
            "items": {
             "type": "integer"
            }
           },
           "arguments": {
            "type": "array",
            "items": {
             "type": "string"
            }
           },
           "environment": {
            "type": "object",
            "values": {
             "type": "string"
            }
           },
           "secrets": {
            "type": "object",
            "values": {
             "type": "string"
            }
           },
           "checkpoint": {
            "type": "object",
            "title": "checkpoint of a step",
            "properties": {
             "days": {
              "type": "integer"
             },
             "afterSecrets": {
              "type": "boolean"
             }
            }
           },
           "timeout": {
            "type": "string"
           },
           "retry": {
            "type": "object",
            "title": "retry of a step",
            "required": [
             "attempts"
            ],
            "properties": {
             "attempts": {
              "type": "integer"
             },
             "pause": {
              "type": "string"
             }
            }
           },
           "runIf": {
            "type": "string"
           }
          }
         },
         "File": {
          "type": "object",
          "title": "File validator",
          "required": [
           "type",
           "sourceUri",
           "destination"
          ],
          "properties": {
           "type": {
            "type": "string"
           },
           "name": {
            "type": "string"
           },
           "sourceUri": {
            "type": "string",
            "kind": "download"
           },
           "sha256Checksum": {
            "type": "string"
           },
           "destination": {
            "type": "string"
           },
           "mode": {
            "type": "string"
           },
           "checkpoint": {
            "type": "object",
            "title": "checkpoint of a step",
            "properties": {
             "days": {
              "type": "integer"
             },
             "afterSecrets": {
              "type": "boolean"
             }
            }
           },
           "timeout": {
            "type": "string"
           },
           "retry": {
            "type": "object",
            "title": "retry of a step",
            "required": [
             "attempts"
            ],
            "properties": {
             "attempts": {
              "type": "integer"
             },
             "pause": {
              "type": "string"
             }
            }
           },
           "runIf": {
            "type": "string"
           }
          }
         }
        }
       }
      },
      "checks": {
       "type": "array",
       "items": {
        "type": "object",
        "required": [
         "type"
        ],
        "tag": "type",
        "branches": {
         "file": {
          "type": "object",
          "title": "file check",
          "required": [
           "type",
           "path"
          ],
          "properties": {
           "type": {
            "type": "string"
           },
           "name": {
            "type": "string"
           },
           "path": {
            "type": "string"
           },
           "absent": {
            "type": "boolean"
           },
           "mode": {
            "type": "string"
           },
           "owner": {
            "type": "string"
           },
           "sha256Checksum": {
            "type": "string"
           },
           "contains": {
            "type": "string"
           }
          }
         },
         "package": {
          "type": "object",
          "title": "package check",
          "required": [
           "type",
           "package"
          ],
          "properties": {
           "type": {
            "type": "string"
           },
           "name": {
            "type": "string"
           },
           "package": {
            "type": "string"
           },
           "absent": {
            "type": "boolean"
           },
           "version": {
            "type": "string"
           }
          }
         },
         "service": {
          "type": "object",
          "title": "service check",
          "required": [
           "type",
           "service"
          ],
          "properties": {
           "type": {
            "type": "string"
           },
           "name": {
            "type": "string"
           },
           "service": {
            "type": "string"
           },
           "enabled": {
            "type": "boolean"
           },
           "running": {
            "type": "boolean"
           }
          }
         },
         "port": {
          "type": "object",
          "title": "port check",
          "required": [
           "type",
           "port"
          ],
          "properties": {
           "type": {
            "type": "string"
           },
           "name": {
            "type": "string"
           },
           "port": {
            "type": "integer"
           },
           "protocol": {
            "type": "string",
            "enum": [
             "tcp",
             "udp"
            ]
           },
           "listening": {
            "type": "boolean"
           }
          }
         },
         "user": {
          "type": "object",
          "title": "user check",
          "required": [
           "type",
           "user"
          ],
          "properties": {
           "type": {
            "type": "string"
           },
           "name": {
            "type": "string"
           },
           "user": {
            "type": "string"
           },
           "absent": {
            "type": "boolean"
           },
           "groups": {
            "type": "array",
            "items": {
             "type": "string"
            }
           }
          }
         },
         "command": {
          "type": "object",
          "title": "command check",
          "required": [
           "type",
           "command"
          ],
          "properties": {
           "type": {
            "type": "string"
           },
           "name": {
            "type": "string"
           },
           "command": {
            "type": "string"
           },
           "exitCode": {
            "type": "integer"
           },
           "output": {
            "type": "string"
           }
          }
         },
         "kernelParameter": {
          "type": "object",
          "title": "kernelParameter check",
          "required": [
           "type",
           "parameter",
           "value"
          ],
          "properties": {
           "type": {
            "type": "string"
           },
           "name": {
            "type": "string"
           },
           "parameter": {
            "type": "string"
           },
           "value": {
            "type": "string"
           }
          }
         },
         "registryKey": {
          "type": "object",
          "title": "registryKey check",
          "required": [
           "type",
           "key"
          ],
          "properties": {
           "type": {
            "type": "string"
           },
           "name": {
            "type": "string"
           },
           "key": {
            "type": "string"
           },
           "valueName": {
            "type": "string"
           },
           "value": {
            "type": "string"
           },
           "absent": {
            "type": "boolean"
           }
          }
         },
         "feature": {
          "type": "object",
          "title": "feature check",
          "required": [
           "type",
           "feature"
          ],
          "properties": {
           "type": {
            "type": "string"
           },
           "name": {
            "type": "string"
           },
           "feature": {
            "type": "string"
           },
           "installed": {
            "type": "boolean"
           }
          }
         },
         "size": {
          "type": "object",
          "title": "size check",
          "required": [
           "type",
           "mostGB"
          ],
          "properties": {
           "type": {
            "type": "string"
           },
           "name": {
            "type": "string"
           },
           "mostGB": {
            "type": "number"
           },
           "path": {
            "type": "string"
           }
          }
         }
        }
       }
      },
      "hygiene": {
       "type": "string",
       "enum": [
        "off",
        "warn",
        "fail"
       ]
      },
      "vulnerabilities": {
       "type": "object",
       "title": "vulnerabilities section",
       "required": [
        "failOn"
       ],
       "properties": {
        "failOn": {
         "type": "string",
         "enum": [
          "low",
          "medium",
          "high",
          "critical"
         ]
        },
        "fixedOnly": {
         "type": "boolean"
        },
        "ignore": {
         "type": "array",
         "items": {
          "type": "object",
          "title": "ignored advisory",
          "required": [
           "id",
           "until",
           "why"
          ],
          "properties": {
           "id": {
            "type": "string"
           },
           "until": {
            "type": "string"
           },
           "why": {
            "type": "string"
           }
          }
         }
        }
       }
      }
     }
    },
    "distribute": {
     "type": "array",
     "title": "distributor",
     "items": {
      "type": "object",
      "title": "distributor",
      "required": [
       "type"
      ],
      "tag": "type",
      "branches": {
       "ManagedImage": {
        "type": "object",
        "title": "ManagedImage distributor",
        "required": [
         "type",
         "runOutputName",
         "imageId",
         "location"
        ],
        "properties": {
         "type": {
          "type": "string"
         },
         "runOutputName": {
          "type": "string"
         },
         "artifactTags": {
          "type": "object",
          "values": {
           "type": "string"
          }
         },
         "imageId": {
          "type": "string",
          "kind": "id"
         },
         "location": {
          "type": "string"
         },
         "replace": {
          "type": "boolean"
         }
        }
       },
       "SharedImage": {
        "type": "object",
        "title": "SharedImage distributor",
        "required": [
         "type",
         "runOutputName",
         "galleryImageId"
        ],
        "properties": {
         "type": {
          "type": "string"
         },
         "runOutputName": {
          "type": "string"
         },
         "artifactTags": {
          "type": "object",
          "values": {
           "type": "string"
          }
         },
         "galleryImageId": {
          "type": "string",
          "kind": "id"
         },
         "replicationRegions": {
          "type": "array",
          "items": {
           "type": "string"
          }
         },
         "storageAccountType": {
          "type": "string",
          "enum": [
           "Standard_LRS",
           "Standard_ZRS",
           "Premium_LRS"
          ]
         },
         "targetRegions": {
          "type": "array",
          "items": {
           "type": "object",
           "title": "target region",
           "required": [
            "name"
           ],
           "properties": {
            "name": {
             "type": "string"
            },
            "replicaCount": {
             "type": "integer"
            },
            "storageAccountType": {
             "type": "string",
             "enum": [
              "Standard_LRS",
              "Standard_ZRS",
              "Premium_LRS"
             ]
            }
           }
          }
         },
         "excludeFromLatest": {
          "type": "boolean"
         },
         "versioning": {
          "type": "object",
          "required": [
           "scheme"
          ],
          "tag": "scheme",
          "branches": {
           "Latest": {
            "type": "object",
            "title": "Latest versioning",
            "required": [
             "scheme"
            ],
            "properties": {
             "scheme": {
              "type": "string"
             },
             "major": {
              "type": "integer"
             }
            }
           },
           "Source": {
            "type": "object",
            "title": "Source versioning",
            "required": [
             "scheme"
            ],
            "properties": {
             "scheme": {
              "type": "string"
             }
            }
           },
           "Timestamp": {
            "type": "object",
            "title": "Timestamp versioning",
            "required": [
             "scheme"
            ],
            "properties": {
             "scheme": {
              "type": "string"
             }
            }
           },
           "Exact": {
            "type": "object",
            "title": "Exact versioning",
            "required": [
             "scheme",
             "version"
            ],
            "properties": {
             "scheme": {
              "type": "string"
             },
             "version": {
              "type": "string"
             }
            }
           }
          }
         },
         "replicationMode": {
          "type": "string",
          "enum": [
           "Full",
           "Shallow"
          ]
         },
         "rings": {
          "type": "array",
          "items": {
           "type": "object",
           "title": "ring",
           "required": [
            "regions"
           ],
           "properties": {
            "regions": {
             "type": "array",
             "items": {
              "type": "string"
             }
            },
            "smokeBoot": {
             "type": "boolean"
            },
            "approval": {
             "type": "boolean"
            }
           }
          }
         },
         "promotion": {
          "type": "object",
          "required": [
           "rule"
          ],
          "tag": "rule",
          "branches": {
           "AllRegions": {
            "type": "object",
            "title": "AllRegions promotion",
            "required": [
             "rule"
            ],
            "properties": {
             "rule": {
              "type": "string"
             }
            }
           },
           "Quorum": {
            "type": "object",
            "title": "Quorum promotion",
            "required": [
             "rule",
             "regions"
            ],
            "properties": {
             "rule": {
              "type": "string"
             },
             "regions": {
              "type": "integer"
             }
            }
           },
           "Ring": {
            "type": "object",
            "title": "Ring promotion",
            "required": [
             "rule",
             "ring"
            ],
            "properties": {
             "rule": {
              "type": "string"
             },
             "ring": {
              "type": "integer"
             }
            }
           }
          }
         },
         "regionTimeout": {
          "type": "string"
         },
         "endOfLifeDate": {
          "type": "string"
         },
         "endOfLifeInDays": {
          "type": "integer"
         }
        }
       },
       "VHD": {
        "type": "object",
        "title": "VHD distributor",
        "required": [
         "type",
         "runOutputName"
        ],
        "properties": {
         "type": {
          "type": "string"
         },
         "runOutputName": {
          "type": "string"
         },
         "artifactTags": {
          "type": "object",
          "values": {
           "type": "string"
          }
         },
         "uri": {
          "type": "string",
          "kind": "download"
         },
         "copies": {
          "type": "array",
          "items": {
           "type": "string",
           "kind": "download"
          }
         }
        }
       }
      }
     }
    },
    "errorHandling": {
     "type": "object",
     "title": "errorHandling section",
     "properties": {
      "onCustomizerError": {
       "type": "string",
       "enum": [
        "cleanup",
        "abort"
       ]
      },
      "onValidationError": {
       "type": "string",
       "enum": [
        "cleanup",
        "abort"
       ]
      },
      "lease": {
       "type": "string"
      }
     }
    },
    "vmProfile": {
     "type": "object",
     "title": "vmProfile",
     "properties": {
      "vmSize": {
       "type": "string"
      },
      "osDiskSizeGB": {
       "type": "integer"
      },
      "userAssignedIdentities": {
       "type": "array",
       "items": {
        "type": "string",
        "kind": "id"
       }
      },
      "vnetConfig": {
       "type": "object",
       "title": "vnetConfig",
       "properties": {
        "subnetId": {
         "type": "string",
         "kind": "id"
        },
        "containerInstanceSubnetId": {
         "type": "string",
         "kind": "id"
        },
        "proxyVmSize": {
         "type": "string"
        }
       }
      }
     }
    },
    "buildTimeoutInMinutes": {
     "type": "integer"
    },
    "stagingResourceGroup": {
     "type": "string",
     "kind": "id"
    },
    "autoRun": {
     "type": "object",
     "title": "autoRun",
     "properties": {
      "state": {
       "type": "string",
       "enum": [
        "Enabled",
        "Disabled"
       ]
      }
     }
    },
    "managedResourceTags": {
     "type": "object",
     "values": {
      "type": "string"
     }
    },
    "additionalDataDisks": {
     "type": "array",
     "items": {
      "type": "object",
      "title": "data disk",
      "required": [
       "sizeGB"
      ],
      "properties": {
       "sizeGB": {
        "type": "integer"
       }
      }
     }
    },
    "inventory": {
     "type": "boolean"
    },
    "history": {
     "type": "boolean"
    },
    "refresh": {
     "type": "object",
     "title": "refresh section",
     "properties": {
      "schedule": {
       "type": "object",
       "title": "schedule",
       "required": [
        "cron"
       ],
       "properties": {
        "cron": {
         "type": "string"
        },
        "timeZone": {
         "type": "string"
        }
       }
      },
      "onSourceUpdate": {
       "type": "boolean"
      },
      "onScriptChange": {
       "type": "boolean"
      },
      "maximumAgeInDays": {
       "type": "integer"
      },
      "disableAfterFailures": {
       "type": "integer"
      }
     }
    },
    "buildRequests": {
     "type": "object",
     "title": "buildRequests section",
     "properties": {
      "parameters": {
       "type": "array",
       "items": {
        "type": "string"
       }
      }
     }
    },
    "refreshStatus": {
     "readOnly": true
    },
    "notCarriedOut": {
     "readOnly": true
    },
    "warnings": {
     "readOnly": true
    },
    "provisioningState": {
     "readOnly": true
    },
    "provisioningError": {
     "readOnly": true
    },
    "lastRunStatus": {
     "readOnly": true
    },
    "exactStagingResourceGroup": {
     "readOnly": true
    }
   }
  },
  "id": {
   "readOnly": true
  },
  "name": {
   "readOnly": true
  },
  "type": {
   "readOnly": true
  },
  "apiVersion": {
   "readOnly": true
  },
  "dependsOn": {
   "readOnly": true
  },
  "systemData": {
   "readOnly": true
  },
  "etag": {
   "readOnly": true
  }
 }
};
