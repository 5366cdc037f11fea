// A CommonJS consumer: `require` of an ES module.
import json = require('@halyard/binding/json')
import xml = require('@halyard/binding/xml')
import core = require('@halyard/core')
import client = require('@halyard/client')
import multipart = require('@halyard/multipart')
import testing = require('@halyard/testing')
import transport = require('@halyard/transport')

export const status: number = core.respond({ status: 204 }).status
export const names: readonly string[] = [client, json, multipart, testing, transport, xml].flatMap((one) =>
  Object.keys(one),
)
