package org.keepwell.wallet.model

import kotlin.time.Duration
import kotlin.time.Duration.Companion.minutes

/** After how long without a touch the wallet locks itself: on the screen, and out of sight; null for never. */
data class AutoLock(val inFront: Duration?, val inBackground: Duration?) {
    companion object {
        /** What is offered for the time on the screen. Never is not: who puts the phone down open leaves it to whoever takes it. */
        val CHOICES_IN_FRONT: List<Duration?> = listOf(1.minutes, 2.minutes, 5.minutes, 15.minutes, 30.minutes)

        /** What is offered for the time out of sight. */
        val CHOICES_IN_BACKGROUND: List<Duration?> = listOf(Duration.ZERO, 1.minutes, 2.minutes, 5.minutes)
    }
}
