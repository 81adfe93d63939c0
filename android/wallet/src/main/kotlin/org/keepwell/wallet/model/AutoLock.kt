package org.keepwell.wallet.model

import kotlin.time.Duration

/** After how long without a touch the wallet locks itself: on the screen, and out of sight; null for never. */
data class AutoLock(val inFront: Duration?, val inBackground: Duration?)
