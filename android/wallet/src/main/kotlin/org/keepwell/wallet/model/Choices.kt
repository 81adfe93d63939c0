package org.keepwell.wallet.model

import kotlin.time.Duration

/** What the patient chooses among, as it is shown, and what is chosen at first; the library decides it for every app. */
data class Choices(
    val shareLives: List<Duration>,
    /** How long one lives that is granted on the ledger: each longer than any of those. */
    val shareLivesOnLedger: List<Duration>,
    val shareLife: Duration,
    val grantDurations: List<Duration>,
    val grantDuration: Duration,
    val purposes: List<Purpose>,
    val purpose: Purpose,
    /** After how long without a touch the wallet locks itself on the screen. */
    val autoLockInFront: List<Duration>,
    /** The same out of sight; zero is at once. */
    val autoLockInBackground: List<Duration>,
)
