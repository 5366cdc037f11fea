import { createPipeline } from '@halyard/core'
import { transport } from '@halyard/transport'
