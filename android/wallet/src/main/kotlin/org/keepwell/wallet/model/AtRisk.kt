package org.keepwell.wallet.model

/** What would be lost with this phone now, and whether anything brings back the rest. */
data class AtRisk(
    /** Versions of records that are nowhere else. */
    val records: Long,
    /** Decisions that no server was told of: what was ended stays open. */
    val decisions: Long,
    /** Whether there is a copy elsewhere. */
    val isConnected: Boolean,
    /** Whether the owner has shown that the words were written down, which bring the copy back. */
    val areWordsChecked: Boolean,
)
