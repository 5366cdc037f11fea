import { createClient as makeClient } from '@halyard/client'
const api = makeClient('https://api.example.com')
