package org.keepwell.wallet.background

import kotlinx.coroutines.flow.StateFlow

/** What the person wishes to be told while the app is out of sight. */
data class NoticeWishes(
    /** That something is not sent yet, and that what was ended is closed. */
    val tellsSending: Boolean = true,
    /** A day before an access ends. */
    val tellsEnds: Boolean = true,
    /** That a clinic has read records. */
    val tellsReads: Boolean = true,
    /** Whether a notice may name a clinic; whoever sees the locked screen may read it. */
    val namesClinics: Boolean = false,
)

/** Keeps the wishes on this phone; they say nothing of the wallet, and outlive it. */
interface KeptWishes {
    val now: StateFlow<NoticeWishes>

    fun set(wishes: NoticeWishes)
}
